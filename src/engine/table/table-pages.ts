/**
 * All pages of a table, to be given up: those of both trees, and those of its values. Each is read and asked whether it
 * is the table's before its id is given: the page of another table, or one that is damaged, must not be used again.
 */
import { StoreError } from '../errors.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { keyLength } from '../format/items.js';
import {
  eventCount,
  eventEnd,
  type ExternalValue,
  isExternal,
  newestEvent,
  positionOf,
  readExternal,
} from '../format/v2/events.js';
import { extentPages } from '../format/v2/value-page.js';
import type { PageReader } from '../pager/page-reader.js';
import { Pace, type Steps } from '../steps.js';
import { TreePath } from '../tree/path.js';
import { isEmptyTree, type TreeRoot } from '../tree/root.js';
import { valueChunks, type ValueOwner } from './value-reader.js';

/** Leaves looked at between two steps. */
const LEAVES_PER_STEP = 64;

/** An event whose value is in an extent. */
interface ExternalEvent {
  readonly owner: ValueOwner;
  readonly external: ExternalValue;
}

/** The ids of all pages of a table. @throws StoreError damage, `IO_ERROR` */
export function* pagesOf(pages: PageReader, table: Table): Steps<readonly number[]> {
  const pageIds: number[] = [];
  for (const tree of [table.tree, table.history]) if (!isEmptyTree(tree)) yield* collectTree(pages, tree, pageIds);
  refuseShared(table.id, pageIds);
  return pageIds;
}

function* collectTree(pages: PageReader, tree: TreeRoot, pageIds: number[]): Steps<void> {
  const path = new TreePath(pages, tree);
  const pace = new Pace(LEAVES_PER_STEP);
  for (let leaf: Frame | undefined = path.seek('first'); leaf !== undefined; leaf = path.nextLeaf()) {
    pageIds.push(leaf.pageId, ...firstVisited(path));
    // The leaf may be gone as soon as other pages are read.
    for (const event of externalEvents(leaf, tree.id)) yield* collectValue(pages, event, pageIds);
    if (pace.isDue()) yield;
  }
}

/** The pages above a leaf that no leaf before it is below. */
function firstVisited({ pageIds, childIndexes }: TreePath): number[] {
  let depth = pageIds.length;
  while (depth > 0 && childIndexes[depth - 1] === 0) depth--;
  return pageIds.slice(depth);
}

function externalEvents(leaf: Frame, table: bigint): ExternalEvent[] {
  const { view } = leaf;
  const found: ExternalEvent[] = [];
  for (let index = 1; index < leaf.itemCount; index++) {
    let event = newestEvent(leaf, index);
    for (let left = eventCount(view, leaf.itemOffset(index)); left > 0; left--) {
      if (isExternal(view, event)) {
        const owner = { table, keyLength: keyLength(leaf, index) - leaf.keySuffix, position: positionOf(view, event) };
        found.push({ owner, external: readExternal(view, event) });
      }
      event = eventEnd(view, event);
    }
  }
  return found;
}

function* collectValue(pages: PageReader, { owner, external }: ExternalEvent, pageIds: number[]): Steps<void> {
  const chunks = valueChunks(pages, owner, external);
  while (chunks.next().done !== true) yield;
  const { firstPage, length } = external;
  for (let ordinal = 0; ordinal < extentPages(owner.keyLength, length); ordinal++) pageIds.push(firstPage + ordinal);
}

/** Pages that are there twice would be taken twice. */
function refuseShared(table: bigint, pageIds: readonly number[]): void {
  const inOrder = Float64Array.from(pageIds).sort();
  const index = inOrder.findIndex((pageId, place) => pageId === inOrder[place - 1]);
  if (index < 0) return;
  const page = inOrder[index] as number;
  throw new StoreError('TREE_CORRUPTED', `page ${page} is reached twice from table ${table}`, { table, page });
}
