/**
 * An independent decoder of format 1, written from the description of the bytes alone.
 *
 * It shares nothing with src/engine on purpose: what one misunderstands, the other must not repeat. It never throws on
 * bad bytes; it reports, and gives back what can still be understood.
 */
import { crc32 } from 'node:zlib';
import { U64_MAX } from './bytes.js';

export const PAGE_BYTES = 4096;
export const CRC_AT = 4092;
export const PAGE_HEADER_BYTES = 32;
export const SLOT_BYTES = 4;
export const TABLES_AT = 64;
export const TABLE_BYTES = 20;
export const TABLES_MAX = 201;

/** `rule` is a stable short name, `message` says what was found. */
export type Report = (rule: string, message: string) => void;

export interface RawTable {
  readonly id: bigint;
  readonly root: bigint;
  readonly height: number;
}

export interface RawSuperblock {
  readonly appliedPosition: bigint;
  readonly appliedHash: Buffer;
  readonly nextPageId: bigint;
  readonly tables: readonly RawTable[];
}

export interface RawVersion {
  readonly createdAt: bigint;
  readonly deletedAt: bigint;
  readonly data: Buffer;
}

export interface RawEntry {
  readonly key: Buffer;
  readonly versions: readonly RawVersion[];
}

export interface RawLeaf {
  readonly kind: 'leaf';
  readonly next: bigint;
  readonly entries: readonly RawEntry[];
}

export interface RawInternal {
  readonly kind: 'internal';
  readonly separators: readonly Buffer[];
  /** One more than separators. */
  readonly children: readonly bigint[];
}

export interface DecodeOptions {
  /** Bytes that nothing points at may hold anything (the crate leaves removed items behind). */
  readonly allowStaleBytes: boolean;
}

export const pageOf = (file: Buffer, pageId: number): Buffer =>
  file.subarray(pageId * PAGE_BYTES, (pageId + 1) * PAGE_BYTES);

function checkCrc(page: Buffer, report: Report): void {
  const stored = page.readUInt32LE(CRC_AT);
  const computed = crc32(page.subarray(0, CRC_AT));
  if (stored !== computed) report('crc', `stored ${stored.toString(16)}, computed ${computed.toString(16)}`);
}

/** Undefined when it is not a superblock of format 1 at all. */
export function decodeSuperblock(page: Buffer, options: DecodeOptions, report: Report): RawSuperblock | undefined {
  const magic = page.toString('latin1', 0, 8);
  if (magic !== 'VDBSTORE') return void report('superblock-magic', `magic ${JSON.stringify(magic)}`);
  const version = page.readUInt32LE(8);
  if (version !== 1) return void report('superblock-version', `version ${version}`);
  checkCrc(page, report);
  const tableCount = page.readUInt32LE(60);
  if (tableCount > TABLES_MAX) return void report('table-count', `${tableCount} tables`);
  const tablesEnd = TABLES_AT + tableCount * TABLE_BYTES;
  if (!options.allowStaleBytes && !isZero(page, tablesEnd, CRC_AT)) {
    report('unused-bytes', `not zero between the last table entry and the checksum`);
  }
  const tables: RawTable[] = [];
  for (let at = TABLES_AT; at < tablesEnd; at += TABLE_BYTES) {
    tables.push({
      id: page.readBigUInt64LE(at),
      root: page.readBigUInt64LE(at + 8),
      height: page.readUInt32LE(at + 16),
    });
  }
  return {
    appliedPosition: page.readBigUInt64LE(12),
    appliedHash: Buffer.from(page.subarray(20, 52)),
    nextPageId: page.readBigUInt64LE(52),
    tables,
  };
}

/** Undefined when the page cannot be read as a leaf or an internal page. */
export function decodePage(page: Buffer, options: DecodeOptions, report: Report): RawLeaf | RawInternal | undefined {
  const magic = page.toString('latin1', 0, 4);
  if (magic !== 'VDPG') return void report('page-magic', `magic ${JSON.stringify(magic)}`);
  if (page[4] !== 1) return void report('page-version', `version ${page[4]}`);
  checkCrc(page, report);
  const type = page[5];
  if (type !== 0 && type !== 1) return void report('page-type', `a reachable page of type ${type}`);
  if (!isZero(page, 10, PAGE_HEADER_BYTES)) report('reserved', 'reserved header bytes are not zero');
  const items = decodeItems(page, options, report);
  const first = items?.[0];
  if (items === undefined || first === undefined) return undefined;
  if (first.length !== 8) return void report('first-item', `item 0 has ${first.length} bytes, not 8`);
  const rest = items.slice(1);
  return type === 0
    ? decodeLeaf(first.readBigUInt64LE(0), rest, report)
    : decodeInternal(first.readBigUInt64LE(0), rest, report);
}

