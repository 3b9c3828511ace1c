/** Compares the keys of a page with the separators that lead to it. */
import { compareKeyAt, keyAt } from '../format/items.js';
import type { Page } from '../format/page.js';
import type { FindingFacts } from './findings.js';
import { type Bounds, showKey } from '../tree/key-spans.js';

export interface Violation {
  readonly facts: FindingFacts;
  /** The bounds that hold for what is below the page: without those that it violates, so that nothing is told twice. */
  readonly inner: Bounds;
}

/**
 * Holds the first and the last key of a sound page against the separators above it. A separator that is the lower
 * bound of its page leaves no keys to the child before it.
 */
export function findViolation(page: Page, bounds: Bounds): Violation | undefined {
  const last = page.itemCount - 1;
  if (last < 1) return undefined;
  const { lower, upper } = bounds;
  const below = lower !== undefined && compareKeyAt(page, 1, lower) < (page.isLeaf ? 0 : 1);
  const above = upper !== undefined && compareKeyAt(page, last, upper) >= 0;
  if (!below && !above) return undefined;
  const index = below ? 1 : last;
  const least = page.isLeaf ? 'at least' : 'above';
  const expected = below ? `${least} ${showKey(lower)}` : `below ${showKey(upper!)}`;
  const found = showKey(keyAt(page, index));
  const relation = below ? (page.isLeaf ? 'below' : 'not above') : 'not below';
  const message = `its key ${found} is ${relation} the separator that leads to it`;
  return {
    facts: { message, offset: page.itemOffset(index), expected, found },
    inner: { lower: below ? undefined : lower, upper: above ? undefined : upper },
  };
}
