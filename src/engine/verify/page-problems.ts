/** What is wrong with a page by itself, for the checks that go on after the first fault. */
import { formatOfPage } from '../format/formats.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Page } from '../format/page.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts } from './findings.js';

/** Something wrong within one page. */
export interface PageProblem extends FindingFacts {
  readonly code: FindingCode;
  readonly offset: number;
}

const ZEROES = Buffer.alloc(PAGE_SIZE);

/** What makes a page unfit to be read: its first fault. */
export function findFault(page: Page): PageProblem | undefined {
  const fault = formatOfPage(page).pages.findFault(page, {});
  if (fault?.code !== 'page-magic' || !page.bytes.equals(ZEROES)) return fault;
  return {
    code: 'page-zeroed',
    offset: 0,
    expected: fault.expected,
    found: fault.found,
    message: 'its bytes are all zero',
  };
}

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
]);
