/**
 * Random histories of pages, without trees: a pager of format 2 beside a model of what it was asked for. A page of it
 * holds a number, an extent of pages holds one number more in each page.
 */
import { expect } from 'chai';
import type { FileOperation, MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';
import type { Random } from './random.js';
import { U64 } from '../../src/engine/bytes/u64.js';
import { insertLink, nextLeaf, setNextLeaf } from '../../src/engine/format/items.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { Page } from '../../src/engine/format/page.js';
import { TABLE_TREE } from '../../src/engine/format/page-types.js';
import { decodeSuperblock, formatOfSuperblock } from '../../src/engine/format/superblock-page.js';
import type { StoreRecord, Superblock } from '../../src/engine/format/superblock.js';
import { FORMAT_2 } from '../../src/engine/format/v2/format.js';
import { Pager } from '../../src/engine/pager/pager.js';
import { recover } from '../../src/engine/pager/recovery.js';
import { StoreFile } from '../../src/engine/pager/store-file.js';
import { readStoredSuperblock } from '../../src/engine/pager/superblock-copies.js';
import { runSteps, type Steps } from '../../src/engine/steps.js';

export const OWN_LOCK = { id: '1-1', isHeld: (): boolean => true };
export const JOURNAL_PATH = `${STORE_PATH}-journal`;
const STORE_ID = 0x1234_5678_9abc_def0n;
const TABLE = 7n;
/** The sum of all checksums is a multiple of this much, too. */
const P = 4_294_967_291n;

/** What each page in use holds. */
export type Contents = Map<number, number>;

export interface OpenedPages {
  readonly pager: Pager;
  readonly superblock: Superblock;
}

/** Opens the pages of a store as a writer does. */
export function openPages(files: MemoryFiles, cachePages = 32): OpenedPages {
  const storeFile = StoreFile.open(files, STORE_PATH, OWN_LOCK);
  try {
    runSteps(recover(files, storeFile));
    const stored = readStoredSuperblock(storeFile);
    const superblock = decodeSuperblock(stored.page);
    const end = Number(superblock.nextPageId);
    const format = formatOfSuperblock(stored.page);
    const length = storeFile.file().size() / PAGE_SIZE;
    storeFile.setCommittedLength();
    const pager = new Pager(files, storeFile, format, stored, length, cachePages);
    if (end < length) pager.truncateTo(end);
    return { pager, superblock };
  } catch (error) {
    storeFile.close();
    throw error;
  }
}

/** A store that is to be made. */
export function newPages(files: MemoryFiles, cachePages = 32): Pager {
  const storeFile = StoreFile.create(files, STORE_PATH, OWN_LOCK);
  const pager = new Pager(files, storeFile, FORMAT_2, undefined, FORMAT_2.superblock.pageIds.length, cachePages);
  pager.identify(STORE_ID);
  return pager;
}

/** Commits, as of a position. */
export function commitPages(pager: Pager, position: number): Steps<void> {
  const { features } = FORMAT_2.newRecord as StoreRecord;
  const record = { features, storeId: STORE_ID, catalogue: null, tableCount: 0 };
  return pager.commit({
    appliedPosition: BigInt(position),
    appliedHash: Buffer.alloc(32, position),
    tables: [],
    record,
  });
}

export function makePage(pager: Pager, content: number): number {
  const frame = pager.allocate(TABLE_TREE.leaf, TABLE);
  insertLink(frame, content);
  pager.release();
  return frame.pageId;
}

export function changePage(pager: Pager, pageId: number, content: number): void {
  const frame = pager.fetch(pageId);
  pager.markDirty(frame);
  setNextLeaf(frame, content);
  pager.release();
}

/** Makes an extent, of pages that look like those of a tree: what is in them is not the pager's business. */
export function makeExtent(pager: Pager, length: number, content: number): number {
  const first = pager.allocateRun(length);
  const pages = Buffer.alloc(length * PAGE_SIZE);
  for (let index = 0; index < length; index += 1) {
    const page = new Page(pages.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE));
    const identity = { type: TABLE_TREE.leaf, pageId: first + index, table: TABLE, storeTag: pager.storeTag };
    FORMAT_2.pages.initialize(page, identity);
    insertLink(page, content + index);
    page.finalize();
  }
  pager.writeDirect(first, pages);
  return first;
}

export function readPage(pager: Pager, pageId: number): number {
  const content = nextLeaf(pager.fetch(pageId));
  pager.release();
  return content;
}

/** What a page holds, as `readDirect` gives it. */
export function readDirectly(pager: Pick<Pager, 'readDirect'>, pageId: number): number {
  const bytes = Buffer.alloc(PAGE_SIZE);
  pager.readDirect(pageId, 1, bytes);
  return contentOf(bytes);
}

export function contentOf(bytes: Buffer): number {
  const page = new Page();
  page.bytes.set(bytes);
  return nextLeaf(page);
}

/** Changes and commits at random; what is committed is in `committed`. */
export class PageHistory {
  pager: Pager;
  contents: Contents = new Map();
  committed: Contents = new Map();
  readonly #extents = new Set<number>();
  #position = 0;
  #content = 0;

  constructor(
    readonly files: MemoryFiles,
    readonly random: Random,
    readonly cachePages = 32,
  ) {
    this.pager = newPages(files, cachePages);
  }

  /** Some savepoints, each of them kept or rolled back. */
  change(): void {
    for (let count = this.random.between(1, 4); count > 0; count -= 1) this.savepoint(this.random.chance(0.7));
  }

  savepoint(keep: boolean): void {
    const before = new Map(this.contents);
    const extents = new Set(this.#extents);
    this.pager.beginSavepoint(U64.from(BigInt(this.#position + 1)));
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

  commit(): void {
    runSteps(this.commitSteps());
    this.setCommitted();
  }

  commitSteps(): Steps<void> {
    this.#position += 1;
    return commitPages(this.pager, this.#position);
  }

  setCommitted(): void {
    this.committed = new Map(this.contents);
  }

  /** Closes the store and opens it again: what was not committed is gone. */
  reopen(): void {
    this.pager.close();
    this.pager = openPages(this.files, this.cachePages).pager;
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
