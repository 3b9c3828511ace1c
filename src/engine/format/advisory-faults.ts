/**
 * What is in a page twice or for nothing, and is not as it should be. No reader looks at it, and so it is checked
 * where pages are looked at for their own sake, and not when they are loaded.
 */
import type { Fault } from '../bytes/fault.js';
import { HASH_SIZE, MAX_ITEMS, PAGE_HEADER, SLOT_SIZE, SUPERBLOCK } from './layout.js';
import type { Page } from './page.js';

export type AdvisoryCode =
  | 'free-offset'
  | 'reserved-bytes'
  | 'superblock-padding'
  | 'applied-hash'
  | 'table-lost'
  | 'free-count'
  | 'feature-ignored'
  | 'feature-read-only'
  | 'salvaged';
export type AdvisoryFault = Fault<AdvisoryCode>;

/** Of a page after the superblock. */
export function advisoryFaults(page: Page): readonly AdvisoryFault[] {
  const faults: AdvisoryFault[] = [];
  const { freeOffsetOffset, reservedOffset, size } = PAGE_HEADER;
  const found = page.view.getUint16(freeOffsetOffset, true);
  const expected = size + page.itemCount * SLOT_SIZE;
  if (found !== expected && page.itemCount <= MAX_ITEMS) {
    const message = `its free offset is ${found}, its slots end at ${expected}`;
    faults.push({ code: 'free-offset', offset: freeOffsetOffset, expected, found, message });
  }
  const reserved = firstNonZero(page.bytes, reservedOffset, size);
  if (reserved !== undefined) {
    faults.push(notZero('reserved-bytes', page.bytes, reserved, 'its reserved bytes are not zero'));
  }
  return faults;
}

/** Of a superblock: its hash of the log, which says nothing before the first batch. */
export function* appliedHashFaults(bytes: Buffer): Generator<AdvisoryFault> {
  const { appliedPositionOffset, appliedHashOffset: offset } = SUPERBLOCK;
  const end = offset + HASH_SIZE;
  if (bytes.readBigUInt64LE(appliedPositionOffset) !== 0n || firstNonZero(bytes, offset, end) === undefined) return;
  const message = 'the applied hash is not zero, though no batch is applied';
  const found = bytes.toString('hex', offset, end);
  yield { code: 'applied-hash', offset, expected: '0'.repeat(HASH_SIZE * 2), found, message };
}

/** Of a superblock: bytes that must be zero. */
export function* paddingFaults(
  bytes: Buffer,
  start: number,
  end: number,
  message = 'the bytes of the superblock after its tables are not zero',
): Generator<AdvisoryFault> {
  const offset = firstNonZero(bytes, start, end);
  if (offset !== undefined) yield notZero('superblock-padding', bytes, offset, message);
}

/** Where the first byte that is not zero is. */
function firstNonZero(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let offset = start; offset < end; offset++) if (bytes[offset] !== 0) return offset;
  return undefined;
}

function notZero(code: AdvisoryCode, bytes: Buffer, offset: number, message: string): AdvisoryFault {
  return { code, offset, expected: 0, found: bytes[offset] ?? 0, message };
}
