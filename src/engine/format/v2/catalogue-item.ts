/**
 * Items of the catalogue tree: entries with one event. The key is the kind and the id of a record, the position is the
 * one that changed the record last, the value is the body of the record.
 */
import type { KeyRef } from '../../bytes/bytes.js';
import type { U64 } from '../../bytes/u64.js';
import { keyLength, keyStart } from '../items.js';
import type { Page } from '../page.js';
import { EVENT_HEADER, EVENT_SIZE_OFFSET, MARKER } from './event-layout.js';
import { eventCountOffset, type EventData, newestEvent, singleEntrySize, writeSingleEntry } from './events.js';
import { findRecordFault, type RecordContext, type RecordFault } from './record-check.js';
import type { EncodedRecord, RecordPlace } from './records.js';

const KEY_LENGTH = 9;

/** The key of a record. */
export function recordKey(kind: number, id: bigint): Buffer {
  const key = Buffer.alloc(KEY_LENGTH);
  key.writeUInt8(kind, 0);
  key.writeBigUInt64BE(id, 1);
  return key;
}

/** The item of a record that changed at a position. */
export function encodeRecordItem({ body }: EncodedRecord, key: KeyRef, at: U64): Buffer {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const data: EventData = { size: body.length, view, start: 0, length: body.length };
  const item = Buffer.alloc(singleEntrySize(KEY_LENGTH, data));
  writeSingleEntry(new DataView(item.buffer, item.byteOffset, item.length), 0, key, data, at, false);
  return item;
}

/** The record that an item without fault holds. */
export function recordPlace(page: Page, index: number): RecordPlace {
  const key = keyStart(page, index);
  const event = newestEvent(page, index);
  return {
    kind: page.view.getUint8(key),
    id: page.view.getBigUint64(key + 1),
    start: page.itemOffset(index),
    offset: event + EVENT_HEADER,
    length: page.view.getUint16(event + EVENT_SIZE_OFFSET, true),
  };
}

/** What is wrong with the record that an item holds, of a leaf that has no fault by itself. */
export function findRecordItemFault(page: Page, index: number, context: RecordContext): RecordFault | undefined {
  const { view } = page;
  const start = page.itemOffset(index);
  const length = keyLength(page, index);
  const unexpected = (offset: number, expected: string, found: number): RecordFault => {
    return { code: 'record-event', offset, expected, found };
  };
  if (length !== KEY_LENGTH) return unexpected(start, `a key of ${KEY_LENGTH} bytes`, length);
  const offset = eventCountOffset(view, start);
  const count = view.getUint16(offset, true);
  if (count !== 1) return unexpected(offset, '1 event', count);
  const sizeOffset = newestEvent(page, index) + EVENT_SIZE_OFFSET;
  const size = view.getUint16(sizeOffset, true);
  if (size >= MARKER) return unexpected(sizeOffset, 'a record', size);
  return findRecordFault(page.bytes, recordPlace(page, index), context);
}
