/**
 * The items of tree pages. Item 0 is one page id (u64): of a leaf the next leaf to the right, of an internal page the
 * leftmost child. The others begin with a key, in ascending order:
 *
 *     leaf entry       key length u16 · key · version count u16 · versions (as the format has them)
 *     internal item    key length u16 · key · child page id u64
 *
 * A search key equal to a separator belongs to that separator's child.
 */
import { compareBytes, compareSuffixedBytes, copyBytes, type KeyRef } from '../bytes/bytes.js';
import { KEY_OFFSET } from './entry-layout.js';
import { LINK_SIZE } from './layout.js';
import type { Page } from './page.js';
import { SEPARATOR } from './structures.js';
import { readPageId, writePageId } from '../bytes/u64.js';

/** Bytes of an internal item beside its key. */
export const INTERNAL_OVERHEAD = SEPARATOR.fixedSize;

/** Item 0 of a leaf. */
export function nextLeaf(leaf: Page): number {
  return readPageId(leaf.view, leaf.itemOffset(0));
}

export function setNextLeaf(leaf: Page, pageId: number): void {
  writePageId(leaf.view, leaf.itemOffset(0), pageId);
}

/** Item 0 of an internal page. */
export function leftmostChild(page: Page): number {
  return readPageId(page.view, page.itemOffset(0));
}

/** Gives a page that has no items its item 0: the next leaf, or the leftmost child. */
export function insertLink(page: Page, link: number): void {
  writePageId(page.view, page.insertItem(0, LINK_SIZE), link);
}

export function keyStart(page: Page, index: number): number {
  return page.itemOffset(index) + KEY_OFFSET;
}

export function keyLength(page: Page, index: number): number {
  return page.view.getUint16(page.itemOffset(index), true);
}

/** The key of item `index`, as it is in the page. */
export function keyAt(page: Page, index: number): KeyRef {
  return { view: page.view, keyStart: keyStart(page, index), keyLength: keyLength(page, index) };
}

/** A copy of the key of item `index`. */
export function copyKey(page: Page, index: number): Buffer {
  const start = keyStart(page, index);
  return Buffer.from(page.bytes.subarray(start, start + keyLength(page, index)));
}

/** The key of item `index` against `key`: below 0, 0, above 0. */
export function compareKeyAt(page: Page, index: number, key: KeyRef): number {
  const { view, keySuffix } = page;
  const item = page.itemOffset(index);
  const start = item + KEY_OFFSET;
  const length = view.getUint16(item, true);
  return keySuffix === 0
    ? compareBytes(view, start, length, key.view, key.keyStart, key.keyLength)
    : compareSuffixedBytes(view, start, length, key, keySuffix);
}

/**
 * Looks for a key among items 1…: its index where it is there, and else the bitwise complement of the index at which
 * it would be inserted.
 */
export function findKey(page: Page, key: KeyRef): number {
  let low = 1;
  let high = page.itemCount;
  // Keys that ascend, as in many a log, come after all others.
  if (high > 1 && compareKeyAt(page, high - 1, key) < 0) return ~high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareKeyAt(page, middle, key);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return ~low;
}

/** Which child of an internal page a key belongs to: 0 for the leftmost, else the index of its separator. */
export function childIndexFor(page: Page, key: KeyRef): number {
  const found = findKey(page, key);
  return found >= 0 ? found : ~found - 1;
}

/** Where in an internal page the pointer to a child is. */
export function childOffset(page: Page, childIndex: number): number {
  const item = page.itemOffset(childIndex);
  return childIndex === 0 ? item : item + KEY_OFFSET + page.view.getUint16(item, true);
}

export function readChild(page: Page, childIndex: number): number {
  return readPageId(page.view, childOffset(page, childIndex));
}

/** Bytes of all items of a page. */
export function itemBytes(page: Page): number {
  const { itemCount } = page;
  let bytes = 0;
  for (let index = 0; index < itemCount; index++) bytes += page.itemLength(index);
  return bytes;
}

/** Writes a separator and the child on its right, `INTERNAL_OVERHEAD` bytes and the key. */
export function writeSeparator(target: DataView, offset: number, key: KeyRef, child: number): void {
  target.setUint16(offset, key.keyLength, true);
  copyBytes(key.view, key.keyStart, target, offset + KEY_OFFSET, key.keyLength);
  writePageId(target, offset + KEY_OFFSET + key.keyLength, child);
}
