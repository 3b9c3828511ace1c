/** Items of leaves: entries of a current tree, runs of a history tree. */
import {
  EXTERNAL_BYTES,
  FROM_BYTES,
  INLINE_ENTRY_MAX,
  KEY_BYTES_MAX,
  MARKERS_COUNTED,
  RUN_BYTES_MAX,
  RUNS_FLAG,
  singleEntryBytes,
  SIZE_DELETED,
  SIZE_EXTERNAL,
  SIZE_MARKER,
  VALUE_BYTES_MAX,
} from './layout.js';
import type { Report } from './rules.js';

export interface ExternalValue {
  readonly length: number;
  readonly firstPage: number;
  readonly crc: number;
}

export type EventData =
  | { readonly kind: 'inline'; readonly value: Buffer }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'external'; readonly external: ExternalValue };

/** One put or delete of one key at one position. */
export type Event2 = EventData & { readonly position: bigint };

export interface Entry2 {
  /** As it is in the item and as it is compared. */
  readonly itemKey: Buffer;
  readonly key: Buffer;
  readonly hasRuns: boolean;
  /** Newest first. */
  readonly events: readonly Event2[];
}

export interface Run2 {
  /** The key and `from`. */
  readonly itemKey: Buffer;
  readonly key: Buffer;
  readonly from: bigint;
  /** The position of the key's next newer event; undefined where no marker is first. */
  readonly marker: bigint | undefined;
  /** Newest first. */
  readonly events: readonly Event2[];
}

interface Marker {
  readonly kind: 'marker';
  readonly position: bigint;
}

interface RawItem {
  readonly itemKey: Buffer;
  readonly flag: boolean;
  readonly listed: readonly (Event2 | Marker)[];
}

/** Undefined, and reported, when it is not exactly one entry. */
export function decodeEntry(item: Buffer, report: Report): Entry2 | undefined {
  const raw = decodeRaw(item, report);
  if (raw === undefined) return undefined;
  const events = raw.listed.filter((listed) => listed.kind !== 'marker');
  if (events.length < raw.listed.length) report('run-marker', 'a marker in an entry');
  if (raw.itemKey.length > KEY_BYTES_MAX) report('key-length', `${raw.itemKey.length} bytes`);
  checkEvents(raw.itemKey, events, report);
  return { itemKey: raw.itemKey, key: raw.itemKey, hasRuns: raw.flag, events };
}

/** Undefined, and reported, when it is not exactly one run. */
export function decodeRun(item: Buffer, report: Report): Run2 | undefined {
  const raw = decodeRaw(item, report);
  if (raw === undefined) return undefined;
  const { itemKey, flag, listed } = raw;
  if (itemKey.length < FROM_BYTES) return void report('key-length', `${itemKey.length} bytes, not even a position`);
  if (itemKey.length > KEY_BYTES_MAX + FROM_BYTES) report('key-length', `${itemKey.length} bytes`);
  if (item.length > RUN_BYTES_MAX) report('run-length', `a run of ${item.length} bytes`);
  if (flag) report('runs-flag', 'bit 15 in the event count of a run');
  const key = itemKey.subarray(0, -FROM_BYTES);
  const events = listed.filter((event) => event.kind !== 'marker');
  const [first] = listed;
  const markers = listed.length - events.length;
  if (first?.kind !== 'marker' || markers !== 1) report('run-marker', `${markers} markers, the first: ${first?.kind}`);
  checkEvents(key, events, report);
  const from = itemKey.readBigUInt64BE(key.length);
  return { itemKey, key, from, marker: first?.kind === 'marker' ? first.position : undefined, events };
}

function decodeRaw(item: Buffer, report: Report): RawItem | undefined {
  const keyEnd = item.length < 2 ? Infinity : 2 + item.readUInt16LE(0);
  if (keyEnd + 2 > item.length) return void report('item-length', `${item.length} bytes end before the event count`);
  const counted = item.readUInt16LE(keyEnd);
  const listed: (Event2 | Marker)[] = [];
  let at = keyEnd + 2;
  for (let left = expectedEvents(item, keyEnd, counted & ~RUNS_FLAG); left > 0; left -= 1) {
    const parsed = parseEvent(item, at, report);
    if (parsed === undefined) return undefined;
    listed.push(parsed.event);
    at = parsed.end;
  }
  if (at !== item.length) return void report('item-length', `${item.length} bytes, its events end at ${at}`);
  return { itemKey: item.subarray(2, keyEnd), flag: (counted & RUNS_FLAG) !== 0, listed };
}

/** How many events are in the list, a marker that the count leaves out included. */
function expectedEvents(item: Buffer, keyEnd: number, counted: number): number {
  const startsWithMarker = keyEnd + 12 <= item.length && item.readUInt16LE(keyEnd + 10) === SIZE_MARKER;
  return startsWithMarker ? counted + 1 - MARKERS_COUNTED : counted;
}

function parseEvent(item: Buffer, at: number, report: Report): { event: Event2 | Marker; end: number } | undefined {
  if (at + 10 > item.length) return void report('item-length', `an event at ${at} is cut off`);
  const position = item.readBigUInt64LE(at);
  const size = item.readUInt16LE(at + 8);
  const dataAt = at + 10;
  if (size === SIZE_DELETED) return { event: { kind: 'deleted', position }, end: dataAt };
  if (size === SIZE_MARKER) return { event: { kind: 'marker', position }, end: dataAt };
  if (size > INLINE_ENTRY_MAX && size !== SIZE_EXTERNAL) return void report('event-size', `size ${size} at ${at + 8}`);
  const end = dataAt + (size === SIZE_EXTERNAL ? EXTERNAL_BYTES : size);
  if (end > item.length) return void report('item-length', `the data of an event at ${at} is cut off`);
  if (size !== SIZE_EXTERNAL) return { event: { kind: 'inline', position, value: item.subarray(dataAt, end) }, end };
  const external: ExternalValue = {
    length: item.readUInt32LE(dataAt),
    firstPage: item.readUInt32LE(dataAt + 4),
    crc: item.readUInt32LE(dataAt + 8),
  };
  return { event: { kind: 'external', position, external }, end };
}

function checkEvents(key: Buffer, events: readonly Event2[], report: Report): void {
  if (events.length === 0) report('event-count', 'no events');
  for (const event of events) {
    if (event.kind === 'deleted') continue;
    const length = event.kind === 'inline' ? event.value.length : event.external.length;
    const fits = singleEntryBytes(key.length, length) <= INLINE_ENTRY_MAX;
    if (fits !== (event.kind === 'inline')) report('inline-rule', `a value of ${length} bytes is ${event.kind}`);
    if (length > VALUE_BYTES_MAX) report('value-length', `${length} bytes`);
  }
}
