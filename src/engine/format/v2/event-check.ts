/**
 * Checks the events of an entry or a run: each ends within its item, and is older than the one before it. A run begins
 * with its marker, and its key ends in the position of its oldest event.
 */
import { compareU64Within, readU64 } from '../../bytes/u64.js';
import { type PageFault, pageFault } from '../page-check.js';
import type { Page } from '../page.js';
import { HISTORY_SUFFIX, HISTORY_TREE } from '../page-types.js';
import {
  DELETED,
  ENTRY_OVERHEAD_2,
  EVENT_COUNT_MASK,
  EVENT_HEADER,
  EVENT_SIZE_OFFSET,
  INLINE_ITEM_MAX,
  MARKER,
  RUN_MAX,
} from './event-layout.js';
import { eventEnd } from './events.js';
import { ENTRY_2 } from './structures.js';

/** What is wrong with the events of an item whose key has been checked. */
export function findEventFault(page: Page, index: number): PageFault | undefined {
  const { view } = page;
  const item = page.itemOffset(index);
  const end = item + page.itemLength(index);
  const keyLength = view.getUint16(item, true);
  const countOffset = item + ENTRY_2.offsets.eventCount + keyLength;
  const count = view.getUint16(countOffset, true) & EVENT_COUNT_MASK;
  const isRun = page.type === HISTORY_TREE.leaf;
  if (count < (isRun ? 2 : 1)) {
    const expected = isRun ? 'a marker and 1 event or more' : '1 or more';
    return pageFault('version-count', countOffset, expected, count, `item ${index} has no events`);
  }
  const longest = INLINE_ITEM_MAX - ENTRY_OVERHEAD_2 - EVENT_HEADER - (isRun ? keyLength - HISTORY_SUFFIX : keyLength);
  let event = item + ENTRY_OVERHEAD_2 + keyLength;
  let newer = -1;
  for (let left = count; left > 0; left--) {
    const next = event + EVENT_HEADER <= end ? eventEnd(view, event) : Infinity;
    if (next > end) {
      const message = `${count} events do not fit into item ${index}`;
      return pageFault('version-count', countOffset, 'events that end within the item', count, message);
    }
    const fault = checkEvent(view, event, newer, index, isRun && left === count, longest);
    if (fault !== undefined) return fault;
    newer = event;
    event = next;
  }
  if (event !== end) {
    return pageFault('item-length', item, event - item, end - item, `item ${index} is longer than its ${count} events`);
  }
  return isRun ? checkRun(page, index, newer) : undefined;
}

function checkEvent(
  view: DataView,
  event: number,
  newer: number,
  index: number,
  isMarker: boolean,
  longest: number,
): PageFault | undefined {
  const offset = event + EVENT_SIZE_OFFSET;
  const size = view.getUint16(offset, true);
  if ((size === MARKER) !== isMarker) {
    const [expected, message] = isMarker
      ? ['FFFD', `the run of item ${index} does not begin with a marker`]
      : ['an event', `item ${index} has a marker among its events`];
    return pageFault('run-marker', offset, expected, size.toString(16), message);
  }
  if (size > longest && size < MARKER) {
    const message = `an event of item ${index} has a value of ${size} bytes, which is too long to be here`;
    return pageFault('event-kind', offset, `at most ${longest}, or FFFE or FFFF`, size, message);
  }
  if (newer < 0) return undefined;
  if (compareU64Within(view, event, newer) >= 0) {
    const position = readU64(view, newer);
    const message = `an event of item ${index} is at position ${readU64(view, event)}, after the next newer one`;
    return pageFault('event-order', event, `below ${position}`, readU64(view, event), message);
  }
  if (size === DELETED && view.getUint16(newer + EVENT_SIZE_OFFSET, true) === DELETED) {
    const message = `two deletions of item ${index} follow each other`;
    return pageFault('event-kind', offset, 'a value', 'deleted', message);
  }
  return undefined;
}

function checkRun(page: Page, index: number, oldest: number): PageFault | undefined {
  const { view } = page;
  const item = page.itemOffset(index);
  const length = page.itemLength(index);
  if (length > RUN_MAX) {
    return pageFault('run-length', item, `at most ${RUN_MAX}`, length, `the run of item ${index} is too long`);
  }
  const from = item + ENTRY_2.offsets.key + view.getUint16(item, true) - HISTORY_SUFFIX;
  const found = view.getBigUint64(from);
  const expected = readU64(view, oldest);
  if (found === expected) return undefined;
  const message = `the key of the run of item ${index} says that it begins at ${found}, its oldest event is at ${expected}`;
  return pageFault('run-start', from, `${expected}`, found, message);
}
