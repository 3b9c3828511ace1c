/**
 * One look at a leaf that is as writers leave it, for the many pages that are. Each check of `findPageFault` and of the
 * layout is made here on the way through the items, without a call for each: loading a leaf of 29 rows takes a third of
 * the time, and a check of a whole store half. What is not plain may be sound too: the full checks say what is wrong.
 */
import { compareBytes } from '../../bytes/bytes.js';
import { compareU64Within } from '../../bytes/u64.js';
import {
  CRC_OFFSET,
  LINK_SIZE,
  MAX_ITEMS,
  MAX_KEY_LENGTH,
  PAGE_HEADER,
  SLOT_LENGTH_OFFSET,
  SLOT_SIZE,
} from '../layout.js';
import type { Page } from '../page.js';
import {
  DELETED,
  ENTRY_OVERHEAD_2,
  EVENT_COUNT_MASK,
  EVENT_HEADER,
  EVENT_SIZE_OFFSET,
  eventDataLength,
  INLINE_ITEM_MAX,
  MARKER,
} from './event-layout.js';

const NONE = -1;

/**
 * Whether a leaf of a table, whose header is sound, has neither a fault nor anything out of place. What it does not use
 * is not looked at.
 */
export function isPlainLeaf({ view }: Page): boolean {
  const itemCount = view.getUint16(PAGE_HEADER.itemCountOffset, true);
  const slotsEnd = PAGE_HEADER.size + itemCount * SLOT_SIZE;
  if (itemCount < 1 || itemCount > MAX_ITEMS) return false;
  if (view.getUint16(PAGE_HEADER.freeOffsetOffset, true) !== slotsEnd) return false;
  let end = CRC_OFFSET - LINK_SIZE;
  if (!isAt(view, PAGE_HEADER.size, end, LINK_SIZE)) return false;
  let before = NONE;
  let beforeLength = 0;
  for (let slot = PAGE_HEADER.size + SLOT_SIZE; slot < slotsEnd; slot += SLOT_SIZE) {
    const item = view.getUint16(slot, true);
    if (item < slotsEnd || !isAt(view, slot, item, end - item)) return false;
    if (end - item < ENTRY_OVERHEAD_2 + EVENT_HEADER) return false;
    const keyLength = view.getUint16(item, true);
    if (keyLength > MAX_KEY_LENGTH || !hasPlainEvents(view, item, keyLength, end)) return false;
    const key = item + 2;
    if (before !== NONE && compareBytes(view, before, beforeLength, view, key, keyLength) >= 0) return false;
    before = key;
    beforeLength = keyLength;
    end = item;
  }
  return true;
}

/** Whether a slot says that its item is at an offset, and has this length. */
function isAt(view: DataView, slot: number, offset: number, length: number): boolean {
  return view.getUint16(slot, true) === offset && view.getUint16(slot + SLOT_LENGTH_OFFSET, true) === length;
}

/** Whether the events of an entry fill it, each older than the one before it. */
function hasPlainEvents(view: DataView, item: number, keyLength: number, end: number): boolean {
  let event = item + ENTRY_OVERHEAD_2 + keyLength;
  if (event + EVENT_HEADER > end) return false;
  const count = view.getUint16(event - 2, true) & EVENT_COUNT_MASK;
  const longest = INLINE_ITEM_MAX - ENTRY_OVERHEAD_2 - EVENT_HEADER - keyLength;
  let newer = NONE;
  for (let left = count; left > 0; left--) {
    if (event + EVENT_HEADER > end) return false;
    const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
    if (size === MARKER || (size > longest && size < MARKER)) return false;
    if (newer !== NONE) {
      if (compareU64Within(view, event, newer) >= 0) return false;
      if (size === DELETED && view.getUint16(newer + EVENT_SIZE_OFFSET, true) === DELETED) return false;
    }
    newer = event;
    event += EVENT_HEADER + eventDataLength(size);
  }
  return count > 0 && event === end;
}
