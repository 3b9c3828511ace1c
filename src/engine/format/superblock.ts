import { StoreError } from '../errors.js';
import { toHex } from './bytes.js';
import { crc32 } from './crc32.js';
import { CRC_OFFSET, HASH_SIZE, MAX_TABLES, PAGE_SIZE, SUPERBLOCK } from './layout.js';
import { MAX_U64, readU64, U64, writeU64 } from './u64.js';

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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkIdentity(bytes, view);
  const tableCount = view.getUint32(SUPERBLOCK.tableCountOffset, true);
  if (tableCount > MAX_TABLES) {
    throw corrupted('table-count', SUPERBLOCK.tableCountOffset, `at most ${MAX_TABLES}`, tableCount);
  }
  const appliedPosition = readU64(view, SUPERBLOCK.appliedPositionOffset);
  if (appliedPosition === MAX_U64) {
    throw corrupted('applied-position', SUPERBLOCK.appliedPositionOffset, `at most ${MAX_U64 - 1n}`, appliedPosition);
  }
  const tables: TableEntry[] = [];
  const ids = new Set<bigint>();
  for (let index = 0; index < tableCount; index++) {
    const offset = SUPERBLOCK.tablesOffset + index * SUPERBLOCK.tableEntrySize;
    const id = readU64(view, offset);
    if (ids.has(id)) throw corrupted('table-duplicate', offset, 'each table id once', id);
    ids.add(id);
    tables.push({ id, root: readRoot(view, offset + 8), height: view.getUint32(offset + 16, true) });
  }
  return {
    appliedPosition,
    appliedHash: Buffer.from(bytes.subarray(SUPERBLOCK.appliedHashOffset, SUPERBLOCK.appliedHashOffset + HASH_SIZE)),
    nextPageId: readU64(view, SUPERBLOCK.nextPageIdOffset),
    tables,
  };
}

function readRoot(view: DataView, offset: number): bigint | null {
  const root = readU64(view, offset);
  return root === MAX_U64 ? null : root;
}

/** Magic, version, checksum: in this order, so that a file that is no store is called that and not a damaged one. */
function checkIdentity(bytes: Buffer, view: DataView): void {
  const { magic } = SUPERBLOCK;
  const begins = bytes.subarray(0, magic.length);
  if (begins.toString('latin1') !== magic) {
    const message = bytes.length === 0 ? 'the file is empty' : `the file does not begin with ${magic}`;
    throw new StoreError('NOT_A_STORE', message, { expected: toHex(Buffer.from(magic)), found: toHex(begins) });
  }
  if (bytes.length < PAGE_SIZE) {
    const message = `the file ends after ${bytes.length} bytes, within the superblock`;
    throw new StoreError('NOT_A_STORE', message, { expected: PAGE_SIZE, found: bytes.length });
  }
  const version = view.getUint32(SUPERBLOCK.versionOffset, true);
  const stored = view.getUint32(CRC_OFFSET, true);
  const computed = crc32(bytes.subarray(0, CRC_OFFSET));
  if (version !== SUPERBLOCK.version) {
    const message = `the store says format ${version}; this release reads format ${SUPERBLOCK.version}`;
    throw new StoreError('UNSUPPORTED_VERSION', message, { page: 0, expected: SUPERBLOCK.version, found: version });
  }
  if (stored !== computed) throw corrupted('superblock-crc', CRC_OFFSET, computed, stored);
}

function corrupted(fault: string, offset: number, expected: number | string, found: number | bigint): StoreError {
  const message = `the superblock is damaged: ${fault} at byte ${offset}: expected ${expected}, found ${found}`;
  return new StoreError('SUPERBLOCK_CORRUPTED', message, { page: 0, fault, offset, expected, found });
}

/** Page 0 for a superblock, sealed; tables stand in ascending order of their ids, whatever order they come in. */
export function encodeSuperblock(superblock: Superblock): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  const view = new DataView(bytes.buffer, bytes.byteOffset, PAGE_SIZE);
  bytes.write(SUPERBLOCK.magic, SUPERBLOCK.magicOffset, 'latin1');
  view.setUint32(SUPERBLOCK.versionOffset, SUPERBLOCK.version, true);
  writeU64(view, SUPERBLOCK.appliedPositionOffset, U64.from(superblock.appliedPosition));
  bytes.set(superblock.appliedHash, SUPERBLOCK.appliedHashOffset);
  writeU64(view, SUPERBLOCK.nextPageIdOffset, U64.from(superblock.nextPageId));
  view.setUint32(SUPERBLOCK.tableCountOffset, superblock.tables.length, true);
  superblock.tables.toSorted(byId).forEach((table, index) => {
    const offset = SUPERBLOCK.tablesOffset + index * SUPERBLOCK.tableEntrySize;
    writeU64(view, offset, U64.from(table.id));
    writeU64(view, offset + 8, U64.from(table.root ?? MAX_U64));
    view.setUint32(offset + 16, table.height, true);
  });
  view.setUint32(CRC_OFFSET, crc32(bytes.subarray(0, CRC_OFFSET)), true);
  return bytes;
}

export function byId(a: { readonly id: bigint }, b: { readonly id: bigint }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
