/** Offsets and sizes of events, as the code that works on pages in place needs them; structures.ts has the fields. */
import { ENTRY_2, EVENT, EXTERNAL_VALUE } from './structures.js';

/** Bytes of an entry beside its key and its events. */
export const ENTRY_OVERHEAD_2 = ENTRY_2.fixedSize;
/** Bytes of an event beside its value. */
export const EVENT_HEADER = EVENT.fixedSize;
export const EVENT_SIZE_OFFSET = EVENT.offsets.size;

/** What stands in the place of a size. */
export const DELETED = 0xffff;
export const EXTERNAL = 0xfffe;
export const MARKER = 0xfffd;

/** The longest entry with one event whose value is inline; with a longer one the value is in an extent. */
export const INLINE_ITEM_MAX = 1998;
/** The longest item of a history leaf. */
export const RUN_MAX = 2016;
/** The longest value. */
export const VALUE_MAX = 67_108_864;

/** Of an entry's event count: the history tree has runs of its key. */
export const HAS_RUNS = 0x8000;
export const EVENT_COUNT_MASK = 0x7fff;

/** Bytes after the header of an event of this size. */
export function eventDataLength(size: number): number {
  if (size < MARKER) return size;
  return size === EXTERNAL ? EXTERNAL_VALUE.fixedSize : 0;
}
