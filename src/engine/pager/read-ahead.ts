/**
 * Pages that are read in the order of the file, as in a scan of a store that was loaded at once, are read in runs: one
 * read of 64 pages takes as long as four of one page, and for a reader beside a writer page 0 is looked at once a run
 * and not once a page. On a scan of 1,000,000 rows that is a quarter of the time.
 */
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';

/** Pages of the longest run: 256 KB. */
const PAGES_MAX = 64;
const PAGES_MIN = 4;
/** How far apart two pages may be that are read one after the other: pages of other kinds lie between leaves. */
const GAP_MAX = 4;
/** How many pages in order make it likely that more will come. */
const IN_ORDER_MIN = 2;
/** Pages elsewhere that do not end an order: an internal page, or the half of a leaf that was split later. */
const STRAYS_MAX = 3;

/** Fills a buffer with neighbouring pages; gives how many bytes of them there were. */
export type ReadRun = (first: number, count: number, into: Buffer) => number;

export class ReadAhead {
  /** The pages of the last run. */
  #bytes: Buffer | undefined;
  #pages: readonly Page[] = [];
  #first = 0;
  #count = 0;
  #last = 0;
  #inOrder = 0;
  /** How many pages elsewhere there were since the last one in order, and the last of them. */
  #strays = 0;
  #stray = 0;
  #next = PAGES_MIN;

  /** Whether pages are read in the order of the file just now, the last one too. */
  get isInOrder(): boolean {
    return this.#hasOrder && this.#strays === 0;
  }

  get #hasOrder(): boolean {
    return this.#inOrder >= IN_ORDER_MIN;
  }

  /**
   * A page of the last run, or of the next one where pages are read in order; undefined when there is none. It stays
   * until the next call.
   *
   * @param pageCount pages of the store
   * @param readRun fills a buffer with neighbouring pages, all of one commit; gives how many bytes there were
   */
  page(pageId: number, pageCount: number, readRun: ReadRun): Page | undefined {
    this.#note(pageId);
    if (!this.#holds(pageId)) {
      if (!this.isInOrder) return undefined;
      this.#count = 0;
      this.#fill(pageId, pageCount, readRun);
    }
    return this.#holds(pageId) ? this.#pages[pageId - this.#first] : undefined;
  }

  /** Fills `into` with such a page; false when there is none. */
  read(pageId: number, pageCount: number, into: Buffer, readRun: ReadRun): boolean {
    const page = this.page(pageId, pageCount, readRun);
    if (page !== undefined) into.set(page.bytes);
    return page !== undefined;
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
    this.#bytes ??= this.#makeRoom();
    const bytes = readRun(pageId, Math.min(this.#next, pageCount - pageId), this.#bytes);
    this.#next = Math.min(this.#next * 2, PAGES_MAX);
    this.#first = pageId;
    this.#count = Math.floor(bytes / PAGE_SIZE);
  }

  #makeRoom(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(PAGES_MAX * PAGE_SIZE);
    const pageAt = (start: number): Page => new Page(bytes.subarray(start, start + PAGE_SIZE));
    this.#pages = Array.from({ length: PAGES_MAX }, (_, index) => pageAt(index * PAGE_SIZE));
    return bytes;
  }

  #note(pageId: number): void {
    if (pageId === this.#last) return;
    const isNext = follows(pageId, this.#last);
    const isNewOrder = this.#strays > 0 && follows(pageId, this.#stray);
    if (!isNext && !isNewOrder && this.#hasOrder && this.#strays < STRAYS_MAX) {
      this.#stray = pageId;
      this.#strays++;
      return;
    }
    this.#inOrder = isNext ? this.#inOrder + 1 : isNewOrder ? 1 : 0;
    if (!isNext) this.#next = PAGES_MIN;
    this.#last = pageId;
    this.#strays = 0;
  }
}

function follows(pageId: number, before: number): boolean {
  return pageId > before && pageId <= before + GAP_MAX;
}
