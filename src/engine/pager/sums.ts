/** The page sums of the commit that is to come, kept by difference while pages are written. */
import { PageSum } from '../format/v2/page-sum.js';

/**
 * What counts of a page, and when:
 *
 * - a page that is new counts with the checksum that it was last written to the store file with, from then on; one that
 *   the open savepoint has allocated counts for that savepoint only, and no more when it is rolled back;
 * - an old page counts with the checksum of the last commit, and with its new one when the journal has its final image;
 * - a page that was freed counts until the commit that makes it so.
 */
export class RunningSums {
  #total: PageSum;
  #inSavepoint = PageSum.ZERO;

  /** @param committed the sums that the superblock says */
  constructor(committed: PageSum) {
    this.#total = committed;
  }

  get total(): PageSum {
    return this.#total.plus(this.#inSavepoint);
  }

  /** A page counts with another checksum than before; 0 is none. */
  count(pageId: number, before: number, after: number): void {
    this.#total = this.#total.with(pageId, before, after);
  }

  /** The same, of a page that the open savepoint has allocated. */
  countInSavepoint(pageId: number, before: number, after: number): void {
    this.#inSavepoint = this.#inSavepoint.with(pageId, before, after);
  }

  releaseSavepoint(): void {
    this.#total = this.total;
    this.#inSavepoint = PageSum.ZERO;
  }

  rollBack(): void {
    this.#inSavepoint = PageSum.ZERO;
  }
}
