/**
 * Splits of pages that have no room for an item. A page is split by the bytes of its items, not by their number; a
 * split at the right edge of a tree copies nothing, so that ascending keys leave full pages.
 */
import type { Frame } from '../cache/frame.js';
import type { Pager } from '../pager/pager.js';
import { commonPrefix } from '../bytes/bytes.js';
import { KEY_OFFSET } from '../format/entry-layout.js';
import { copyKey, insertLink, leftmostChild, nextLeaf, setNextLeaf } from '../format/items.js';
import { PAGE_CAPACITY, SLOT_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { CATALOGUE_TREE } from '../format/page-types.js';
import { readPageId } from '../bytes/u64.js';
import type { TreeRoot } from './root.js';

/** A page that a split has made, and the first key that belongs to it and not to the page on its left. */
export interface NewSibling {
  readonly separator: Buffer;
  readonly pageId: number;
}

/** The bytes of an item. */
export interface Item {
  readonly view: DataView;
  readonly offset: number;
  readonly length: number;
}

/** An item that its page has no room for: its index there, and whether it replaces the item that has that index. */
export interface PendingItem extends Item {
  readonly index: number;
  readonly replaces: boolean;
}

/**
 * A new page of a tree, without items. The catalogue has the free map: what it takes must not change that.
 *
 * @throws StoreError `STORE_TOO_LARGE`
 */
export function newPage(pager: Pager, tree: TreeRoot, type: number): Frame {
  const isCatalogue = tree.kind === CATALOGUE_TREE;
  const page = isCatalogue ? pager.allocateAppended(type, tree.id) : pager.allocate(type, tree.id);
  if (tree.counts !== undefined) tree.counts.treePages++;
  return page;
}

/** The page that is being split, as it was. Only ever used within one split. */
const source = new Page();

/**
 * Where to cut the items of a leaf, the pending one among them: the index of the first item of each new page; undefined
 * where no cut will do.
 *
 * @param position which of the items the pending one is
 */
export type ChooseCuts = (items: readonly Item[], position: number) => readonly number[] | undefined;

/** Two pages that differ least in bytes; undefined when an item is between others that no page can hold with it. */
export const inTwo: ChooseCuts = (items) => balancedCut(items);

/** As `inTwo`, or else three pages: an item of any length finds room. */
export const inTwoOrThree: ChooseCuts = (items, position) => balancedCut(items) ?? [position, position + 1];

/**
 * Makes room for an item by dividing a leaf's items, with it, between pages. At the right edge of the tree an item
 * after all others begins a new page.
 *
 * @param leaf already marked dirty
 * @param rightEdge no leaf is further to the right
 * @returns the new pages, left to right; undefined when there is no cut: nothing was changed then
 */
export function splitLeaf(
  pager: Pager,
  tree: TreeRoot,
  leaf: Frame,
  pending: PendingItem,
  rightEdge: boolean,
  choose: ChooseCuts,
): NewSibling[] | undefined {
  const next = nextLeaf(leaf);
  const isLast = !pending.replaces && pending.index === leaf.itemCount;
  if (rightEdge && isLast) return chain([leaf, newLeaf(pager, tree, leaf.type, next, [pending])]);
  const items = itemsWith(leaf, pending);
  const position = pending.index - 1;
  const cuts = choose(items, position);
  if (cuts === undefined) return undefined;
  // Where only the pending item is moved, the page stays as it is.
  if (!isLast || cuts[0] !== position) refill(leaf, items.slice(0, cuts[0]));

  const pages = [leaf];
  cuts.forEach((cut, index) => {
    pages.push(newLeaf(pager, tree, leaf.type, next, items.slice(cut, cuts[index + 1])));
  });
  return chain(pages);
}

function newLeaf(pager: Pager, tree: TreeRoot, type: number, next: number, items: readonly Item[]): Frame {
  const page = newPage(pager, tree, type);
  insertLink(page, next);
  fill(page, items);
  return page;
}

/**
 * Links leaves in their order, and gives the separators between them: as short as they can be. The last one keeps its
 * link.
 */
function chain(pages: readonly Frame[]): NewSibling[] {
  const siblings: NewSibling[] = [];
  let left: Frame | undefined;
  for (const page of pages) {
    if (left !== undefined) {
      setNextLeaf(left, page.pageId);
      const separator = shortestSeparator(copyKey(left, left.itemCount - 1), copyKey(page, 1), page.keySuffix);
      siblings.push({ separator, pageId: page.pageId });
    }
    left = page;
  }
  return siblings;
}

/** The shortest key above `left` and not above `right`. A suffix that need not decide is zero. */
export function shortestSeparator(left: Buffer, right: Buffer, suffix: number): Buffer {
  const leftKey = left.subarray(0, left.length - suffix);
  const rightKey = right.subarray(0, right.length - suffix);
  const shared = commonPrefix(leftKey, rightKey);
  if (shared === rightKey.length) return right;
  return suffix === 0
    ? rightKey.subarray(0, shared + 1)
    : Buffer.concat([rightKey.subarray(0, shared + 1), Buffer.alloc(suffix)]);
}

/**
 * Makes room for a separator by dividing an internal page's children between two pages; the separator between them
 * moves up.
 *
 * @param page already marked dirty
 * @param rightEdge no page of this level is further to the right
 */
export function splitInternal(
  pager: Pager,
  tree: TreeRoot,
  page: Frame,
  pending: PendingItem,
  rightEdge: boolean,
): NewSibling {
  const items = itemsWith(page, pending);
  const appends = rightEdge && pending.index === items.length;
  const middle = appends ? items.length - 2 : balancedMiddle(items);
  const raised = items[middle] as Item;
  const { view, offset } = raised;
  const length = view.getUint16(offset, true);
  const separator = Buffer.from(new Uint8Array(view.buffer, view.byteOffset + offset + KEY_OFFSET, length));

  const right = newPage(pager, tree, page.type);
  insertLink(right, readPageId(view, offset + KEY_OFFSET + length));
  fill(right, items.slice(middle + 1));
  refill(page, items.slice(0, middle));
  return { separator, pageId: right.pageId };
}

/** All items of a page but its link, as they are in a copy of it, and the pending one among them. */
function itemsWith(page: Page, pending: PendingItem): Item[] {
  source.copyFrom(page);
  const items: Item[] = [];
  for (let index = 1; index < source.itemCount; index++) {
    if (index === pending.index) items.push(pending);
    if (index === pending.index && pending.replaces) continue;
    items.push({ view: source.view, offset: source.itemOffset(index), length: source.itemLength(index) });
  }
  if (pending.index === source.itemCount) items.push(pending);
  return items;
}

/** Where to cut so that both halves fit a page and differ least in bytes; undefined when no cut does. */
function balancedCut(items: readonly Item[]): [number] | undefined {
  const total = totalBytes(items);
  let best = Infinity;
  let cut = -1;
  let left = 0;
  items.slice(0, -1).forEach((item, index) => {
    left += item.length + SLOT_SIZE;
    const right = total - left;
    if (left > PAGE_CAPACITY || right > PAGE_CAPACITY || Math.abs(left - right) >= best) return;
    best = Math.abs(left - right);
    cut = index + 1;
  });
  return cut < 0 ? undefined : [cut];
}

/** The item whose left and right differ least in bytes; it is neither the first nor the last. */
function balancedMiddle(items: readonly Item[]): number {
  const total = totalBytes(items);
  let left = 0;
  let middle = 0;
  for (const item of items) {
    const size = item.length + SLOT_SIZE;
    if (left + size / 2 >= total / 2) break;
    left += size;
    middle++;
  }
  return Math.min(Math.max(middle, 1), items.length - 2);
}

function totalBytes(items: readonly Item[]): number {
  return items.reduce((total, item) => total + item.length + SLOT_SIZE, 0);
}

/** Replaces the items of a page after its link. */
function refill(page: Page, items: readonly Item[]): void {
  const link = page.isLeaf ? nextLeaf(page) : leftmostChild(page);
  page.clear();
  insertLink(page, link);
  fill(page, items);
}

function fill(page: Page, items: readonly Item[]): void {
  for (const item of items) page.appendItem(item.view, item.offset, item.length);
}
