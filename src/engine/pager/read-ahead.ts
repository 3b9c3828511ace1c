/**
 * Pages that are read in the order of the file, as in a scan of a store that was loaded at once, are read in runs: one
 * read of 64 pages takes as long as four of one page, and for a reader beside a writer page 0 is looked at once a run
 * and not once a page. On a scan of 1,000,000 rows that is a quarter of the time.
 */
import { PAGE_SIZE } from '../format/layout.js';

/** Pages of the longest run: 256 KB. */
const PAGES_MAX = 64;
const PAGES_MIN = 4;
/** How far apart two pages may be that are read one after the other: pages of other kinds lie between leaves. */
const GAP_MAX = 4;
/** How many pages in order make it likely that more will come. */
const IN_ORDER_MIN = 2;

/** Fills a buffer with neighbouring pages; gives how many bytes of them there were. */
export type ReadRun = (first: number, count: number, into: Buffer) => number;

export class ReadAhead {
  /** The pages of the last run. */
  #pages: Buffer | undefined;
  #first = 0;
  #count = 0;
  /** The page that came last, but for one that was out of order. */
  #last = 0;
  #inOrder = 0;
  /** Whether the page that is asked for is out of order, and the one before it was not. */
  #isAside = false;
  #next = PAGES_MIN;

  /** Whether pages are read in the order of the file just now, the last one too. */
  get isInOrder(): boolean {
    return this.#inOrder >= IN_ORDER_MIN && !this.#isAside;
  }

  /**
   * Fills `into` with a page of the last run, or of the next one where pages are read in order; false when there is
   * none.
   *
   * @param pageCount pages of the store
   * @param readRun fills a buffer with neighbouring pages, all of one commit; gives how many bytes there were
   */
  read(pageId: number, pageCount: number, into: Buffer, readRun: ReadRun): boolean {
    this.#note(pageId);
    if (!this.#holds(pageId)) {
      if (!this.isInOrder) return false;
      this.#fill(pageId, pageCount, readRun);
      if (!this.#holds(pageId)) return false;
    }
    const start = (pageId - this.#first) * PAGE_SIZE;
    this.#pages?.copy(into, 0, start, start + PAGE_SIZE);
    return true;
  }

  /** Forgets the last run. */
  clear(): void {
    this.#count = 0;
  }

  #holds(pageId: number): boolean {
    return pageId >= this.#first && pageId < this.#first + this.#count;
  }

  /** Reads a run, which is longer than the one before. */
  #fill(pageId: number, pageCount: number, readRun: ReadRun): void {
    this.#pages ??= Buffer.allocUnsafeSlow(PAGES_MAX * PAGE_SIZE);
    this.#count = 0;
    const bytes = readRun(pageId, Math.min(this.#next, pageCount - pageId), this.#pages);
    this.#next = Math.min(this.#next * 2, PAGES_MAX);
    this.#first = pageId;
    this.#count = Math.floor(bytes / PAGE_SIZE);
  }

  /**
   * One page aside, as the parent of the leaves that come next, does not end an order: without that there was a new
   * one, which began with short runs, every hundred leaves, and twice as many reads.
   */
  #note(pageId: number): void {
    const gap = pageId - this.#last;
    const isNext = gap > 0 && gap <= GAP_MAX;
    if (!isNext && !this.#isAside) {
      this.#isAside = true;
      return;
    }
    this.#isAside = false;
    this.#last = pageId;
    if (isNext) {
      this.#inOrder++;
      return;
    }
    this.#inOrder = 0;
    this.#next = PAGES_MIN;
  }
}
