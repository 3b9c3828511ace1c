/**
 * Checks page 0 and the length of the file: the faults that opening a store finds, as findings, and where roots lead.
 */
import { decode } from '../bytes/field-structure.js';
import { MAX_U64 } from '../bytes/u64.js';
import { PAGE_SIZE } from '../format/layout.js';
import { SUPERBLOCK_FIELDS, TABLE_ENTRY } from '../format/structures.js';
import type { SuperblockFault, SuperblockFaultCode } from '../format/superblock.js';
import { superblockAdvisoryFaults, superblockFaults } from '../format/superblock-page.js';
import { tableOffset } from '../format/v1/superblock.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts, FindingLog } from './findings.js';

/** A table entry as it is, believable or not. */
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
  for (const fault of superblockFaults(bytes)) {
    const { code, facts } = asFinding(fault, bytes, soundPages);
    report(code, facts);
    if (FORBIDS.has(fault.code)) return undefined;
  }
  const { appliedPosition, nextPageId, tableCount } = decode(SUPERBLOCK_FIELDS, bytes, 0);
  const advisories = [...superblockAdvisoryFaults(bytes)];
  const record = {
    appliedPosition,
    nextPageId,
    tables: Array.from({ length: tableCount }, (_, index) => decode(TABLE_ENTRY, bytes, tableOffset(index))),
    tablesLost: advisories.some(({ code }) => code === 'table-lost'),
  };
  checkRoots(record, pages, report);
  for (const { code, ...facts } of advisories) report(code, facts);
  return record;
}

/** Whether anything but its identity can be judged: the faults that forbid it come first. */
const FORBIDS: ReadonlySet<SuperblockFaultCode> = new Set([
  'superblock-magic',
  'superblock-truncated',
  'superblock-version',
  'superblock-crc',
  'feature-unknown',
  'page-size',
  'table-count',
]);

/** A fault of page 0 as a finding: a file without the magic is told from a store that has lost it. */
function asFinding(
  { code, ...fault }: SuperblockFault,
  bytes: Buffer,
  soundPages: number,
): { readonly code: FindingCode; readonly facts: FindingFacts } {
  switch (code) {
    case 'superblock-magic':
      if (bytes.length === 0)
        return { code: 'file-empty', facts: { message: fault.message, expected: PAGE_SIZE, found: 0 } };
      return { code: soundPages > 0 ? code : 'not-a-store', facts: fault };
    case 'superblock-crc':
      return { code, facts: { ...fault, expected: Number(fault.expected), found: Number(fault.found) } };
    default:
      return { code, facts: fault };
  }
}

function checkRoots({ tables, nextPageId }: SuperblockRecord, pages: number, report: Report): void {
  const end = storeEnd(nextPageId, pages);
  for (const [index, { id, root }] of tables.entries()) {
    if (root === MAX_U64 || (root >= 1n && root < end)) continue;
    const offset = tableOffset(index) + TABLE_ENTRY.offsets.root;
    const message = `the root of table ${id} is page ${root}, which the store cannot have`;
    report('root-range', { message, offset, expected: `1 to ${end - 1n}`, found: root });
  }
}

/**
 * The end of the store: what the superblock or the file says, whichever is more. No page pointer is ever meant to reach
 * it.
 */
export function storeEnd(nextPageId: bigint, pages: number): bigint {
  return nextPageId > pages ? nextPageId : BigInt(pages);
}
