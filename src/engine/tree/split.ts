import type { Frame } from '../cache/frame.js';
import type { Pager } from '../commit/pager.js';
import { commonPrefix } from '../format/bytes.js';
import { copyKey, formatTreePage, readLink, writeLink } from '../format/items.js';
import { INTERNAL, LEAF, PAGE_CAPACITY, SLOT_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { readPageId } from '../format/u64.js';

/** A page that a split has made, and the key from which on keys belong to it and not to the page on its left. */
export interface NewSibling {
  readonly separator: Buffer;
  readonly pageId: number;
}

/**
 * An item that its page has no room for: where it belongs, and whether it takes the place of the item that is there.
 */
export interface Misfit extends Item {
  readonly index: number;
  readonly replaces: boolean;
}

interface Item {
  readonly view: DataView;
  readonly offset: number;
  readonly length: number;
}

/** The page being split, as it was. Only ever used within one split. */
const source = new Page();

/**
 * Makes room for an entry by sharing out a leaf's entries, with it, over two pages by their bytes, or over three when
 * a large entry stands between others that no page can hold together with it.
 *
 * @param leaf already announced as changed
 * @param rightEdge no leaf is further to the right: keys that only ever ascend then leave full pages behind
 * @returns the new pages, left to right
 */
export function splitLeaf(pager: Pager, leaf: Frame, misfit: Misfit, rightEdge: boolean): NewSibling[] {
  const items = shareOut(leaf, misfit);
  const position = misfit.index - 1;
  const next = readLink(leaf);
  const appends = rightEdge && !misfit.replaces && position === items.length - 1;
  const cuts = appends ? [position] : (balancedCut(items) ?? [position, position + 1]);
  if (!appends) refill(leaf, items.slice(0, cuts[0]));

  const pages = [leaf];
  cuts.forEach((cut, index) => {
    const page = pager.allocate();
    formatTreePage(page, LEAF, next);
    fill(page, items.slice(cut, cuts[index + 1]));
    pages.push(page);
  });
  return chain(pages);
}

/** Links leaves in their order, the last one keeps its link, and names the separators between them. */
function chain(pages: readonly Frame[]): NewSibling[] {
  const siblings: NewSibling[] = [];
  let left: Frame | undefined;
  for (const page of pages) {
    if (left !== undefined) {
      writeLink(left, page.pageId);
      const key = copyKey(page, 1);
      const shared = commonPrefix(copyKey(left, left.itemCount - 1), key);
      siblings.push({ separator: key.subarray(0, shared + 1), pageId: page.pageId });
    }
    left = page;
  }
  return siblings;
}

/**
 * Makes room for a separator by sharing out an internal page's children over two pages; the separator between them
 * moves up.
 *
 * @param page already announced as changed
 * @param rightEdge no page of this level is further to the right
 */
export function splitInternal(pager: Pager, page: Frame, misfit: Misfit, rightEdge: boolean): NewSibling {
  const items = shareOut(page, misfit);
  const appends = rightEdge && misfit.index === items.length;
  const middle = appends ? items.length - 2 : balancedMiddle(items);
  const raised = items[middle] as Item;
  const keyLength = raised.view.getUint16(raised.offset, true);
  const separator = Buffer.alloc(keyLength);
  for (let index = 0; index < keyLength; index++) separator[index] = raised.view.getUint8(raised.offset + 2 + index);

  const right = pager.allocate();
  formatTreePage(right, INTERNAL, readPageId(raised.view, raised.offset + 2 + keyLength));
  fill(right, items.slice(middle + 1));
  refill(page, items.slice(0, middle));
  return { separator, pageId: right.pageId };
}

/** All items of a page but its link, as they stand in a copy of it, with the misfit in its place. */
function shareOut(page: Page, misfit: Misfit): Item[] {
  source.copyFrom(page);
  const items: Item[] = [];
  for (let index = 1; index < source.itemCount; index++) {
    if (index === misfit.index) items.push(misfit);
    if (index === misfit.index && misfit.replaces) continue;
    items.push({ view: source.view, offset: source.itemOffset(index), length: source.itemLength(index) });
  }
  if (misfit.index === source.itemCount) items.push(misfit);
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

/** Gives a page other items behind its link. */
function refill(page: Page, items: readonly Item[]): void {
  const link = readLink(page);
  formatTreePage(page, page.type, link);
  fill(page, items);
}

function fill(page: Page, items: readonly Item[]): void {
  for (const item of items) page.appendItem(item.view, item.offset, item.length);
}