function decodeItems(page: Buffer, options: DecodeOptions, report: Report): Buffer[] | undefined {
  const itemCount = page.readUInt16LE(6);
  const freeOffset = page.readUInt16LE(8);
  const dataStart = PAGE_HEADER_BYTES + SLOT_BYTES * itemCount;
  if (freeOffset !== dataStart) report('free-offset', `${freeOffset}, expected ${dataStart}`);
  if (itemCount === 0) return void report('item-count', 'no items, not even item 0');
  if (dataStart > CRC_AT) return void report('item-count', `${itemCount} slots do not fit in a page`);
  const used = new Uint8Array(PAGE_BYTES);
  const items: Buffer[] = [];
  for (let index = 0; index < itemCount; index += 1) {
    const slotAt = PAGE_HEADER_BYTES + SLOT_BYTES * index;
    const start = page.readUInt16LE(slotAt);
    const end = start + page.readUInt16LE(slotAt + 2);
    if (start < dataStart || end > CRC_AT) return void report('slot-range', `slot ${index} covers ${start}..${end}`);
    if (used.subarray(start, end).includes(1)) report('slot-overlap', `slot ${index} covers ${start}..${end}`);
    used.fill(1, start, end);
    items.push(Buffer.from(page.subarray(start, end)));
  }
  if (!options.allowStaleBytes) {
    const stale = page
      .subarray(dataStart, CRC_AT)
      .findIndex((byte, index) => byte !== 0 && used[dataStart + index] === 0);
    if (stale !== -1) report('unused-bytes', `byte ${dataStart + stale} belongs to no item and is not zero`);
  }
  return items;
}

function decodeLeaf(next: bigint, items: readonly Buffer[], report: Report): RawLeaf | undefined {
  const entries: RawEntry[] = [];
  for (const [index, item] of items.entries()) {
    const entry = decodeEntry(item);
    if (entry === undefined) return void report('entry', `item ${index + 1} is not exactly one entry`);
    if (entry.versions.length === 0) report('no-versions', `item ${index + 1} has no versions`);
    entries.push(entry);
  }
  return { kind: 'leaf', next, entries };
}

function decodeEntry(item: Buffer): RawEntry | undefined {
  if (item.length < 2) return undefined;
  const keyEnd = 2 + item.readUInt16LE(0);
  if (keyEnd + 2 > item.length) return undefined;
  const versions: RawVersion[] = [];
  let at = keyEnd + 2;
  for (let left = item.readUInt16LE(keyEnd); left > 0; left -= 1) {
    if (at + 20 > item.length) return undefined;
    const dataEnd = at + 20 + item.readUInt32LE(at + 16);
    if (dataEnd > item.length) return undefined;
    versions.push({
      createdAt: item.readBigUInt64LE(at),
      deletedAt: item.readBigUInt64LE(at + 8),
      data: item.subarray(at + 20, dataEnd),
    });
    at = dataEnd;
  }
  return at === item.length ? { key: item.subarray(2, keyEnd), versions } : undefined;
}

function decodeInternal(leftmost: bigint, items: readonly Buffer[], report: Report): RawInternal | undefined {
  const children = [leftmost];
  const separators: Buffer[] = [];
  for (const [index, item] of items.entries()) {
    const keyEnd = item.length < 2 ? -1 : 2 + item.readUInt16LE(0);
    if (keyEnd + 8 !== item.length)
      return void report('entry', `item ${index + 1} is not exactly one separator and child`);
    separators.push(item.subarray(2, keyEnd));
    children.push(item.readBigUInt64LE(keyEnd));
  }
  return { kind: 'internal', separators, children };
}

export const isOpen = (version: RawVersion): boolean => version.deletedAt === U64_MAX;

function isZero(page: Buffer, from: number, to: number): boolean {
  return page.subarray(from, to).every((byte) => byte === 0);
}
