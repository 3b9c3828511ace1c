/**
 * The events of entries and runs, worked on in place: an event is named by the offset at which it begins. The newest
 * comes first; each ends where the next newer one begins.
 */
import { copyBytes, copyOf, type KeyRef } from '../../bytes/bytes.js';
import { readU64, readWords, type U64, writeU64 } from '../../bytes/u64.js';
import type { Page } from '../page.js';
import {
  DELETED,
  ENTRY_OVERHEAD_2,
  EVENT_COUNT_MASK,
  EVENT_HEADER,
  EVENT_SIZE_OFFSET,
  eventDataLength,
  EXTERNAL,
  HAS_RUNS,
  INLINE_ITEM_MAX,
  MARKER,
} from './event-layout.js';
import { EXTERNAL_VALUE } from './structures.js';

/** What an event is to say beside its position: its size field, and the bytes after that. */
export interface EventData {
  readonly size: number;
  readonly view: DataView;
  readonly start: number;
  readonly length: number;
}

const NOTHING = new DataView(new ArrayBuffer(0));
export const DELETION: EventData = { size: DELETED, view: NOTHING, start: 0, length: 0 };

/** Where a value is that is kept in an extent. */
export interface ExternalValue {
  /** Bytes of the value. */
  readonly length: number;
  readonly firstPage: number;
  readonly crc: number;
}

/** Whether a value of this length goes into the entry of its key, and not into an extent. */
export function fitsInline(keyLength: number, valueLength: number): boolean {
  return ENTRY_OVERHEAD_2 + keyLength + EVENT_HEADER + valueLength <= INLINE_ITEM_MAX;
}

/** What an event says of a value in an extent. */
export function externalEvent({ length, firstPage, crc }: ExternalValue): EventData {
  const view = new DataView(new ArrayBuffer(EXTERNAL_VALUE.fixedSize));
  view.setUint32(EXTERNAL_VALUE.offsets.length, length, true);
  view.setUint32(EXTERNAL_VALUE.offsets.firstPage, firstPage, true);
  view.setUint32(EXTERNAL_VALUE.offsets.crc, crc, true);
  return { size: EXTERNAL, view, start: 0, length: view.byteLength };
}

/** Reads what an external event says. */
export function readExternal(view: DataView, event: number): ExternalValue {
  const data = event + EVENT_HEADER;
  return {
    length: view.getUint32(data + EXTERNAL_VALUE.offsets.length, true),
    firstPage: view.getUint32(data + EXTERNAL_VALUE.offsets.firstPage, true),
    crc: view.getUint32(data + EXTERNAL_VALUE.offsets.crc, true),
  };
}

/** Bytes of an event with this data. */
export function eventSize(data: EventData): number {
  return EVENT_HEADER + data.length;
}

export function writeEvent(target: DataView, offset: number, data: EventData, at: U64): void {
  writeU64(target, offset, at);
  target.setUint16(offset + EVENT_SIZE_OFFSET, data.size, true);
  copyBytes(data.view, data.start, target, offset + EVENT_HEADER, data.length);
}

/** Writes the marker of a run: `until` is the position of the key's next newer event. */
export function writeMarker(target: DataView, offset: number, until: U64): void {
  writeU64(target, offset, until);
  target.setUint16(offset + EVENT_SIZE_OFFSET, MARKER, true);
}

/** Bytes of an entry with one event. */
export function singleEntrySize(keyLength: number, data: EventData): number {
  return ENTRY_OVERHEAD_2 + keyLength + eventSize(data);
}

/** Writes an entry with one event, `singleEntrySize` bytes. */
export function writeSingleEntry(
  target: DataView,
  offset: number,
  key: KeyRef,
  data: EventData,
  at: U64,
  hasRuns: boolean,
): void {
  target.setUint16(offset, key.keyLength, true);
  copyBytes(key.view, key.keyStart, target, offset + 2, key.keyLength);
  target.setUint16(offset + 2 + key.keyLength, hasRuns ? 1 | HAS_RUNS : 1, true);
  writeEvent(target, offset + ENTRY_OVERHEAD_2 + key.keyLength, data, at);
}

/** Where in an item its events begin, from its start. */
export function eventsOffset(keyLength: number): number {
  return ENTRY_OVERHEAD_2 + keyLength;
}

/** Where an item's event count is. */
export function eventCountOffset(view: DataView, item: number): number {
  return item + 2 + view.getUint16(item, true);
}

/** How many events an item has, the marker of a run included. */
export function eventCount(view: DataView, item: number): number {
  return view.getUint16(eventCountOffset(view, item), true) & EVENT_COUNT_MASK;
}

/** Whether the history tree has runs of the key of an entry. */
export function hasRuns(view: DataView, item: number): boolean {
  return (view.getUint16(eventCountOffset(view, item), true) & HAS_RUNS) !== 0;
}

/** The newest event of entry `index`. */
export function newestEvent(page: Page, index: number): number {
  return eventCountOffset(page.view, page.itemOffset(index)) + 2;
}

/** Where an event ends, and the next older one of its item begins. */
export function eventEnd(view: DataView, event: number): number {
  return event + EVENT_HEADER + eventDataLength(view.getUint16(event + EVENT_SIZE_OFFSET, true));
}

export function positionOf(view: DataView, event: number): bigint {
  return readU64(view, event);
}

/** The position of an event as words. */
export const positionWords = readWords;

export function isDeletion(view: DataView, event: number): boolean {
  return view.getUint16(event + EVENT_SIZE_OFFSET, true) === DELETED;
}

/** Whether an event has its value in an extent. */
export function isExternal(view: DataView, event: number): boolean {
  return view.getUint16(event + EVENT_SIZE_OFFSET, true) === EXTERNAL;
}

/** A copy of the value of an event that has it inline. */
export function copyInlineValue(page: Page, event: number): Buffer {
  return copyOf(page.bytes, event + EVENT_HEADER, eventEnd(page.view, event));
}
