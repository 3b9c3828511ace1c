/** Bytes of format 2: numbers, events, items, pages. */
import { crc32 } from 'node:zlib';
import {
  CRC_AT,
  PAGE_BYTES,
  PAGE_HEADER_BYTES,
  SIZE_DELETED,
  SIZE_EXTERNAL,
  SIZE_MARKER,
  SLOT_BYTES,
} from './layout.js';

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export function u64be(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

export const inlineEvent = (position: bigint, value: Uint8Array): Buffer =>
  Buffer.concat([u64(position), u16(value.length), value]);

export const deletedEvent = (position: bigint): Buffer => Buffer.concat([u64(position), u16(SIZE_DELETED)]);

export const externalEvent = (position: bigint, value: Uint8Array, firstPage: number): Buffer =>
  Buffer.concat([u64(position), u16(SIZE_EXTERNAL), u32(value.length), u32(firstPage), u32(crc32(value))]);

export const marker = (position: bigint): Buffer => Buffer.concat([u64(position), u16(SIZE_MARKER)]);

/** An entry, or a run: its key has the position of its oldest event after it. */
export const eventItem = (key: Uint8Array, counted: number, events: readonly Buffer[]): Buffer =>
  Buffer.concat([u16(key.length), key, u16(counted), ...events]);

export const separatorItem = (key: Uint8Array, child: number): Buffer =>
  Buffer.concat([u16(key.length), key, u64(BigInt(child))]);

export interface PageSpec2 {
  readonly id: number;
  readonly type: number;
  readonly storeId: Buffer;
  readonly owner: bigint;
  readonly stamp: bigint;
}

/** A page without items, and without a checksum yet: what a value page begins as. */
export function blankPage({ id, type, storeId, owner, stamp }: PageSpec2): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  page.write('VDPG', 0, 'latin1');
  page.writeUInt8(2, 4);
  page.writeUInt8(type, 5);
  page.writeUInt16LE(0, 6);
  page.writeUInt16LE(PAGE_HEADER_BYTES, 8);
  storeId.copy(page, 10, 0, 2);
  page.writeUInt32LE(id, 12);
  page.writeBigUInt64LE(owner, 16);
  page.writeBigUInt64LE(stamp, 24);
  return page;
}

/** Lays items out in a page, whatever it had before: in slot order from the end, without gaps, the rest zero. */
export function layOutItems(page: Buffer, items: readonly Buffer[]): void {
  const slotsEnd = PAGE_HEADER_BYTES + SLOT_BYTES * items.length;
  const bytes = items.reduce((sum, item) => sum + item.length, 0);
  if (slotsEnd + bytes > CRC_AT) throw new Error(`items need ${slotsEnd + bytes - CRC_AT} bytes more than a page has`);
  page.fill(0, PAGE_HEADER_BYTES, CRC_AT);
  page.writeUInt16LE(items.length, 6);
  page.writeUInt16LE(slotsEnd, 8);
  let end = CRC_AT;
  for (const [index, item] of items.entries()) {
    end -= item.length;
    item.copy(page, end);
    page.writeUInt16LE(end, PAGE_HEADER_BYTES + SLOT_BYTES * index);
    page.writeUInt16LE(item.length, PAGE_HEADER_BYTES + SLOT_BYTES * index + 2);
  }
}

export const seal = (page: Buffer): void => void page.writeUInt32LE(crc32(page.subarray(0, CRC_AT)), CRC_AT);
