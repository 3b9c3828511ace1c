// CRC-32 of a few pages in a process that has just started, in the place of the package crc: that looks at one byte in
// a round of its loop, and so often that V8 compiles the loop on another thread, which the end of the process waits
// for. Sixteen bytes a round are done before V8 takes notice. In the bundle the table is there as it is.

import { BYTES, makeTable } from './crc32-table.js';

const TABLE = makeTable();

/**
 * @param {Uint8Array} bytes
 * @param {number} [before] of the bytes in front of these
 */
export default function crc32(bytes, before) {
  let crc = before === undefined ? -1 : ~before;
  let at = 0;
  for (const end = bytes.length - BYTES; at <= end; at += BYTES) {
    crc =
      TABLE[3840 | ((bytes[at] ^ crc) & 255)] ^
      TABLE[3584 | ((bytes[at + 1] ^ (crc >>> 8)) & 255)] ^
      TABLE[3328 | ((bytes[at + 2] ^ (crc >>> 16)) & 255)] ^
      TABLE[3072 | (bytes[at + 3] ^ (crc >>> 24))] ^
      TABLE[2816 | bytes[at + 4]] ^
      TABLE[2560 | bytes[at + 5]] ^
      TABLE[2304 | bytes[at + 6]] ^
      TABLE[2048 | bytes[at + 7]] ^
      TABLE[1792 | bytes[at + 8]] ^
      TABLE[1536 | bytes[at + 9]] ^
      TABLE[1280 | bytes[at + 10]] ^
      TABLE[1024 | bytes[at + 11]] ^
      TABLE[768 | bytes[at + 12]] ^
      TABLE[512 | bytes[at + 13]] ^
      TABLE[256 | bytes[at + 14]] ^
      TABLE[bytes[at + 15]];
  }
  for (; at < bytes.length; at++) crc = TABLE[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
  return ~crc;
}
