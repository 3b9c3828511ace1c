/** The pages on the way down a tree, as a check remembers them. */
import { INTERNAL_OVERHEAD, keyAt, keyLength } from '../format/items.js';
import { Page } from '../format/page.js';
import { type Bounds, NO_BOUNDS } from '../tree/key-spans.js';

/** An internal page on the way down, and what is known of the keys below it. */
export interface WayStep {
  readonly page: Page;
  pageId: number;
  /** The pages from the root down to this one. */
  path: readonly number[];
  bounds: Bounds;
  /** The child to go to next. */
  next: number;
  /**
   * Where separators are out of order, or have been lost, they bound nothing, and the order of the children is not
   * known.
   */
  ordered: boolean;
  /** Whether it and all above it are in order, and whether they are within their separators, too. */
  areAllOrdered: boolean;
  areAllSound: boolean;
  /** Whether a child has turned out to be a leaf: its sisters are then read together. */
  aboveLeaves: boolean;
}

/** A step that is nowhere yet. */
export function newStep(): WayStep {
  const isSound = { ordered: true, areAllOrdered: true, areAllSound: true };
  return { page: new Page(), pageId: 0, path: [], bounds: NO_BOUNDS, ...isSound, next: 0, aboveLeaves: false };
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
