/**
 * What is in a page twice or for nothing, and is not as it should be. No reader looks at it, and so it is checked
 * where pages are looked at for their own sake, and not when they are loaded.
 */
import type { Fault } from '../bytes/fault.js';
import { HASH_SIZE, MAX_ITEMS, PAGE_HEADER, PAGE_SIZE, SLOT_SIZE, SUPERBLOCK } from './layout.js';
import type { Page } from './page.js';

export type AdvisoryCode =
  | 'free-offset'
  | 'reserved-bytes'
  | 'page-layout'
  | 'superblock-padding'
  | 'applied-hash'
  | 'table-lost'
  | 'free-count'
  | 'feature-ignored'
  | 'feature-read-only'
  | 'salvaged';
export type AdvisoryFault = Fault<AdvisoryCode>;

/** Of a page after the superblock: its free offset, which says the number of its slots once more. */
export function* freeOffsetFaults(page: Page): Generator<AdvisoryFault> {
  const { freeOffsetOffset, size } = PAGE_HEADER;
  const found = page.view.getUint16(freeOffsetOffset, true);
  const expected = size + page.itemCount * SLOT_SIZE;
  if (found === expected || page.itemCount > MAX_ITEMS) return;
  const message = `its free offset is ${found}, its slots end at ${expected}`;
  yield { code: 'free-offset', offset: freeOffsetOffset, expected, found, message };
}

/** Of a page or a record in it: bytes that must be zero. */
export function* reservedFaults(page: Page, start: number, end: number): Generator<AdvisoryFault> {
  const offset = firstNonZero(page.bytes, start, end);
  if (offset !== undefined) yield notZero('reserved-bytes', page.bytes, offset, 'its reserved bytes are not zero');
}

/** Of a page: bytes that it does not use, and that are zero as it was written. */
export function* unusedFaults(page: Page, start: number, end: number): Generator<AdvisoryFault> {
  const offset = firstNonZero(page.bytes, start, end);
  if (offset !== undefined) yield notZero('page-layout', page.bytes, offset, 'its unused bytes are not zero');
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

const ZEROES = Buffer.alloc(PAGE_SIZE);

/** So many bytes are looked at here in less time than a call of the platform takes. */
const FEW_BYTES = 256;

/** Whether some bytes of a page are all zero. */
export function areZero(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= FEW_BYTES) {
    for (let offset = start; offset < end; offset++) if (bytes[offset] !== 0) return false;
    return true;
  }
  return bytes.compare(ZEROES, 0, end - start, start, end) === 0;
}

/** Where the first byte that is not zero is. */
function firstNonZero(bytes: Buffer, start: number, end: number): number | undefined {
  if (areZero(bytes, start, end)) return undefined;
  for (let offset = start; offset < end; offset++) if (bytes[offset] !== 0) return offset;
  return undefined;
}

function notZero(code: AdvisoryCode, bytes: Buffer, offset: number, message: string): AdvisoryFault {
  return { code, offset, expected: 0, found: bytes[offset] ?? 0, message };
}
