/**
 * As `isPlainLeaf`, for leaves of a history tree: one look at those that are as writers leave them. The full checks of
 * a leaf took a fifth of 100,000 gets as of an old position.
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
import { HISTORY_SUFFIX } from '../page-types.js';
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
  RUN_MAX,
} from './event-layout.js';

/** An item with a key of no bytes but the position, its marker and an event. */
const RUN_MIN = ENTRY_OVERHEAD_2 + HISTORY_SUFFIX + 2 * EVENT_HEADER;
const FIRST_SLOT = PAGE_HEADER.size;

/** Whether a leaf of a history tree, whose header is sound, has neither a fault nor anything out of place. */
export function hasPlainRuns({ view }: Page): boolean {
  const itemCount = view.getUint16(PAGE_HEADER.itemCountOffset, true);
  const slotsEnd = FIRST_SLOT + itemCount * SLOT_SIZE;
  if (itemCount < 1 || itemCount > MAX_ITEMS) return false;
  if (view.getUint16(PAGE_HEADER.freeOffsetOffset, true) !== slotsEnd) return false;
  let end = CRC_OFFSET - LINK_SIZE;
  if (view.getUint16(FIRST_SLOT, true) !== end) return false;
  if (view.getUint16(FIRST_SLOT + SLOT_LENGTH_OFFSET, true) !== LINK_SIZE) return false;
  let before = 0;
  for (let slot = FIRST_SLOT + SLOT_SIZE; slot < slotsEnd; slot += SLOT_SIZE) {
    const item = view.getUint16(slot, true);
    const length = end - item;
    if (item < slotsEnd || length < RUN_MIN || length > RUN_MAX) return false;
    if (view.getUint16(slot + SLOT_LENGTH_OFFSET, true) !== length || !isPlainRun(view, item, end)) return false;
    if (before !== 0 && !ascends(view, before, item)) return false;
    before = item;
    end = item;
  }
  return true;
}

/** Whether a run begins with its marker, its events fill it, and its key ends in the position of the oldest. */
function isPlainRun(view: DataView, item: number, end: number): boolean {
  const keyLength = view.getUint16(item, true);
  if (keyLength < HISTORY_SUFFIX || keyLength > MAX_KEY_LENGTH + HISTORY_SUFFIX) return false;
  let event = item + ENTRY_OVERHEAD_2 + keyLength;
  if (event + EVENT_HEADER > end || view.getUint16(event + EVENT_SIZE_OFFSET, true) !== MARKER) return false;
  const longest = INLINE_ITEM_MAX - ENTRY_OVERHEAD_2 - EVENT_HEADER - (keyLength - HISTORY_SUFFIX);
  let newer = event;
  event += EVENT_HEADER;
  let left = (view.getUint16(newer - 2, true) & EVENT_COUNT_MASK) - 1;
  if (left < 1) return false;
  for (; left > 0; left--) {
    if (event + EVENT_HEADER > end) return false;
    const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
    if (size === MARKER || (size > longest && size < MARKER)) return false;
    if (compareU64Within(view, event, newer) >= 0) return false;
    if (size === DELETED && view.getUint16(newer + EVENT_SIZE_OFFSET, true) === DELETED) return false;
    newer = event;
    event += EVENT_HEADER + eventDataLength(size);
  }
  const from = item + 2 + keyLength - HISTORY_SUFFIX;
  const isFrom =
    view.getUint32(from) === view.getUint32(newer + 4, true) &&
    view.getUint32(from + 4) === view.getUint32(newer, true);
  return event === end && isFrom;
}

/** Whether the key of a run is above that of the one before it. */
function ascends(view: DataView, before: number, item: number): boolean {
  const beforeLength = view.getUint16(before, true) - HISTORY_SUFFIX;
  const length = view.getUint16(item, true) - HISTORY_SUFFIX;
  const order = compareBytes(view, before + 2, beforeLength, view, item + 2, length);
  if (order !== 0) return order < 0;
  return compareBytes(view, before + 2 + length, HISTORY_SUFFIX, view, item + 2 + length, HISTORY_SUFFIX) < 0;
}
