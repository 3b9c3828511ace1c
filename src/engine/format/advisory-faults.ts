/**
 * What stands in a page twice or for nothing, and is not as it should be. No reader looks at it, and so it is checked
 * where pages are looked at for their own sake, and not when they are loaded.
 */
import type { Fault } from '../bytes/fault.js';
import {
  CRC_OFFSET,
  HASH_SIZE,
  MAX_HEIGHT,
  MAX_ITEMS,
  MAX_TABLES,
  PAGE_HEADER,
  SLOT_SIZE,
  SUPERBLOCK,
} from './layout.js';
import type { Page } from './page.js';
import { decode } from '../bytes/field-structure.js';
import { SUPERBLOCK_FIELDS, TABLE_ENTRY } from './structures.js';
import { tableOffset } from './v1/superblock.js';

export type AdvisoryCode = 'free-offset' | 'reserved-bytes' | 'superblock-padding' | 'applied-hash' | 'table-lost';
export type AdvisoryFault = Fault<AdvisoryCode>;

/** Of a page behind the superblock. */
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

/** Of a superblock page with this many tables. */
export function* superblockAdvisoryFaults(bytes: Buffer, tableCount: number): Generator<AdvisoryFault> {
  const { appliedPositionOffset, appliedHashOffset } = SUPERBLOCK;
  const hashEnd = appliedHashOffset + HASH_SIZE;
  if (
    bytes.readBigUInt64LE(appliedPositionOffset) === 0n &&
    firstNonZero(bytes, appliedHashOffset, hashEnd) !== undefined
  ) {
    yield {
      code: 'applied-hash',
      offset: appliedHashOffset,
      expected: '0'.repeat(HASH_SIZE * 2),
      found: bytes.toString('hex', appliedHashOffset, hashEnd),
      message: 'the applied hash is not zero, though no batch is applied',
    };
  }
  const lost = [...lostTables(bytes, tableCount)];
  yield* lost;
  const padding = firstNonZero(bytes, tableOffset(tableCount + lost.length), CRC_OFFSET);
  if (padding === undefined) return;
  yield notZero('superblock-padding', bytes, padding, 'the bytes of the superblock behind its tables are not zero');
}

/**
 * Entries behind the table count that could be counted: no chance makes one, and the keys of its table are out of
 * reach.
 */
function* lostTables(bytes: Buffer, tableCount: number): Generator<AdvisoryFault> {
  const { nextPageId } = decode(SUPERBLOCK_FIELDS, bytes, 0);
  const counted = Array.from({ length: tableCount }, (_, index) => decode(TABLE_ENTRY, bytes, tableOffset(index)));
  const ids = new Set(counted.map(({ id }) => id));
  for (let index = tableCount; index < MAX_TABLES; index++) {
    const offset = tableOffset(index);
    const { id, root, height } = decode(TABLE_ENTRY, bytes, offset);
    const isPossible = root >= 1n && root < nextPageId && height >= 1 && height <= MAX_HEIGHT && !ids.has(id);
    if (!isPossible) return;
    ids.add(id);
    const message = `table ${id} with root ${root} is not counted: the table count is ${tableCount}`;
    const expected = `a table count of ${index + 1} or more`;
    yield { code: 'table-lost', offset, expected, found: tableCount, message };
  }
}

/** Where the first byte that is not zero stands. */
function firstNonZero(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let offset = start; offset < end; offset++) if (bytes[offset] !== 0) return offset;
  return undefined;
}

function notZero(code: AdvisoryCode, bytes: Buffer, offset: number, message: string): AdvisoryFault {
  return { code, offset, expected: 0, found: bytes[offset] ?? 0, message };
}
