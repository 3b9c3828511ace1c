/** The pages on the way down a tree, as a check remembers them. */
import { INTERNAL_OVERHEAD, keyAt, keyLength } from '../format/items.js';
import { Page } from '../format/page.js';
import { type Bounds, NO_BOUNDS } from '../tree/key-spans.js';

/** An internal page on the way down, and what is known of the keys below it. */
export interface WayStep {
  readonly page: Page;
  pageId: number;
  bounds: Bounds;
  /** The child to go to next. */
  next: number;
  /**
   * Where separators are out of order, or have been lost, they bound nothing, and the order of the children is not
   * known.
   */
  ordered: boolean;
  /** Whether the page itself, and all above it, are within their separators. */
  inBounds: boolean;
  /** Whether a child has turned out to be a leaf: its sisters are then read together. */
  aboveLeaves: boolean;
}

/** A step that is nowhere yet. */
export function newStep(): WayStep {
  const start = { pageId: 0, bounds: NO_BOUNDS, next: 0, ordered: true, inBounds: true, aboveLeaves: false };
  return { page: new Page(), ...start };
}

/** The bounds of the keys below a child. */
export function childBounds({ page, bounds }: WayStep, index: number): Bounds {
  const isLast = index + 1 === page.itemCount;
  return {
    lower: index === 0 ? bounds.lower : keyAt(page, index),
    upper: isLast ? bounds.upper : keyAt(page, index + 1),
  };
}

/** Whether every item of an internal page with an item fault still has a child where one is looked for. */
export function hasWholeChildren(page: Page): boolean {
  for (let index = 1; index < page.itemCount; index++) {
    const length = page.itemLength(index);
    if (length < INTERNAL_OVERHEAD || keyLength(page, index) + INTERNAL_OVERHEAD !== length) return false;
  }
  return true;
}
