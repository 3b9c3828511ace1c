/**
 * CRC-32 as in zlib and PNG. Small inputs use a table in JavaScript; for large ones zlib is loaded, which is faster.
 */
import crc32Table from 'crc/calculators/crc32';

/**
 * Loading zlib costs a cold process as much as 180 pages checked by table, and zlib is ten times as fast from then
 * on: a command that looks at a few pages never loads it, a bulk one hardly notices.
 */
const BYTES_BEFORE_ZLIB = 128 * 4096;

let bytesSeen = 0;
let implementation = (bytes: Uint8Array, before: number): number => {
  bytesSeen += bytes.byteLength;
  if (bytesSeen > BYTES_BEFORE_ZLIB) implementation = process.getBuiltinModule('node:zlib').crc32;
  // The table's own reading of a given 0 is another one than zlib's.
  return crc32Table(bytes, before === 0 ? undefined : before) >>> 0;
};

/** Says that much is about to be checked: zlib is loaded at once. The first 128 pages by table took 15 ms. */
export function expectManyBytes(): void {
  bytesSeen = Math.max(bytesSeen, BYTES_BEFORE_ZLIB);
}

/**
 * CRC-32 as zlib and IEEE 802.3 have it (reflected polynomial 0xEDB88320), as an unsigned number.
 *
 * @param before that of the bytes in front of these, to go on from
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  return implementation(bytes, before);
}
