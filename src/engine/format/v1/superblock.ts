/** Page 0 of format 1: after its fields come the table entries (fields: format/structures.ts, docs/FORMAT.md). */
import { crc32 } from '../../bytes/crc32.js';
import { type AdvisoryFault, appliedHashFaults, paddingFaults } from '../advisory-faults.js';
import { CRC_OFFSET, MAX_HEIGHT, MAX_TABLES, PAGE_SIZE, SUPERBLOCK } from '../layout.js';
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
  fatalFaults: new Set(['table-count']),
  faults,
  advisoryFaults,
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

function* advisoryFaults(page: Buffer): Generator<AdvisoryFault> {
  const { tableCount } = decode(SUPERBLOCK_FIELDS, page, 0);
  if (tableCount > MAX_TABLES) return;
  yield* appliedHashFaults(page);
  const lost = [...lostTables(page, tableCount)];
  yield* lost;
  yield* paddingFaults(page, tableOffset(tableCount + lost.length), CRC_OFFSET);
}

/**
 * Entries after the table count that could be counted: no chance makes one, and the keys of its table are out of
 * reach.
 */
function* lostTables(page: Buffer, tableCount: number): Generator<AdvisoryFault> {
  const { nextPageId } = decode(SUPERBLOCK_FIELDS, page, 0);
  const counted = Array.from({ length: tableCount }, (_, index) => decode(TABLE_ENTRY, page, tableOffset(index)));
  const ids = new Set(counted.map(({ id }) => id));
  for (let index = tableCount; index < MAX_TABLES; index++) {
    const offset = tableOffset(index);
    const { id, root, height } = decode(TABLE_ENTRY, page, offset);
    const isPossible = root >= 1n && root < nextPageId && height >= 1 && height <= MAX_HEIGHT && !ids.has(id);
    if (!isPossible) return;
    ids.add(id);
    const message = `table ${id} with root ${root} is not counted: the table count is ${tableCount}`;
    const expected = `a table count of ${index + 1} or more`;
    yield { code: 'table-lost', offset, expected, found: tableCount, message };
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
