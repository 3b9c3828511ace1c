/** One page, from 2 on: header, slots, items and their meaning. Never throws: faults are kept beside what was read. */
import { crc32 } from 'node:zlib';
import { decodeEntry, decodeRun, type Entry2, type Run2 } from './events.js';
import {
  CRC_AT,
  FROM_BYTES,
  KEY_BYTES_MAX,
  PAGE_HEADER_BYTES,
  PAGE_TYPE,
  SLOT_BYTES,
  VALUE_HEADER_BYTES,
} from './layout.js';
import { type Fault, type Report, reportInto } from './rules.js';

export interface Header2 {
  readonly version: number;
  readonly type: number;
  readonly itemCount: number;
  readonly freeOffset: number;
  readonly storeTag: Buffer;
  readonly pageId: number;
  readonly tableId: bigint;
  readonly stamp: bigint;
}

/** Of a current tree, or of the catalogue. */
export interface Leaf2 {
  readonly kind: 'leaf';
  readonly next: bigint;
  readonly items: readonly Entry2[];
}

export interface HistoryLeaf2 {
  readonly kind: 'history-leaf';
  readonly next: bigint;
  readonly items: readonly Run2[];
}

export interface Internal2 {
  readonly kind: 'internal';
  readonly separators: readonly Buffer[];
  /** One more than separators. */
  readonly children: readonly bigint[];
}

export interface ValuePage2 {
  readonly kind: 'value';
  readonly ordinal: number;
  /** Of the whole value. */
  readonly length: number;
  readonly stream: Buffer;
}

export type Content2 = Leaf2 | HistoryLeaf2 | Internal2 | ValuePage2;

export interface Page2 {
  readonly id: number;
  readonly header: Header2;
  readonly storedCrc: number;
  /** Item 0 included. */
  readonly items: readonly Buffer[];
  /** Undefined when it cannot be read. */
  readonly content: Content2 | undefined;
  /** They count only where the page is reached: the contents of a free page mean nothing. */
  readonly faults: readonly Fault[];
}

export function decodePage(bytes: Buffer, id: number): Page2 {
  const faults: Fault[] = [];
  const report = reportInto(faults, id);
  const header = decodeHeader(bytes);
  const readable = checkHeader(bytes, header, id, report);
  const isValue = header.type === PAGE_TYPE.value;
  const items = (readable && !isValue && decodeItems(bytes, header, report)) || [];
  return {
    id,
    header,
    storedCrc: bytes.readUInt32LE(CRC_AT),
    items,
    content: isValue && readable ? decodeValuePage(bytes, header, report) : decodeContent(header.type, items, report),
    faults,
  };
}

const decodeHeader = (bytes: Buffer): Header2 => ({
  version: bytes.readUInt8(4),
  type: bytes.readUInt8(5),
  itemCount: bytes.readUInt16LE(6),
  freeOffset: bytes.readUInt16LE(8),
  storeTag: bytes.subarray(10, 12),
  pageId: bytes.readUInt32LE(12),
  tableId: bytes.readBigUInt64LE(16),
  stamp: bytes.readBigUInt64LE(24),
});

/** False when the rest cannot be read. */
function checkHeader(bytes: Buffer, header: Header2, id: number, report: Report): boolean {
  const magic = bytes.toString('latin1', 0, 4);
  if (magic !== 'VDPG') report('page-magic', `magic ${JSON.stringify(magic)}`);
  if (header.version !== 2) report('page-version', `version ${header.version}`);
  const stored = bytes.readUInt32LE(CRC_AT);
  const computed = crc32(bytes.subarray(0, CRC_AT));
  if (stored !== computed) report('page-crc', `stored ${stored.toString(16)}, computed ${computed.toString(16)}`);
  if (header.pageId !== id) report('page-id', `says that it is page ${header.pageId}`);
  return magic === 'VDPG' && header.version === 2;
}

function decodeValuePage(bytes: Buffer, header: Header2, report: Report): ValuePage2 {
  if (header.itemCount !== 0) report('item-count', `a value page with ${header.itemCount} items`);
  if (header.freeOffset !== PAGE_HEADER_BYTES) report('free-offset', `${header.freeOffset} in a value page`);
  return {
    kind: 'value',
    ordinal: bytes.readUInt32LE(32),
    length: bytes.readUInt32LE(36),
    stream: bytes.subarray(VALUE_HEADER_BYTES, CRC_AT),
  };
}

