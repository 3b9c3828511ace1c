/**
 * Values of a few pages, read one after the other in the order of the file, as in a scan, are read in runs, and looked
 * at where they were read. For each of them alone a reader reads twice, its pages and page 0: that took half of the
 * time of a scan of values of 10 KB.
 */
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import type { PageReader } from './page-reader.js';

/** Pages of a run: 256 KB. */
const RUN_PAGES = 64;
/** Longer values are not worth it. */
const VALUE_PAGES_MAX = RUN_PAGES / 4;
/** How far after the end of a value the next one may begin: leaves lie between them. */
const GAP_MAX = 4;

export class ExtentAhead {
  #bytes: Buffer | undefined;
  #pages: readonly Page[] = [];
  #first = 0;
  #count = 0;
  /** Where the value ended that was asked for last. */
  #end = 0;
  #generation = -1;

  constructor(private readonly reader: Pick<PageReader, 'readRun' | 'pageCount' | 'generation'>) {}

  /**
   * Whether the pages of a value are in the last run, or in the next one where values follow each other. They stay
   * until it is asked again.
   */
  holds(first: number, count: number): boolean {
    const isNext = first >= this.#end && first - this.#end <= GAP_MAX;
    this.#end = first + count;
    if (this.#hasRead(first, count)) return true;
    if (!isNext || count > VALUE_PAGES_MAX) return false;
    this.#fill(first);
    return this.#hasRead(first, count);
  }

  /** A page of such a value, unchecked. */
  page(pageId: number): Page {
    return this.#pages[pageId - this.#first] as Page;
  }

  /** Pages of a value never change, but after another commit they may be those of another one. */
  #hasRead(first: number, count: number): boolean {
    const isWithin = first >= this.#first && first + count <= this.#first + this.#count;
    return isWithin && this.#generation === this.reader.generation;
  }

  #fill(first: number): void {
    this.#bytes ??= this.#makeRoom();
    this.#count = 0;
    const bytes = this.reader.readRun(first, Math.min(RUN_PAGES, this.reader.pageCount - first), this.#bytes);
    this.#first = first;
    this.#count = Math.floor(bytes / PAGE_SIZE);
    this.#generation = this.reader.generation;
  }

  #makeRoom(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(RUN_PAGES * PAGE_SIZE);
    const pageAt = (start: number): Page => new Page(bytes.subarray(start, start + PAGE_SIZE));
    this.#pages = Array.from({ length: RUN_PAGES }, (_, index) => pageAt(index * PAGE_SIZE));
    return bytes;
  }
}
