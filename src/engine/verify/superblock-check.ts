/**
 * Checks the superblock, its copy and where its roots lead: the faults that opening a store finds, as findings, and
 * what is in the superblock twice.
 */
import { PAGE_SIZE } from '../format/layout.js';
import type { SuperblockFault } from '../format/superblock.js';
import { isWholeSuperblock, superblockAdvisoryFaults, superblockFaults } from '../format/superblock-page.js';
import { SUPERBLOCK_2_FIELDS } from '../format/v2/structures.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts, FindingLog } from './findings.js';
import {
  COPY_PAGE,
  readablePart,
  type StoredSuperblock,
  type SuperblockContent,
  type TableRecord,
} from './stored-superblock.js';

/** The pages that trees can have. */
export interface PageRange {
  readonly firstPage: number;
  /** Where the store ends: no page pointer reaches it. */
  readonly end: bigint;
}

/**
 * Reports what is wrong with the superblock.
 *
 * @param tables those that it lists
 * @param soundPages how many other pages are sound ones of a store: a file without magic and without any is no store
 */
export function checkSuperblock(
  stored: StoredSuperblock,
  tables: readonly TableRecord[],
  range: PageRange,
  soundPages: number,
  log: FindingLog,
): void {
  const { page, copy, content } = stored;
  for (const fault of readablePart(page)) {
    const { code, facts } = asFinding(fault, page, soundPages);
    log.add(code, { page: 0 }, facts);
  }
  if (copy !== undefined) checkCopy(page, copy, log);
  if (content === undefined) return;
  for (const table of tables) checkRoots(table, range, log);
  checkCatalogueRoot(content, range, log);
  if (content.pageId === COPY_PAGE) reportFaults(content.page, log);
  const location = { page: content.pageId };
  for (const { code, ...facts } of superblockAdvisoryFaults(content.page)) log.add(code, location, facts);
}

/** Reports roots of a table that lead to no page of a tree. */
export function checkRoots({ id, root, record, place }: TableRecord, pages: PageRange, log: FindingLog): void {
  checkRoot(`the root of table ${id}`, root, place.rootOffset, place.page, pages, log);
  const historyRoot = record?.historyRoot ?? null;
  if (historyRoot === null) return;
  const name = `the root of the history of table ${id}`;
  checkRoot(name, BigInt(historyRoot), place.historyRootOffset, place.page, pages, log);
}

function checkCatalogueRoot({ record, pageId }: SuperblockContent, range: PageRange, log: FindingLog): void {
  const root = record?.catalogue?.root;
  if (root === undefined) return;
  const offset = SUPERBLOCK_2_FIELDS.offsets.catalogueRoot;
  checkRoot('the root of the catalogue', BigInt(root), offset, pageId, range, log);
}

function checkRoot(
  name: string,
  root: bigint | null,
  offset: number,
  page: number,
  { firstPage, end }: PageRange,
  log: FindingLog,
): void {
  if (root === null || (root >= firstPage && root < end)) return;
  const message = `${name} is page ${root}, which the store cannot have`;
  log.add('root-range', { page }, { message, offset, expected: `${firstPage} to ${end - 1n}`, found: root });
}

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

/** The copy is to be whole and the same; where it is the one that is checked, its own faults are told apart. */
function checkCopy(page: Buffer, copy: Buffer, log: FindingLog): void {
  const location = { page: COPY_PAGE };
  if (!isWholeSuperblock(copy)) {
    const [fault] = superblockFaults(copy);
    const facts = fault === undefined ? {} : { offset: fault.offset, expected: fault.expected, found: fault.found };
    log.add('superblock-copy', location, { message: 'the copy of the superblock is damaged', ...facts });
    return;
  }
  if (!isWholeSuperblock(page) || page.equals(copy)) return;
  const offset = page.findIndex((byte, index) => byte !== copy[index]);
  const message = `it is another superblock than page 0: they differ from byte ${offset} on`;
  log.add('superblock-copies', location, { message, offset });
}

/** Those of a copy that is checked in the place of page 0. */
function reportFaults(copy: Buffer, log: FindingLog): void {
  for (const { code, ...facts } of superblockFaults(copy)) log.add(code, { page: COPY_PAGE }, facts);
}