/** In slot order from the checksum downwards, without gaps, and zero between slots and items. */
function decodeItems(bytes: Buffer, header: Header2, report: Report): Buffer[] | undefined {
  const slotsEnd = PAGE_HEADER_BYTES + SLOT_BYTES * header.itemCount;
  if (header.freeOffset !== slotsEnd) report('free-offset', `${header.freeOffset}, expected ${slotsEnd}`);
  if (header.itemCount === 0) return void report('item-count', 'no items, not even item 0');
  if (slotsEnd > CRC_AT) return void report('item-count', `${header.itemCount} slots do not fit in a page`);
  const items: Buffer[] = [];
  const used = new Uint8Array(CRC_AT);
  let expectedEnd = CRC_AT;
  for (let index = 0; index < header.itemCount; index += 1) {
    const start = bytes.readUInt16LE(PAGE_HEADER_BYTES + SLOT_BYTES * index);
    const end = start + bytes.readUInt16LE(PAGE_HEADER_BYTES + SLOT_BYTES * index + 2);
    if (start < slotsEnd || end > CRC_AT) return void report('slot-range', `slot ${index} covers ${start}..${end}`);
    if (end !== expectedEnd) report('item-layout', `item ${index} ends at ${end}, expected ${expectedEnd}`);
    items.push(bytes.subarray(start, end));
    used.fill(1, start, end);
    expectedEnd = start;
  }
  const stale = bytes.subarray(slotsEnd, CRC_AT).findIndex((byte, at) => byte !== 0 && used[slotsEnd + at] === 0);
  if (stale !== -1) report('unused-bytes', `byte ${slotsEnd + stale} belongs to no item and is not zero`);
  return items;
}

function decodeContent(type: number, items: readonly Buffer[], report: Report): Content2 | undefined {
  const [first, ...rest] = items;
  if (first === undefined) return undefined;
  if (first.length !== 8) return void report('link-length', `item 0 has ${first.length} bytes, not 8`);
  const link = first.readBigUInt64LE(0);
  switch (type) {
    case PAGE_TYPE.leaf:
    case PAGE_TYPE.catalogueLeaf: {
      const entries = decodeAll(rest, decodeEntry, report);
      return entries && { kind: 'leaf', next: link, items: entries };
    }
    case PAGE_TYPE.historyLeaf: {
      const runs = decodeAll(rest, decodeRun, report);
      return runs && { kind: 'history-leaf', next: link, items: runs };
    }
    case PAGE_TYPE.internal:
    case PAGE_TYPE.historyInternal:
    case PAGE_TYPE.catalogueInternal:
      return decodeInternal(type, link, rest, report);
    default:
      return undefined;
  }
}

/** All or nothing. */
function decodeAll<T>(
  items: readonly Buffer[],
  decode: (item: Buffer, report: Report) => T | undefined,
  report: Report,
): T[] | undefined {
  const decoded = items.map((item, index) =>
    decode(item, (rule, message) => report(rule, `item ${index + 1}: ${message}`)),
  );
  const whole = decoded.filter((item) => item !== undefined);
  return whole.length === items.length ? whole : undefined;
}

function decodeInternal(
  type: number,
  leftmost: bigint,
  items: readonly Buffer[],
  report: Report,
): Internal2 | undefined {
  const suffix = type === PAGE_TYPE.historyInternal ? FROM_BYTES : 0;
  const decoded = decodeAll(items, (item, reportItem) => decodeSeparator(item, suffix, reportItem), report);
  return (
    decoded && {
      kind: 'internal',
      separators: decoded.map(({ separator }) => separator),
      children: [leftmost, ...decoded.map(({ child }) => child)],
    }
  );
}

function decodeSeparator(
  item: Buffer,
  suffix: number,
  report: Report,
): { separator: Buffer; child: bigint } | undefined {
  const keyBytes = item.length < 2 ? -1 : item.readUInt16LE(0);
  if (2 + keyBytes + 8 !== item.length) {
    return void report('item-length', `${item.length} bytes are not exactly one separator and child`);
  }
  if (keyBytes < suffix) return void report('key-length', `${keyBytes} bytes`);
  if (keyBytes > KEY_BYTES_MAX + suffix) report('key-length', `${keyBytes} bytes`);
  return { separator: item.subarray(2, 2 + keyBytes), child: item.readBigUInt64LE(2 + keyBytes) };
}
