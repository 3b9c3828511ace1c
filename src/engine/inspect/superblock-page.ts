/** Page 0 for a dump: its parts, and everything that is wrong with it. */
import type { Fault } from '../bytes/fault.js';
import { CRC_OFFSET, MAX_HEIGHT, MAX_TABLES, PAGE_SIZE, SUPERBLOCK } from '../format/layout.js';
import { superblockAdvisoryFaults, superblockFaults } from '../format/superblock-page.js';
import { tableOffset } from '../format/v1/superblock.js';
import { decode } from '../bytes/field-structure.js';
import { SUPERBLOCK_FIELDS, TABLE_ENTRY } from '../format/structures.js';
import { MAX_U64 } from '../bytes/u64.js';
import { describePages, leadsIntoFile } from './pointers.js';
import { checksumParts, type Part, readPart, spanPart, uncovered } from './parts.js';

/** The parts of page 0, or of as much of it as there is. */
export function superblockParts(bytes: Buffer): Part[] {
  const end = Math.min(bytes.length, CRC_OFFSET);
  const parts = [readPart('superblock', SUPERBLOCK_FIELDS, bytes, 0, end)];
  const tableCount = countTables(bytes);
  for (let index = 0; index < tableCount; index++) {
    parts.push(readPart('table', TABLE_ENTRY, bytes, tableOffset(index), end, index));
  }
  for (const run of uncovered(parts, end)) {
    const kind = run.start === tableOffset(tableCount) ? 'unused' : 'unread';
    parts.push(spanPart(kind, bytes, run.start, run.end));
  }
  return [...parts, ...checksumParts(bytes)];
}

/** How many table entries to show: as many as it says or, when that is impossible, all that hold anything. */
function countTables(bytes: Buffer): number {
  if (bytes.length < SUPERBLOCK.tablesOffset) return 0;
  const count = bytes.readUInt32LE(SUPERBLOCK.tableCountOffset);
  const room = Math.floor((Math.min(bytes.length, CRC_OFFSET) - SUPERBLOCK.tablesOffset) / SUPERBLOCK.tableEntrySize);
  if (count <= MAX_TABLES) return Math.min(count, room);
  let filled = room;
  while (filled > 0 && bytes.subarray(tableOffset(filled - 1), tableOffset(filled)).every((byte) => byte === 0))
    filled--;
  return filled;
}

/** All that is wrong with page 0 by itself, and with what it says about a file of `fileBytes`. */
export function superblockProblems(bytes: Buffer, fileBytes: number): Fault[] {
  const faults: Fault[] = [...superblockFaults(bytes)];
  if (bytes.length < PAGE_SIZE) return faults;
  // Neither the beginning nor the checksum is a superblock's: to judge what else is in it would be noise.
  const codes = new Set(faults.map(({ code }) => code));
  if (codes.has('superblock-magic') && codes.has('superblock-crc')) {
    return faults.filter(({ code }) => code.startsWith('superblock-'));
  }
  const { nextPageId, tableCount } = decode(SUPERBLOCK_FIELDS, bytes, 0);
  faults.push(...superblockAdvisoryFaults(bytes));
  faults.push(...lengthProblems(nextPageId, fileBytes));
  for (let index = 0; tableCount <= MAX_TABLES && index < tableCount; index++) {
    const offset = tableOffset(index);
    faults.push(...tableProblems(decode(TABLE_ENTRY, bytes, offset), offset, Math.floor(fileBytes / PAGE_SIZE)));
  }
  return faults;
}

function* lengthProblems(nextPageId: bigint, fileBytes: number): Generator<Fault> {
  const filePages = Math.floor(fileBytes / PAGE_SIZE);
  const offset = SUPERBLOCK.nextPageIdOffset;
  if (nextPageId !== BigInt(filePages)) {
    const message = `the superblock counts ${nextPageId} pages, the file holds ${filePages}`;
    yield { code: 'next-page-id', offset, expected: filePages, found: nextPageId, message };
  }
  const rest = fileBytes % PAGE_SIZE;
  if (rest !== 0) {
    const message = `the file ends ${rest} bytes after its last whole page`;
    yield { code: 'ragged-tail', offset, expected: 'a file of whole pages', found: `${rest} bytes more`, message };
  }
}

function* tableProblems(
  { id, root, height }: { readonly id: bigint; readonly root: bigint; readonly height: number },
  entryOffset: number,
  filePages: number,
): Generator<Fault> {
  const { offsets } = TABLE_ENTRY;
  const empty = root === MAX_U64;
  if (!empty && !leadsIntoFile(root, filePages)) {
    const message = `the root of table ${id} is page ${root}, the file holds ${filePages}`;
    yield {
      code: 'root-range',
      offset: entryOffset + offsets.root,
      expected: describePages(filePages),
      found: root,
      message,
    };
  }
  if (empty ? height !== 0 : height < 1 || height > MAX_HEIGHT) {
    const expected = empty ? 0 : `1 to ${MAX_HEIGHT}`;
    const message = `table ${id} has ${empty ? 'no root' : `root ${root}`} and height ${height}`;
    yield { code: 'height', offset: entryOffset + offsets.height, expected, found: height, message };
  }
}
