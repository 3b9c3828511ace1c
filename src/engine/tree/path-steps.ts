/** The way that a search has taken through a tree, with the separators around each page. */
import { copyKey } from '../format/items.js';
import type { PageReader } from '../pager/page-reader.js';
import type { TreePath } from './path.js';
import type { TreeRoot } from './root.js';

/** A page on the way from the root of a tree to an item. */
export interface PathStep {
  readonly page: bigint;
  /** 1 for a leaf; that of the root is the tree's height. */
  readonly level: number;
  /** The separators around it: its keys are from `low` on, and below `high`; null where there is none. */
  readonly low: Uint8Array | null;
  readonly high: Uint8Array | null;
  /** The item of the page that the way goes through, 0 for the first child; in a leaf null when there is none. */
  readonly item: number | null;
}

/**
 * The steps of a path that has come to a leaf. No frame is in use afterwards.
 *
 * @param leafId the leaf, and the item there that was looked for
 */
export function stepsOf(
  pages: PageReader,
  { height }: TreeRoot,
  { pageIds, childIndexes }: TreePath,
  leafId: number,
  item: number | null,
): PathStep[] {
  const steps: PathStep[] = [];
  let [low, high]: [Uint8Array | null, Uint8Array | null] = [null, null];
  for (const [depth, pageId] of pageIds.entries()) {
    const childIndex = childIndexes[depth] as number;
    steps.push({ page: BigInt(pageId), level: height - depth, low, high, item: childIndex });
    pages.release();
    const page = pages.fetch(pageId);
    if (childIndex > 0) low = copyKey(page, childIndex);
    if (childIndex + 1 < page.itemCount) high = copyKey(page, childIndex + 1);
  }
  pages.release();
  steps.push({ page: BigInt(leafId), level: height - pageIds.length, low, high, item });
  return steps;
}
