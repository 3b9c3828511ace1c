/** Compares what the superblock says about all pages in use with what is in the file. */
import { PageSum, RunningSum } from '../format/v2/page-sum.js';
import type { Page } from '../format/page.js';
import type { FindingLog } from './findings.js';
import type { Forest } from './forest.js';
import { hasRightChecksum, type PageProblem } from './page-problems.js';
import { PageSet } from './page-set.js';
import type { SuperblockContent } from './stored-superblock.js';

/** Adds up the checksums of the pages that are not free. */
export class SumCheck {
  #sum = new RunningSum();
  /** Where the pages end that count; 0 where the format has no sums, or no superblock can be read. */
  readonly #end: bigint;
  #pages = 0;
  #areRight = true;
  /** Pages with a fault: they are named for that. */
  #faulty = new PageSet();
  #hasStrangers = false;

  constructor(private readonly content: SuperblockContent | undefined) {
    this.#end = content?.record === undefined ? 0n : content.nextPageId;
  }

  /** Forgets all pages. */
  clear(): void {
    this.#sum = new RunningSum();
    this.#pages = 0;
    this.#areRight = true;
    this.#faulty = new PageSet();
    this.#hasStrangers = false;
  }

  /** Where the pages end that are added up. */
  get end(): number {
    return Number(this.#end);
  }

  /** Adds pages without a fault that were added up elsewhere. */
  addSum(sums: { readonly sum0: number; readonly sum1: number }, pages: number): void {
    this.#pages += pages;
    this.#sum.addSum(PageSum.of(sums));
  }

  /** @param fault of the page */
  add(pageId: number, page: Page, fault: PageProblem | undefined): void {
    if (pageId >= this.#end) return;
    this.#pages++;
    this.#sum.add(pageId, page.storedCrc);
    if (fault === undefined) return;
    this.#faulty.add(pageId);
    if (!hasRightChecksum(page, fault)) this.#areRight = false;
    if (fault.code === 'page-id' || fault.code === 'page-store') this.#hasStrangers = true;
  }

  /**
   * Reports when the pages are not those of the last commit. Where one page alone can have changed, it is left to the
   * forest to say where it belongs. Nothing can be told where a page has a wrong checksum, or where there are fewer
   * pages than there must be, and nothing needs to be where pages are told to come from elsewhere.
   */
  conclude(forest: Forest): void {
    const { content } = this;
    const due = Number(this.#end) - forest.firstPage - forest.free.size;
    if (content?.record === undefined || !this.#areRight || this.#pages !== due) return;
    const difference = this.#sum.sum.minus(PageSum.of(content.record.pageSums));
    if (difference.equals(PageSum.ZERO)) return;
    const pageId = difference.culprit();
    if (pageId !== undefined && pageId >= forest.firstPage && pageId < this.#end && !forest.free.has(pageId)) {
      const message = 'it is not what the last commit left, though its checksum is right';
      if (!this.#faulty.has(pageId)) forest.suspect = { pageId, facts: { message } };
    } else if (!this.#hasStrangers) {
      this.#reportUnnamed(content.pageId, content.record.pageSums, forest.log);
    }
  }

  #reportUnnamed(page: number, due: { readonly sum0: number; readonly sum1: number }, log: FindingLog): void {
    const message = 'the pages in use are not those that the last commit left: several of them, or the page sums';
    const { sum0, sum1 } = this.#sum.sum;
    log.add('page-sum', { page }, { message, expected: `${due.sum0} and ${due.sum1}`, found: `${sum0} and ${sum1}` });
  }
}
