import { findPageFault } from '../format/page-check.js';
import { PAGE_HEADER, PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import type { Page } from '../format/page.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts } from './findings.js';

/** Something wrong within one page. */
export interface PageProblem extends FindingFacts {
  readonly code: FindingCode;
  readonly offset: number;
}

const ZEROES = Buffer.alloc(PAGE_SIZE);
const RESERVED_OFFSET = PAGE_HEADER.freeOffsetOffset + 2;

/** What makes a page unfit to be read: its first fault. */
export function findFault(page: Page): PageProblem | undefined {
  const fault = findPageFault(page);
  if (fault?.code !== 'page-magic' || !page.bytes.equals(ZEROES)) return fault;
  return {
    code: 'page-zeroed',
    offset: 0,
    expected: fault.expected,
    found: fault.found,
    message: 'its bytes are all zero',
  };
}

/** What is not as it should be in a page without faults, though no reader looks at it. */
export function findOddities(page: Page): readonly PageProblem[] {
  const { view, itemCount } = page;
  const oddities: PageProblem[] = [];
  const slotsEnd = PAGE_HEADER.size + itemCount * SLOT_SIZE;
  const freeOffset = view.getUint16(PAGE_HEADER.freeOffsetOffset, true);
  if (freeOffset !== slotsEnd) {
    const message = `its free offset is ${freeOffset}, its slots end at ${slotsEnd}`;
    oddities.push({
      code: 'free-offset',
      offset: PAGE_HEADER.freeOffsetOffset,
      expected: slotsEnd,
      found: freeOffset,
      message,
    });
  }
  const reserved = firstNonZero(page.bytes, RESERVED_OFFSET, PAGE_HEADER.size);
  if (reserved !== undefined) {
    const found = page.bytes[reserved] ?? 0;
    oddities.push({
      code: 'reserved-bytes',
      offset: reserved,
      expected: 0,
      found,
      message: 'its reserved bytes are not zero',
    });
  }
  return oddities;
}

/** Where the first byte that is not zero stands. */
export function firstNonZero(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let offset = start; offset < end; offset++) if (bytes[offset] !== 0) return offset;
  return undefined;
}

/** Whether the header, slots and link of a page with this fault are sound, and what is wrong is in the items behind them. */
export function isItemFault(code: FindingCode): boolean {
  return ITEM_FAULTS.has(code);
}

const ITEM_FAULTS: ReadonlySet<FindingCode> = new Set([
  'item-length',
  'key-length',
  'key-order',
  'version-count',
  'version-order',
]);
