/**
 * One look at a leaf that is as writers leave it, for the many pages that are. Each check of `findPageFault` and of the
 * layout is made here on the way through the items, without a call for each: loading a leaf of 29 rows takes a third of
 * the time, and a check of a whole store half. What is not plain may be sound too: the full checks say what is wrong.
 */
import { compareBytes } from '../../bytes/bytes.js';
import { compareU64Within } from '../../bytes/u64.js';
import { CRC_OFFSET, LINK_SIZE, MAX_ITEMS, MAX_KEY_LENGTH, PAGE_HEADER, SLOT_SIZE } from '../layout.js';
import type { Page } from '../page.js';
import {
  DELETED,
  ENTRY_OVERHEAD_2,
  EVENT_COUNT_MASK,
  EVENT_HEADER,
  EVENT_SIZE_OFFSET,
  eventDataLength,
  EXTERNAL,
  INLINE_ITEM_MAX,
  MARKER,
} from './event-layout.js';
import { LeafGlance } from './leaf-glance.js';

const NONE = -1;
/** Where nobody wants to know what was seen. */
const UNSEEN = new LeafGlance();

/**
 * Whether a leaf of a table, whose header is sound, has neither a fault nor anything out of place. What it does not use
 * is not looked at.
 *
 * @param glance is told what was seen; means nothing when the answer is no
 */
export function isPlainLeaf({ view }: Page, glance = UNSEEN): boolean {
  glance.clear();
  const itemCount = view.getUint16(PAGE_HEADER.itemCountOffset, true);
  const slotsEnd = PAGE_HEADER.size + itemCount * SLOT_SIZE;
  if (itemCount < 1 || itemCount > MAX_ITEMS) return false;
  if (view.getUint16(PAGE_HEADER.freeOffsetOffset, true) !== slotsEnd) return false;
  let end = CRC_OFFSET - LINK_SIZE;
  if (view.getUint32(PAGE_HEADER.size, true) !== slotOf(end, LINK_SIZE)) return false;
  let before = NONE;
  let beforeLength = 0;
  for (let slot = PAGE_HEADER.size + SLOT_SIZE; slot < slotsEnd; slot += SLOT_SIZE) {
    const item = view.getUint16(slot, true);
    if (end - item < ENTRY_OVERHEAD_2 + EVENT_HEADER || view.getInt32(slot, true) !== slotOf(item, end - item))
      return false;
    const keyLength = view.getUint16(item, true);
    if (keyLength > MAX_KEY_LENGTH || !hasPlainEvents(view, item, keyLength, end, glance)) return false;
    const key = item + 2;
    if (before !== NONE && compareBytes(view, before, beforeLength, view, key, keyLength) >= 0) return false;
    before = key;
    beforeLength = keyLength;
    end = item;
  }
  // Each item is below the one before it: where the last one is past the slots, all are.
  return end >= slotsEnd;
}

/** A slot that says that its item is at an offset, and has this length: one word, which is looked at at once. */
function slotOf(offset: number, length: number): number {
  return offset | (length << 16);
}

/** Whether the events of an entry fill it, each older than the one before it. */
function hasPlainEvents(view: DataView, item: number, keyLength: number, end: number, glance: LeafGlance): boolean {
  const event = item + ENTRY_OVERHEAD_2 + keyLength;
  if (event + EVENT_HEADER > end) return false;
  const high = view.getUint32(event + 4, true);
  const low = view.getUint32(event, true);
  glance.noteNewest(high, low);
  const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
  // One value in the page and nothing else, as most entries are; the whole field, with the bit that says runs.
  if (view.getUint16(event - 2, true) !== 1 || size >= MARKER) {
    glance.areAlone = false;
    return hasPlainList(view, item, event, end, glance);
  }
  glance.events++;
  glance.versions++;
  glance.rows++;
  if (low === 0 && high === 0) glance.hasZero = true;
  return end - item <= INLINE_ITEM_MAX && event + EVENT_HEADER + size === end;
}

/** The same of an entry with other events than one value. */
function hasPlainList(view: DataView, item: number, first: number, end: number, glance: LeafGlance): boolean {
  const count = view.getUint16(first - 2, true) & EVENT_COUNT_MASK;
  const longest = INLINE_ITEM_MAX - EVENT_HEADER - (first - item);
  let event = first;
  let newer = NONE;
  for (let left = count; left > 0; left--) {
    if (event + EVENT_HEADER > end) return false;
    const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
    if (size === MARKER || (size > longest && size < MARKER)) return false;
    if (newer !== NONE) {
      if (compareU64Within(view, event, newer) >= 0) return false;
      if (size === DELETED && view.getUint16(newer + EVENT_SIZE_OFFSET, true) === DELETED) return false;
    }
    if (size !== DELETED) {
      glance.versions++;
      if (newer === NONE) glance.rows++;
      if (size === EXTERNAL) glance.hasExternal = true;
    }
    newer = event;
    event += EVENT_HEADER + eventDataLength(size);
  }
  glance.events += count;
  // Only the oldest can be at position 0.
  if (newer !== NONE && view.getUint32(newer, true) === 0 && view.getUint32(newer + 4, true) === 0)
    glance.hasZero = true;
  return count > 0 && event === end;
}
