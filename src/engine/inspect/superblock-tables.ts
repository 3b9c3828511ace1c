/** The superblock of format 1 for a dump: after its fields come the tables. */
import type { Fault } from '../bytes/fault.js';
import { decode, type Structure } from '../bytes/field-structure.js';
import { CRC_OFFSET, MAX_HEIGHT, MAX_TABLES, SUPERBLOCK } from '../format/layout.js';
import { SUPERBLOCK_FIELDS, TABLE_ENTRY } from '../format/structures.js';
import { tableOffset } from '../format/v1/superblock.js';
import { MAX_U64 } from '../bytes/u64.js';
import { type Part, type PartKind, readPart } from './parts.js';
import { describePages, leadsIntoFile } from './pointers.js';

/** How a superblock is taken apart. */
export interface SuperblockAnatomy {
  readonly fields: Structure;
  /** What is after all that it lists. */
  readonly rest: Extract<PartKind, 'unused' | 'rest'>;
  /** What it lists after its fields, as far as it can be read before `end`. */
  listParts(bytes: Buffer, end: number): Part[];
  /** What is wrong with the roots in a whole page, in a file of this many. */
  rootProblems(bytes: Buffer, filePages: number): Iterable<Fault>;
}

export const TABLES_IN_SUPERBLOCK: SuperblockAnatomy = {
  fields: SUPERBLOCK_FIELDS,
  rest: 'unused',
  listParts(bytes, end) {
    return Array.from({ length: countTables(bytes) }, (_, index) =>
      readPart('table', TABLE_ENTRY, bytes, tableOffset(index), end, index),
    );
  },
  *rootProblems(bytes, filePages) {
    const { tableCount } = decode(SUPERBLOCK_FIELDS, bytes, 0);
    for (let index = 0; tableCount <= MAX_TABLES && index < tableCount; index++) {
      yield* tableProblems(bytes, tableOffset(index), filePages);
    }
  },
};

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

function* tableProblems(bytes: Buffer, offset: number, filePages: number): Generator<Fault> {
  const { id, root, height } = decode(TABLE_ENTRY, bytes, offset);
  const { offsets } = TABLE_ENTRY;
  if (root !== MAX_U64) yield* rootProblem(`table ${id}`, root, offset + offsets.root, 1, filePages);
  yield* heightProblem(`table ${id}`, root === MAX_U64 ? null : root, height, offset + offsets.height);
}

/** A root leads into the file, and not to a page before `first`. */
export function* rootProblem(
  name: string,
  root: bigint,
  offset: number,
  first: number,
  filePages: number,
): Generator<Fault> {
  if (leadsIntoFile(root, first, filePages)) return;
  const message = `the root of ${name} is page ${root}, the file holds ${filePages}`;
  yield { code: 'root-range', offset, expected: describePages(first, filePages), found: root, message };
}

/** A tree without pages has no height, another has some. */
export function* heightProblem(name: string, root: bigint | null, height: number, offset: number): Generator<Fault> {
  if (root === null ? height === 0 : height >= 1 && height <= MAX_HEIGHT) return;
  const expected = root === null ? 0 : `1 to ${MAX_HEIGHT}`;
  const message = `${name} has ${root === null ? 'no root' : `root ${root}`} and height ${height}`;
  yield { code: 'height', offset, expected, found: height, message };
}
