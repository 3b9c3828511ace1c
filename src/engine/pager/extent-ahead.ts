/**
 * Values of a few pages, read one after the other in the order of the file, as in a scan, are read in runs: for each of
 * them alone a reader reads twice, its pages and page 0, and that took half of the time of a scan of values of 10 KB.
 */
import { PAGE_SIZE } from '../format/layout.js';
import type { ReadRun } from './read-ahead.js';

/** Pages of a run: 256 KB. */
const RUN_PAGES = 64;
/** Longer values are not worth it. */
const VALUE_PAGES_MAX = RUN_PAGES / 4;
/** How far after the end of a value the next one may begin: leaves lie between them. */
const GAP_MAX = 4;

export class ExtentAhead {
  #pages: Buffer | undefined;
  #first = 0;
  #count = 0;
  /** Where the value ended that was asked for last. */
  #end = 0;

  /**
   * Fills `into` with pages of a value, of the last run or of the next; false where values do not follow each other.
   *
   * @param pageCount pages of the store
   */
  read(first: number, count: number, pageCount: number, into: Buffer, readRun: ReadRun): boolean {
    const isNext = first >= this.#end && first - this.#end <= GAP_MAX;
    this.#end = first + count;
    if (!this.#holds(first, count)) {
      if (!isNext || count > VALUE_PAGES_MAX) return false;
      this.#fill(first, pageCount, readRun);
      if (!this.#holds(first, count)) return false;
    }
    const start = (first - this.#first) * PAGE_SIZE;
    this.#pages?.copy(into, 0, start, start + count * PAGE_SIZE);
    return true;
  }

  /** Forgets the last run. */
  clear(): void {
    this.#count = 0;
  }

  #holds(first: number, count: number): boolean {
    return first >= this.#first && first + count <= this.#first + this.#count;
  }

  #fill(first: number, pageCount: number, readRun: ReadRun): void {
    this.#pages ??= Buffer.allocUnsafeSlow(RUN_PAGES * PAGE_SIZE);
    this.#count = 0;
    const bytes = readRun(first, Math.min(RUN_PAGES, pageCount - first), this.#pages);
    this.#first = first;
    this.#count = Math.floor(bytes / PAGE_SIZE);
  }
}
