import { toHex } from '../bytes/bytes.js';
import { crc32 } from '../bytes/crc32.js';
import { findFormat, FORMAT_VERSIONS } from '../format/formats.js';
import { CRC_OFFSET, MAX_TABLES, PAGE_SIZE, SUPERBLOCK } from '../format/layout.js';
import { superblockAdvisoryFaults } from '../format/advisory-faults.js';
import { tableOffset } from '../format/v1/superblock.js';
import { TABLE_ENTRY } from '../format/structures.js';
import { MAX_U64, readU64 } from '../bytes/u64.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts, FindingLog } from './findings.js';

/** A table entry as it stands, believable or not. */
export interface TableRecord {
  readonly id: bigint;
  /** 2^64−1: none. */
  readonly root: bigint;
  readonly height: number;
}

/** What the superblock says, where it is whole. */
export interface SuperblockRecord {
  readonly appliedPosition: bigint;
  readonly nextPageId: bigint;
  readonly tables: readonly TableRecord[];
  /** Whether there seem to be tables that it does not count. */
  readonly tablesLost: boolean;
}

type Report = (code: FindingCode, facts: FindingFacts) => void;

/**
 * Checks page 0 and what it says about the file.
 *
 * @param bytes the file's beginning, up to one page
 * @param pages whole pages in the file
 * @param soundPages how many of the others are sound tree pages: a file without magic and without any is no store
 * @returns what it says; undefined when that cannot be known, and no tree be found
 */
export function checkSuperblock(
  bytes: Buffer,
  pages: number,
  soundPages: number,
  log: FindingLog,
): SuperblockRecord | undefined {
  const report: Report = (code, facts) => {
    log.add(code, { page: 0 }, facts);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isReadable(bytes, view, soundPages, report)) return undefined;
  const tableCount = view.getUint32(SUPERBLOCK.tableCountOffset, true);
  if (tableCount > MAX_TABLES) {
    const message = `the superblock counts ${tableCount} tables, and has room for ${MAX_TABLES}`;
    const offset = SUPERBLOCK.tableCountOffset;
    report('table-count', { message, offset, expected: `at most ${MAX_TABLES}`, found: tableCount });
    return undefined;
  }
  const redundancy = [...superblockAdvisoryFaults(bytes, tableCount)];
  const record = {
    appliedPosition: readU64(view, SUPERBLOCK.appliedPositionOffset),
    nextPageId: readU64(view, SUPERBLOCK.nextPageIdOffset),
    tables: Array.from({ length: tableCount }, (_, index) => readTable(view, index)),
    tablesLost: redundancy.some(({ code }) => code === 'table-lost'),
  };
  checkApplied(record, report);
  checkTables(record, pages, report);
  for (const { code, ...facts } of redundancy) report(code, facts);
  return record;
}

function readTable(view: DataView, index: number): TableRecord {
  const offset = tableOffset(index);
  return { id: readU64(view, offset), root: readU64(view, offset + 8), height: view.getUint32(offset + 16, true) };
}

/** Length, magic, version, checksum: in this order, so that what is no store is called that and not a damaged one. */
function isReadable(bytes: Buffer, view: DataView, soundPages: number, report: Report): boolean {
  const begin = bytes.subarray(0, SUPERBLOCK.magic.length);
  if (bytes.length === 0) {
    report('file-empty', { message: 'the file is empty', expected: PAGE_SIZE, found: 0 });
    return false;
  }
  if (begin.toString('latin1') !== SUPERBLOCK.magic) {
    const message = `the file does not begin with ${SUPERBLOCK.magic}`;
    const facts = { message, offset: 0, expected: toHex(Buffer.from(SUPERBLOCK.magic)), found: toHex(begin) };
    report(soundPages > 0 ? 'superblock-magic' : 'not-a-store', facts);
    return false;
  }
  if (bytes.length < PAGE_SIZE) {
    const message = `the file ends after ${bytes.length} bytes, within the superblock`;
    report('superblock-truncated', { message, offset: bytes.length, expected: PAGE_SIZE, found: bytes.length });
    return false;
  }
  const version = view.getUint32(SUPERBLOCK.versionOffset, true);
  if (findFormat(version) === undefined) {
    const message = `the superblock says format ${version}; this release knows format ${FORMAT_VERSIONS.join(' and ')}`;
    const offset = SUPERBLOCK.versionOffset;
    report('superblock-version', { message, offset, expected: Math.max(...FORMAT_VERSIONS), found: version });
    return false;
  }
  const stored = view.getUint32(CRC_OFFSET, true);
  const computed = crc32(bytes.subarray(0, CRC_OFFSET));
  if (stored !== computed) {
    const message = 'the checksum of the superblock does not match its bytes';
    report('superblock-crc', { message, offset: CRC_OFFSET, expected: computed, found: stored });
    return false;
  }
  return true;
}

function checkApplied({ appliedPosition }: SuperblockRecord, report: Report): void {
  if (appliedPosition !== MAX_U64) return;
  const message = 'the applied position is 2^64−1, which no batch has';
  const offset = SUPERBLOCK.appliedPositionOffset;
  report('applied-position', { message, offset, expected: `at most ${MAX_U64 - 1n}`, found: appliedPosition });
}

function checkTables({ tables, nextPageId }: SuperblockRecord, pages: number, report: Report): void {
  const ids = new Set<bigint>();
  const roots = new Set<bigint>();
  const end = storeEnd(nextPageId, pages);
  for (const [index, { id, root }] of tables.entries()) {
    const offset = tableOffset(index);
    if (ids.has(id)) {
      report('table-duplicate', {
        message: `table ${id} stands in the superblock twice`,
        offset,
        expected: 'each id once',
        found: id,
      });
    } else if (roots.has(root)) {
      report('root-shared', {
        message: `the root of table ${id} is page ${root}, which is that of another table`,
        offset: offset + TABLE_ENTRY.offsets.root,
        expected: 'a root of its own',
        found: root,
      });
    }
    ids.add(id);
    if (root === MAX_U64) continue;
    roots.add(root);
    if (root >= 1n && root < end) continue;
    const message = `the root of table ${id} is page ${root}, which the store cannot have`;
    report('root-range', { message, offset: offset + 8, expected: `1 to ${end - 1n}`, found: root });
  }
}

/**
 * The end of the store: what the superblock or the file says, whichever is more. No page pointer is ever meant to reach
 * it.
 */
export function storeEnd(nextPageId: bigint, pages: number): bigint {
  return nextPageId > pages ? nextPageId : BigInt(pages);
}
