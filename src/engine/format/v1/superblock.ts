/** Page 0 of format 1: after its fields come the table entries (fields: format/structures.ts, docs/FORMAT.md). */
import { crc32 } from '../../bytes/crc32.js';
import { CRC_OFFSET, MAX_TABLES, PAGE_SIZE, SUPERBLOCK } from '../layout.js';
import { decode, encode } from '../../bytes/field-structure.js';
import type { SuperblockFormat } from '../store-format.js';
import { SUPERBLOCK_FIELDS, TABLE_ENTRY } from '../structures.js';
import { byId, type Superblock, superblockFault, type SuperblockFault, type TableEntry } from '../superblock.js';
import { MAX_U64 } from '../../bytes/u64.js';

const VERSION = 1;

export const SUPERBLOCK_1: SuperblockFormat = {
  pageIds: [0],
  encode: encodeSuperblock,
  decode: decodeSuperblock,
  faults,
};

function decodeSuperblock(page: Buffer): Superblock {
  const { appliedPosition, appliedHash, nextPageId, tableCount } = decode(SUPERBLOCK_FIELDS, page, 0);
  const tables = Array.from({ length: tableCount }, (_, index): TableEntry => {
    const { id, root, height } = decode(TABLE_ENTRY, page, tableOffset(index));
    return { id, root: root === MAX_U64 ? null : root, height };
  });
  return { appliedPosition, appliedHash: Buffer.from(appliedHash), nextPageId, tables };
}

function* faults(page: Buffer): Generator<SuperblockFault, undefined> {
  const { appliedPosition, tableCount } = decode(SUPERBLOCK_FIELDS, page, 0);
  if (tableCount > MAX_TABLES) {
    yield superblockFault('table-count', SUPERBLOCK.tableCountOffset, `at most ${MAX_TABLES}`, tableCount);
  }
  if (appliedPosition === MAX_U64) {
    const expected = `at most ${MAX_U64 - 1n}`;
    yield superblockFault('applied-position', SUPERBLOCK.appliedPositionOffset, expected, appliedPosition);
  }
  const ids = new Set<bigint>();
  const roots = new Set<bigint>();
  for (let index = 0; tableCount <= MAX_TABLES && index < tableCount; index++) {
    const { id, root } = decode(TABLE_ENTRY, page, tableOffset(index));
    if (ids.has(id)) yield superblockFault('table-duplicate', tableOffset(index), 'each table id once', id);
    else if (roots.has(root)) {
      yield superblockFault('root-shared', tableOffset(index) + TABLE_ENTRY.offsets.root, 'a root of its own', root);
    }
    ids.add(id);
    if (root !== MAX_U64) roots.add(root);
  }
}

/** Where table entry `index` is. */
export function tableOffset(index: number): number {
  return SUPERBLOCK.tablesOffset + index * SUPERBLOCK.tableEntrySize;
}

/** The page for a superblock; tables are in ascending order of their ids, whatever order they come in. */
function encodeSuperblock(superblock: Superblock): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  const { appliedPosition, appliedHash, nextPageId, tables } = superblock;
  encode(SUPERBLOCK_FIELDS, bytes, 0, {
    magic: Buffer.from(SUPERBLOCK.magic),
    version: VERSION,
    appliedPosition,
    appliedHash: Buffer.from(appliedHash),
    nextPageId,
    tableCount: tables.length,
  });
  tables.toSorted(byId).forEach(({ id, root, height }, index) => {
    encode(TABLE_ENTRY, bytes, tableOffset(index), { id, root: root ?? MAX_U64, height });
  });
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET);
  return bytes;
}
