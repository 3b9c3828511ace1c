/** Random histories of pages, beside a model of what was asked for. */
import { expect } from 'chai';
import { U64 } from '../../src/engine/bytes/u64.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { decodeSuperblock } from '../../src/engine/format/superblock-page.js';
import type { StoreRecord } from '../../src/engine/format/superblock.js';
import type { Pager } from '../../src/engine/pager/pager.js';
import { runSteps, type Steps } from '../../src/engine/steps.js';
import type { MemoryFiles, FileOperation } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';
import {
  JOURNAL_PATH,
  openPages,
  newPages,
  commitPages,
  makePage,
  changePage,
  makeExtent,
  readPage,
  readDirectly,
  contentOf,
} from './pages.js';
import type { Random } from './random.js';

/** The page sums are modulo this prime. */
const P = 4_294_967_291n;

/** What each page in use holds. */
export type Contents = Map<number, number>;

/** Changes and commits at random; what is committed is in `committed`. */
export class PageHistory {
  pager: Pager;
  contents: Contents = new Map();
  committed: Contents = new Map();
  /** That of the last commit. */
  position = 0;
  readonly #extents = new Set<number>();
  #content = 0;

  constructor(
    readonly files: MemoryFiles,
    readonly random: Random,
    readonly cachePages = 32,
  ) {
    this.pager = newPages(files, cachePages, Infinity);
  }

  /** Some savepoints, each of them kept or rolled back. */
  change(): void {
    for (let count = this.random.between(1, 4); count > 0; count -= 1) this.savepoint(this.random.chance(0.7));
  }

  savepoint(keep: boolean): void {
    const before = new Map(this.contents);
    const extents = new Set(this.#extents);
    this.pager.beginSavepoint(U64.from(BigInt(this.position + 1)));
    for (let step = this.random.between(1, 30); step > 0; step -= 1) this.#step();
    if (keep) {
      this.pager.releaseSavepoint();
    } else {
      this.pager.rollBack();
      this.contents = before;
      this.#extents.clear();
      for (const pageId of extents) this.#extents.add(pageId);
    }
    this.checkSome();
  }

  /** Now and then what was committed is put in place; otherwise it stays in the journal. */
  commit(): void {
    runSteps(this.commitSteps());
    if (this.random.chance(0.4)) runSteps(this.pager.checkpoint());
    this.setCommitted();
  }

  /** Whether the store is one file. */
  get isAtRest(): boolean {
    return !this.files.paths().includes(JOURNAL_PATH);
  }

  commitSteps(): Steps<void> {
    this.position += 1;
    return commitPages(this.pager, this.position);
  }

  setCommitted(): void {
    this.committed = new Map(this.contents);
  }

  /** Closes the store and opens it again: what was not committed is gone. */
  reopen(): void {
    this.pager.close();
    this.pager = openPages(this.files, this.cachePages, Infinity).pager;
    this.contents = new Map(this.committed);
    for (const pageId of this.#extents) if (!this.contents.has(pageId)) this.#extents.delete(pageId);
  }

  /** A few pages say what they are to say. */
  checkSome(): void {
    for (const [pageId, content] of this.contents) {
      if (this.random.chance(0.3)) this.#check(pageId, content);
    }
  }

  #check(pageId: number, content: number): void {
    const found = this.#extents.has(pageId) ? readDirectly(this.pager, pageId) : readPage(this.pager, pageId);
    expect(found, `page ${pageId}`).to.equal(content);
  }

  #step(): void {
    const { random, pager, contents } = this;
    const kind = random.pick([
      'make',
      'make',
      'make',
      'change',
      'change',
      'change',
      'change',
      'extent',
      'free',
      'free',
      'purge',
    ]);
    const pageIds = [...contents.keys()];
    if (kind === 'make') {
      contents.set(makePage(pager, ++this.#content), this.#content);
    } else if (kind === 'extent') {
      this.#makeExtent(random.pick([1, 2, 5, 70]));
    } else if (kind === 'change') {
      const pageId = random.pick([0, ...pageIds]);
      if (pageId === 0 || this.#extents.has(pageId)) return;
      changePage(pager, pageId, ++this.#content);
      contents.set(pageId, this.#content);
    } else if (kind === 'free') {
      this.#free(pageIds.filter(() => random.chance(0.05)));
    } else if (random.chance(0.15)) {
      this.#free(pageIds.filter(() => random.chance(0.95)));
    }
  }

  #makeExtent(length: number): void {
    const first = makeExtent(this.pager, length, this.#content + 1);
    for (let index = 0; index < length; index += 1) {
      this.#extents.add(first + index);
      this.contents.set(first + index, ++this.#content);
    }
  }

  #free(pageIds: readonly number[]): void {
    this.pager.free(pageIds);
    for (const pageId of pageIds) {
      this.contents.delete(pageId);
      this.#extents.delete(pageId);
    }
  }
}

/** A store file holds these pages and no others, and says so in both superblocks. */
export function expectFile(file: Buffer, contents: Contents): void {
  const pageOf = (pageId: number): Buffer => file.subarray(pageId * PAGE_SIZE, (pageId + 1) * PAGE_SIZE);
  const { nextPageId, record } = decodeSuperblock(pageOf(0));
  expect(pageOf(1).equals(pageOf(0)), 'page 1 is as page 0').to.equal(true);
  expect(file.length).to.equal(Number(nextPageId) * PAGE_SIZE);
  const { pageSums, freePages, freeGroups } = record as StoreRecord;
  const isFree = (pageId: number): boolean =>
    freeGroups.some(({ group, bits }) => {
      const bit = pageId - group * 8192;
      return bit >= 0 && bit < bits.length * 8 && (bits.readUInt8(bit >> 3) & (1 << (bit & 7))) !== 0;
    });
  let free = 0;
  let [sum0, sum1] = [0n, 0n];
  for (let pageId = 2; pageId < Number(nextPageId); pageId += 1) {
    expect(isFree(pageId), `page ${pageId} is free`).to.equal(!contents.has(pageId));
    if (isFree(pageId)) {
      free += 1;
      continue;
    }
    const crc = BigInt(pageOf(pageId).readUInt32LE(PAGE_SIZE - 4));
    sum0 += crc;
    sum1 += BigInt(pageId) * crc;
    expect(contentOf(pageOf(pageId)), `page ${pageId}`).to.equal(contents.get(pageId));
  }
  expect(freePages).to.equal(free);
  expect(pageSums).to.deep.equal({ sum0: Number(sum0 % P), sum1: Number(sum1 % P) });
}

/**
 * Watches that no page of the last commit is written over before the next one is complete, by looking at the writes
 * alone.
 */
export class CommittedPagesGuard {
  #committed: Contents = new Map();
  #isComplete = true;
  /** Pages that were. */
  readonly overwritten: number[] = [];

  protect(committed: Contents): void {
    this.#committed = new Map(committed);
    this.#isComplete = false;
  }

  readonly onOperation = ({ kind, path, position, length }: FileOperation): void => {
    // The header, with both superblocks, is written last, and then synced.
    if (kind === 'sync' && path === JOURNAL_PATH) this.#isComplete = true;
    // The handle of a store that was made here still has its temporary name.
    const isOfStore = path.startsWith(STORE_PATH) && path !== JOURNAL_PATH && !path.includes('-spill-');
    if (this.#isComplete || kind !== 'write' || !isOfStore) return;
    for (let pageId = position / PAGE_SIZE; pageId < (position + length) / PAGE_SIZE; pageId += 1) {
      if (this.#committed.has(pageId) || pageId < 2) this.overwritten.push(pageId);
    }
  };
}
