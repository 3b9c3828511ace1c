/** Checks values that are in pages of their own: that the pages are theirs, and hold what was written. */
import { type KeyRef, compareBytes } from '../bytes/bytes.js';
import { crc32 } from '../bytes/crc32.js';
import { U64 } from '../bytes/u64.js';
import { CRC_OFFSET, PAGE_SIZE } from '../format/layout.js';
import type { Page } from '../format/page.js';
import { unusedFaults } from '../format/advisory-faults.js';
import { VALUE_MAX } from '../format/v2/event-layout.js';
import { type ExternalValue, fitsInline } from '../format/v2/events.js';
import {
  extentPages,
  findValuePageFault,
  VALUE_BYTES_OFFSET,
  VALUE_PAGE_CAPACITY,
  type ValuePageIdentity,
  valueOffset,
} from '../format/v2/value-page.js';
import type { Steps } from '../steps.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts, Location } from './findings.js';
import type { Forest } from './forest.js';
import { spanFromTo } from '../tree/key-spans.js';
import { CHUNK_PAGES, PageChunk } from './page-file-reader.js';
import { orZeroed, type PageProblem } from './page-problems.js';

/** The event that has a value, and where it is. */
export interface ValueOwner {
  readonly table: bigint;
  readonly key: KeyRef;
  readonly position: bigint;
  /** Where the event is, or a page below its page. */
  readonly location: (...below: number[]) => Location;
  /** Offset of the event in its page. */
  readonly offset: number;
}

/** What was seen of a value so far. */
interface Progress {
  readonly pageCount: number;
  readonly identity: Omit<ValuePageIdentity, 'pageId' | 'ordinal'>;
  left: number;
  crc: number;
  /** Whether a page is not the one that is due: the others are not told one by one. */
  isStrange: boolean;
  isWhole: boolean;
}

export class ValueCheck {
  readonly #chunk: PageChunk;

  constructor(private readonly forest: Forest) {
    this.#chunk = new PageChunk(forest.source);
  }

  /** @returns how many pages it has; undefined when it is not as it should be */
  *check(value: ExternalValue, owner: ValueOwner): Steps<number | undefined> {
    const { length, firstPage } = value;
    const pageCount = extentPages(owner.key.keyLength, length);
    const position = U64.from(owner.position);
    const identity = { table: owner.table, storeTag: this.forest.storeTag, position, valueLength: length };
    const progress: Progress = { pageCount, identity, left: length, crc: 0, isStrange: false, isWhole: true };
    const isRead = this.#isPossible(value, pageCount, owner) && (yield* this.#checkPages(firstPage, owner, progress));
    if (!isRead) {
      // The pages that it has are others.
      this.forest.tally.blind = true;
      return undefined;
    }
    if (progress.isWhole && progress.crc !== value.crc) {
      const message = 'the value that begins here has another checksum than its event says';
      this.#report('value-checksum', owner, { message, expected: value.crc, found: progress.crc }, firstPage);
    }
    return progress.isWhole ? pageCount : undefined;
  }

  *#checkPages(firstPage: number, owner: ValueOwner, progress: Progress): Steps<boolean> {
    for (let ordinal = 0; ordinal < progress.pageCount; ordinal++) {
      if (ordinal > 0 && ordinal % CHUNK_PAGES === 0) yield;
      if (!this.#checkPage(firstPage + ordinal, ordinal, owner, progress)) return false;
    }
    return true;
  }

