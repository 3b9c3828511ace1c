/** What is wrong with a page by itself, for the checks that go on after the first fault. */
import { formatNumber, formatOfPage } from '../format/formats.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Page } from '../format/page.js';
import type { StoreFormat } from '../format/store-format.js';
import type { LeafGlance } from '../format/v2/leaf-glance.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts } from './findings.js';

/** Something wrong within one page. */
export interface PageProblem extends FindingFacts {
  readonly code: FindingCode;
  readonly offset: number;
}

const ZEROES = Buffer.alloc(PAGE_SIZE);

/** What pages are judged by. */
export interface JudgeData {
  /** The format of the store, as the superblock says it. */
  readonly format: number | undefined;
  readonly storeTag: number | undefined;
}

/** Judges pages by the rules of their store's format; where that is not known, by those of the one that a page says. */
export class PageJudge {
  constructor(
    private readonly format: StoreFormat | undefined,
    /** What all pages say of their store; undefined where that is not known. */
    private readonly storeTag: number | undefined,
  ) {}

  /** What another thread needs to judge as this one. */
  get data(): JudgeData {
    return { format: this.format && formatNumber(this.format), storeTag: this.storeTag };
  }

  /** What makes a page unfit to be read: its first fault. */
  findFault(page: Page, pageId: number): PageProblem | undefined {
    return orZeroed(page, this.#pagesOf(page).findFaultOfAny(page, { pageId, storeTag: this.storeTag }));
  }

  /**
   * Whether it is seen at a glance that a page has no fault and no advisories; where not, it still may have none.
   *
   * @param glance is told what else was seen, if the answer is yes
   */
  isTidy(page: Page, pageId: number, glance?: LeafGlance): boolean {
    return this.#pagesOf(page).isTidy(page, { pageId, storeTag: this.storeTag }, glance);
  }

  /** Whether the header of a page with items is sound, and its checksum right. */
  hasSoundHeader(page: Page, pageId: number): boolean {
    return this.#pagesOf(page).hasSoundHeader(page, { pageId, storeTag: this.storeTag });
  }

  /** Says that a page without a fault is of another table than this one. */
  findOwnerFault(page: Page, table: bigint): PageProblem | undefined {
    return this.#pagesOf(page).findOwnerFault(page, table);
  }

  /** What is not as it should be in a page without a fault, and harms nobody. */
  advisories(page: Page): Iterable<PageProblem> {
    return this.#pagesOf(page).advisoryFaults(page);
  }

  #pagesOf(page: Page): StoreFormat['pages'] {
    return (this.format ?? formatOfPage(page)).pages;
  }
}

/** The first fault of a page, or that it is all zeroes. */
export function orZeroed(page: Page, fault: PageProblem | undefined): PageProblem | undefined {
  if (fault?.code !== 'page-magic' || !page.bytes.equals(ZEROES)) return fault;
  return { ...fault, code: 'page-zeroed', offset: 0, message: 'its bytes are all zero' };
}

/** Whether the checksum of a page is right, of which this is the first fault. */
export function hasRightChecksum(page: Page, fault: PageProblem | undefined): boolean {
  if (fault === undefined) return true;
  // Magic and version are looked at before the checksum.
  return LOOKED_AT_BEFORE.has(fault.code) ? page.computeCrc() === page.storedCrc : fault.code !== 'page-crc';
}

const LOOKED_AT_BEFORE: ReadonlySet<FindingCode> = new Set(['page-zeroed', 'page-magic', 'page-version']);

/**
 * Whether the header, slots and link of a page with this fault are sound, and what is wrong is in the items after
 * them.
 */
export function isItemFault(code: FindingCode): boolean {
  return ITEM_FAULTS.has(code);
}

const ITEM_FAULTS: ReadonlySet<FindingCode> = new Set([
  'item-lost',
  'item-length',
  'key-length',
  'key-order',
  'version-count',
  'version-order',
  'event-order',
  'event-kind',
  'run-marker',
  'run-length',
  'run-start',
]);
