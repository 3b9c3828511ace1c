import { StoreError } from '../errors.js';
import { toHex } from './bytes.js';
import { crc32 } from './crc32.js';
import { type Fault, faultFacts, hex32 } from './fault.js';
import { CRC_OFFSET, MAX_TABLES, PAGE_SIZE, SUPERBLOCK } from './layout.js';
import { decode, encode } from './structure.js';
import { SUPERBLOCK_FIELDS, TABLE_ENTRY } from './structures.js';
import { MAX_U64 } from './u64.js';

/** Where one table's tree begins. An empty tree has no root and height 0; height 1 = the root is a leaf. */
export interface TableEntry {
  readonly id: bigint;
  readonly root: bigint | null;
  readonly height: number;
}

export interface Superblock {
  readonly appliedPosition: bigint;
  /** 32 bytes; zero at a position above 0 means unknown. */
  readonly appliedHash: Uint8Array;
  readonly nextPageId: bigint;
  readonly tables: readonly TableEntry[];
}

/**
 * Reads page 0.
 *
 * @param bytes at least as much of the file's beginning as there is, up to one page
 * @throws StoreError `NOT_A_STORE`, `UNSUPPORTED_VERSION`, `SUPERBLOCK_CORRUPTED`
 */
export function decodeSuperblock(bytes: Buffer): Superblock {
  const fault = superblockFaults(bytes).next().value;
  if (fault !== undefined) throw refusal(fault);
  const { appliedPosition, appliedHash, nextPageId, tableCount } = decode(SUPERBLOCK_FIELDS, bytes, 0);
  const tables = Array.from({ length: tableCount }, (_, index): TableEntry => {
    const { id, root, height } = decode(TABLE_ENTRY, bytes, tableOffset(index));
    return { id, root: root === MAX_U64 ? null : root, height };
  });
  return { appliedPosition, appliedHash: Buffer.from(appliedHash), nextPageId, tables };
}

export type SuperblockFault = Fault<SuperblockFaultCode>;

export type SuperblockFaultCode =
  | 'superblock-magic'
  | 'superblock-truncated'
  | 'superblock-version'
  | 'superblock-crc'
  | 'table-count'
  | 'applied-position'
  | 'table-duplicate'
  | 'root-shared';

/**
 * All that is wrong with page 0. Magic, length, version, checksum come first, in this order, so that a file that is no
 * store is called that and not a damaged one.
 *
 * @param bytes at least as much of the file's beginning as there is, up to one page
 */
export function* superblockFaults(bytes: Buffer): Generator<SuperblockFault, undefined> {
  yield* identityFaults(bytes);
  if (bytes.length < PAGE_SIZE) return;
  const { appliedPosition, tableCount } = decode(SUPERBLOCK_FIELDS, bytes, 0);
  if (tableCount > MAX_TABLES) {
    yield damaged('table-count', SUPERBLOCK.tableCountOffset, `at most ${MAX_TABLES}`, tableCount);
  }
  if (appliedPosition === MAX_U64) {
    const expected = `at most ${MAX_U64 - 1n}`;
    yield damaged('applied-position', SUPERBLOCK.appliedPositionOffset, expected, appliedPosition);
  }
  const ids = new Set<bigint>();
  const roots = new Set<bigint>();
  for (let index = 0; tableCount <= MAX_TABLES && index < tableCount; index++) {
    const { id, root } = decode(TABLE_ENTRY, bytes, tableOffset(index));
    if (ids.has(id)) yield damaged('table-duplicate', tableOffset(index), 'each table id once', id);
    else if (roots.has(root)) {
      yield damaged('root-shared', tableOffset(index) + TABLE_ENTRY.offsets.root, 'a root of its own', root);
    }
    ids.add(id);
    if (root !== MAX_U64) roots.add(root);
  }
}

function* identityFaults(bytes: Buffer): Generator<SuperblockFault> {
  const { magic, magicOffset, versionOffset } = SUPERBLOCK;
  const begins = bytes.subarray(0, magic.length);
  if (begins.toString('latin1') !== magic) {
    const message = bytes.length === 0 ? 'the file is empty' : `the file does not begin with ${magic}`;
    const expected = toHex(Buffer.from(magic));
    yield { code: 'superblock-magic', offset: magicOffset, expected, found: toHex(begins), message };
  }
  if (bytes.length < PAGE_SIZE) {
    const message = `the file ends after ${bytes.length} bytes, within the superblock`;
    yield { code: 'superblock-truncated', offset: bytes.length, expected: PAGE_SIZE, found: bytes.length, message };
    return;
  }
  const version = bytes.readUInt32LE(versionOffset);
  if (version !== SUPERBLOCK.version) {
    const message = `the store says format ${version}; this release reads format ${SUPERBLOCK.version}`;
    yield { code: 'superblock-version', offset: versionOffset, expected: SUPERBLOCK.version, found: version, message };
  }
  const stored = bytes.readUInt32LE(CRC_OFFSET);
  const computed = crc32(bytes.subarray(0, CRC_OFFSET));
  if (stored !== computed) yield damaged('superblock-crc', CRC_OFFSET, hex32(computed), hex32(stored));
}

function damaged(
  code: SuperblockFaultCode,
  offset: number,
  expected: string,
  found: number | bigint | string,
): SuperblockFault {
  const message = `the superblock is damaged: ${code} at byte ${offset}: expected ${expected}, found ${found}`;
  return { code, offset, expected, found, message };
}

/** The error that a fault of page 0 keeps a store from being opened with. */
function refusal(fault: SuperblockFault): StoreError {
  const { code, message, expected, found } = fault;
  switch (code) {
    case 'superblock-magic':
    case 'superblock-truncated':
      return new StoreError('NOT_A_STORE', message, { expected, found });
    case 'superblock-version':
      return new StoreError('UNSUPPORTED_VERSION', message, { page: 0, expected, found });
    default:
      return new StoreError('SUPERBLOCK_CORRUPTED', message, { page: 0, ...faultFacts(fault) });
  }
}

/** Where table entry `index` stands. */
export function tableOffset(index: number): number {
  return SUPERBLOCK.tablesOffset + index * SUPERBLOCK.tableEntrySize;
}

/** Page 0 for a superblock, sealed; tables stand in ascending order of their ids, whatever order they come in. */
export function encodeSuperblock(superblock: Superblock): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  const { appliedPosition, appliedHash, nextPageId, tables } = superblock;
  encode(SUPERBLOCK_FIELDS, bytes, 0, {
    magic: Buffer.from(SUPERBLOCK.magic),
    version: SUPERBLOCK.version,
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

export function byId(a: { readonly id: bigint }, b: { readonly id: bigint }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
