/** Compares what the superblock says about all pages in use with what is in the file. */
import { PageSum } from '../format/v2/page-sum.js';
import type { Forest } from './forest.js';
import type { SuperblockContent } from './stored-superblock.js';

/** Adds up the checksums of the pages that are not free. */
export class SumCheck {
  #sum = PageSum.ZERO;
  /** Where the pages end that count; 0 where the format has no sums, or no superblock can be read. */
  readonly #end: bigint;
  #pages = 0;
  #areRight = true;

  constructor(private readonly content: SuperblockContent | undefined) {
    this.#end = content?.record === undefined ? 0n : content.nextPageId;
  }

  /** @param isRight whether the checksum of the page is that of its bytes */
  add(pageId: number, crc: number, isRight: boolean): void {
    if (pageId >= this.#end) return;
    this.#pages++;
    this.#sum = this.#sum.with(pageId, 0, crc);
    if (!isRight) this.#areRight = false;
  }

  /**
   * Reports when the pages are not those of the last commit. Where one page alone can have changed, it is left to the
   * forest to say where it belongs. Where a page has a wrong checksum, or there are fewer pages than there must be,
   * nothing can be told.
   */
  conclude(forest: Forest): void {
    const { content } = this;
    const due = Number(this.#end) - forest.firstPage - forest.free.size;
    if (content?.record === undefined || !this.#areRight || this.#pages !== due) return;
    const { sum0, sum1 } = content.record.pageSums;
    const difference = this.#sum.minus(PageSum.of({ sum0, sum1 }));
    if (difference.equals(PageSum.ZERO)) return;
    const pageId = difference.culprit();
    if (pageId !== undefined && pageId >= forest.firstPage && pageId < this.#end && !forest.free.has(pageId)) {
      const message = 'it is not what the last commit left, though its checksum is right';
      forest.suspect = { pageId, facts: { message } };
      return;
    }
    const message = 'the pages in use are not those that the last commit left: several of them, or the page sums';
    const expected = `${sum0} and ${sum1}`;
    const found = `${this.#sum.sum0} and ${this.#sum.sum1}`;
    forest.log.add('page-sum', { page: content.pageId }, { message, expected, found });
  }
}