  #isPossible({ length, firstPage }: ExternalValue, pageCount: number, owner: ValueOwner): boolean {
    const { firstPage: lowest, end } = this.forest;
    if (length > VALUE_MAX) {
      const message = `a value is said to have ${length} bytes`;
      this.#report('value-range', owner, {
        message,
        offset: owner.offset,
        expected: `at most ${VALUE_MAX}`,
        found: length,
      });
      return false;
    }
    if (firstPage < lowest || BigInt(firstPage + pageCount) > end) {
      const last = firstPage + pageCount - 1;
      const message = `a value is said to be in pages ${firstPage} to ${last}, which the store cannot have`;
      const expected = `pages ${lowest} to ${end - 1n}`;
      this.#report('value-range', owner, { message, offset: owner.offset, expected, found: firstPage });
      return false;
    }
    if (fitsInline(owner.key.keyLength, length)) {
      const message = `a value of ${length} bytes is in pages of its own, and belongs beside its key`;
      this.#report('event-kind', owner, { message, offset: owner.offset, found: length });
    }
    return true;
  }

  /** @returns whether it makes sense to go on with the next page */
  #checkPage(pageId: number, ordinal: number, owner: ValueOwner, progress: Progress): boolean {
    const { forest } = this;
    if (forest.reached.has(pageId)) {
      this.#report('value-shared', owner, { message: 'a value is in it, and something else' }, pageId);
      return false;
    }
    const page = pageId < forest.pages ? this.#fetch(pageId, progress.pageCount - ordinal) : undefined;
    if (page === undefined) {
      const message = 'it is past the end of the file';
      this.#report('page-missing', owner, { message, expected: `below ${forest.pages}` }, pageId);
      return false;
    }
    const fault = this.#findFault(page, pageId, ordinal, owner, progress);
    // A page of a tree is that tree's.
    const isOfTree = fault?.code === 'page-type' && forest.judge.findFault(page, pageId) === undefined;
    if (isOfTree) forest.tally.blind = true;
    else forest.reach(pageId, () => withKey(owner.location(pageId), owner), fault !== undefined);
    if (!isOfTree) this.#show(pageId, ordinal, owner, progress, fault === undefined);
    if (fault === undefined) {
      forest.onSound?.(pageId, page);
      this.#take(page, pageId, ordinal, owner, progress);
      return true;
    }
    const isTold = (fault.code === 'value-page' && progress.isStrange) || forest.free.has(pageId);
    const { code, ...facts } = fault;
    if (!isTold) this.#report(code, owner, facts, pageId);
    if (code === 'value-page' || forest.free.has(pageId)) progress.isStrange = forest.tally.blind = true;
    progress.isWhole = false;
    return true;
  }

  #show(pageId: number, ordinal: number, owner: ValueOwner, { left }: Progress, isSound: boolean): void {
    const { visitor } = this.forest;
    if (visitor?.valuePage === undefined) return;
    const { table, position } = owner;
    const prefix = ordinal === 0 ? valueOffset(owner.key.keyLength) : 0;
    const frame = VALUE_BYTES_OFFSET + PAGE_SIZE - CRC_OFFSET;
    const used = frame + Math.min(VALUE_PAGE_CAPACITY, prefix + left);
    visitor.valuePage({ pageId, parent: owner.location().page, table, position, used, isSound });
  }

  #findFault(
    page: Page,
    pageId: number,
    ordinal: number,
    { key }: ValueOwner,
    { identity }: Progress,
  ): PageProblem | undefined {
    const fault = orZeroed(page, findValuePageFault(page, { ...identity, pageId, ordinal }));
    if (fault !== undefined || ordinal > 0 || startsWith(page, key)) return fault;
    const message = 'the value in it is that of another key';
    return { code: 'value-page', message, offset: VALUE_BYTES_OFFSET };
  }

  /** Adds the bytes of a page without a fault to the checksum. */
  #take(page: Page, pageId: number, ordinal: number, owner: ValueOwner, progress: Progress): void {
    const skipped = ordinal === 0 ? valueOffset(owner.key.keyLength) : 0;
    const start = VALUE_BYTES_OFFSET + skipped;
    const size = Math.min(VALUE_PAGE_CAPACITY - skipped, progress.left);
    progress.crc = crc32(page.bytes.subarray(start, start + size), progress.crc);
    progress.left -= size;
    const advisories = [...this.forest.judge.advisories(page), ...unusedFaults(page, start + size, CRC_OFFSET)];
    for (const { code, ...facts } of advisories) this.#report(code, owner, facts, pageId);
  }

  #fetch(pageId: number, pagesLeft: number): Page | undefined {
    if (this.#chunk.page(pageId) === undefined) this.#chunk.load(pageId, pagesLeft);
    return this.#chunk.page(pageId);
  }

  /** @param page of the value; without one the finding is about the event */
  #report(code: FindingCode, owner: ValueOwner, facts: FindingFacts, ...page: number[]): void {
    this.forest.log.add(code, withKey(owner.location(...page), owner), facts);
  }
}

function withKey(location: Location, { key }: ValueOwner): Location {
  return { ...location, keys: spanFromTo(key, key) };
}

/** Whether the bytes of a value begin with the key, as those of its first page do. */
function startsWith({ view }: Page, { view: keyView, keyStart, keyLength }: KeyRef): boolean {
  const length = view.getUint16(VALUE_BYTES_OFFSET, true);
  const start = VALUE_BYTES_OFFSET + valueOffset(0);
  return length === keyLength && compareBytes(view, start, length, keyView, keyStart, keyLength) === 0;
}
