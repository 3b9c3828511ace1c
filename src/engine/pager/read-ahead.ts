/**
 * Pages that are likely to be asked for next, read together: whoever has asked for some pages in the order of the file
 * goes on like that. What was read is of one commit, as a page in the cache is, and good until another one is met.
 */
import { PAGE_SIZE } from '../format/layout.js';

/** Pages read together: 128 KiB. */
const RUN_PAGES = 32;
/** So many pages asked for one after the other make it likely that the next ones follow. */
const ROW_MIN = 4;

/** Fills a buffer with neighbouring pages of one commit; gives how many bytes of them there were. */
export type ReadRun = (firstPage: number, pageCount: number, into: Buffer) => number;

export class ReadAhead {
  #run: Buffer | undefined;
  #first = 0;
  #count = 0;
  /** The page asked for last, and how many in a row were neighbours. */
  #last = -1;
  #row = 0;

  /** Fills `into` with a page, when it is there or its neighbours were asked for before it; says whether it has. */
  take(pageId: number, into: Buffer, read: ReadRun): boolean {
    // Between two leaves there may be a page of another kind.
    this.#row = pageId > this.#last && pageId <= this.#last + 2 ? this.#row + 1 : 0;
    this.#last = pageId;
    if (pageId < this.#first || pageId >= this.#first + this.#count) {
      if (this.#row < ROW_MIN) return false;
      this.#fill(pageId, read);
      if (this.#count === 0) return false;
    }
    const start = (pageId - this.#first) * PAGE_SIZE;
    this.#run?.copy(into, 0, start, start + PAGE_SIZE);
    return true;
  }

  /** Forgets what was read. */
  drop(): void {
    this.#count = 0;
  }

  #fill(pageId: number, read: ReadRun): void {
    this.#run ??= Buffer.allocUnsafeSlow(RUN_PAGES * PAGE_SIZE);
    this.#count = 0;
    this.#first = pageId;
    this.#count = Math.floor(read(pageId, RUN_PAGES, this.#run) / PAGE_SIZE);
  }
}
