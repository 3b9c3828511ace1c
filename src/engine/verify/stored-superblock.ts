/** The superblock as a file has it: the page that counts, and what it says. */
import { formatOfPage } from '../format/formats.js';
import { TABLE_ENTRY } from '../format/structures.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Superblock, SuperblockFault, SuperblockFaultCode, TableEntry } from '../format/superblock.js';
import {
  findSuperblockFormat,
  isWholeSuperblock,
  superblockAdvisoryFaults,
  superblockFaults,
} from '../format/superblock-page.js';
import { tableOffset } from '../format/v1/superblock.js';
import { recordPlaces, TABLE } from '../format/v2/records.js';
import { SUPERBLOCK_2_FIELDS, TABLE_RECORD } from '../format/v2/structures.js';
import { isLaterCommit } from '../pager/superblock-copies.js';
import { CHUNK_PAGES, PageChunk, type PageFileReader } from './page-file-reader.js';

/** Where formats have the copy of the superblock that have one. */
export const COPY_PAGE = 1;

/** The superblock pages of a file. */
export interface StoredSuperblock {
  /** As much of page 0 as there is. */
  readonly page: Buffer;
  /** Page 1, where that is, or should be, a copy of page 0. */
  readonly copy: Buffer | undefined;
  /** What the page says that counts; undefined when none can be read. */
  readonly content: SuperblockContent | undefined;
}

export interface SuperblockContent extends Superblock {
  /** The page that counts, and its bytes. */
  readonly pageId: number;
  readonly page: Buffer;
  readonly format: StoreFormat;
  /** Whether there seem to be tables that it does not count. */
  readonly tablesLost: boolean;
}

/** A table as the store says it is, believable or not, and where it says so. */
export interface TableRecord extends TableEntry {
  readonly place: RecordPlace;
}

export interface RecordPlace {
  readonly page: number;
  /** Where in the page the roots of its trees are. */
  readonly rootOffset: number;
  readonly historyRootOffset: number;
}

/** Reads the superblock of a file. Nothing is reported. */
export function readSuperblock(source: PageFileReader): StoredSuperblock {
  const page = readPage(source, 0);
  const second = readPage(source, COPY_PAGE);
  const copy = shouldBeCopy(source, page, second) ? second : undefined;
  const content = contentOf(page, 0);
  const copyContent = copy && contentOf(copy, COPY_PAGE);
  return { page, copy, content: chosen(content, copyContent) };
}

/** The copy counts where page 0 cannot be read, or was lost when it was written. */
function chosen(
  content: SuperblockContent | undefined,
  copy: SuperblockContent | undefined,
): SuperblockContent | undefined {
  if (content === undefined || copy === undefined) return content ?? copy;
  return isLaterCommit(copy, content) ? copy : content;
}

/** Whether the format has a copy of page 0: page 0 says so if it is whole, otherwise whoever does. */
function shouldBeCopy(source: PageFileReader, page: Buffer, second: Buffer): boolean {
  if (second.length < PAGE_SIZE) return false;
  const hasCopy = (bytes: Buffer): boolean => bytes.length === PAGE_SIZE && keepsCopy(findSuperblockFormat(bytes));
  if (isWholeSuperblock(page)) return hasCopy(page);
  if (isWholeSuperblock(second)) return hasCopy(second);
  if (beginsAsSuperblock(page)) return hasCopy(page);
  return beginsAsSuperblock(second) ? hasCopy(second) : areOfCopying(source);
}

function keepsCopy(format: StoreFormat | undefined): boolean {
  return format?.superblock.pageIds.includes(COPY_PAGE) === true;
}

/** Whether one of the first pages after both says that it is of a format that has a copy. */
function areOfCopying(source: PageFileReader): boolean {
  const chunk = new PageChunk(source);
  const count = chunk.load(COPY_PAGE + 1, CHUNK_PAGES);
  for (let pageId = COPY_PAGE + 1; pageId <= COPY_PAGE + count; pageId++) {
    const page = chunk.page(pageId);
    if (page === undefined) return false;
    const format = formatOfPage(page);
    if (keepsCopy(format) && format.pages.findFaultOfAny(page, { pageId }) === undefined) return true;
  }
  return false;
}

function beginsAsSuperblock(bytes: Buffer): boolean {
  return superblockFaults(bytes).next().value?.code !== 'superblock-magic';
}

/** Faults after which no superblock says anything. */
const FATAL: ReadonlySet<SuperblockFaultCode> = new Set([
  'superblock-magic',
  'superblock-truncated',
  'superblock-version',
  'superblock-crc',
]);

/** The faults of a page up to the first after which nothing that it says can be read. */
export function* readablePart(bytes: Buffer): Generator<SuperblockFault, boolean> {
  for (const fault of superblockFaults(bytes)) {
    yield fault;
    if (FATAL.has(fault.code) || findSuperblockFormat(bytes)?.superblock.fatalFaults.has(fault.code) === true)
      return false;
  }
  return true;
}

function contentOf(page: Buffer, pageId: number): SuperblockContent | undefined {
  const faults = readablePart(page);
  let step = faults.next();
  while (step.done !== true) step = faults.next();
  const format = step.value ? findSuperblockFormat(page) : undefined;
  if (format === undefined) return undefined;
  const tablesLost = [...superblockAdvisoryFaults(page)].some(({ code }) => code === 'table-lost');
  return { ...format.superblock.decode(page), pageId, page, format, tablesLost };
}

function readPage(source: PageFileReader, pageId: number): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  return bytes.subarray(0, source.read(pageId, 1, bytes));
}

/** The tables that the superblock itself lists. */
export function tablesIn({ pageId, page, tables, record }: SuperblockContent): TableRecord[] {
  if (record === undefined) return tables.map((table, index) => ({ ...table, place: entryPlace(index) }));
  const recordCount = page.readUInt32LE(SUPERBLOCK_2_FIELDS.offsets.recordCount);
  const places = [...recordPlaces(page, recordCount)].filter(({ kind }) => kind === TABLE);
  return tables.map((table, index) => ({ ...table, place: bodyPlace(pageId, places[index]!.offset) }));
}

/** @param offset of the record's body */
export function bodyPlace(page: number, offset: number): RecordPlace {
  const { root, historyRoot } = TABLE_RECORD.offsets;
  return { page, rootOffset: offset + root, historyRootOffset: offset + historyRoot };
}

function entryPlace(index: number): RecordPlace {
  const rootOffset = tableOffset(index) + TABLE_ENTRY.offsets.root;
  return { page: 0, rootOffset, historyRootOffset: rootOffset };
}

/**
 * The end of the store: what the superblock or the file says, whichever is more. No page pointer is ever meant to reach
 * it.
 */
export function storeEnd(nextPageId: bigint, pages: number): bigint {
  return nextPageId > pages ? nextPageId : BigInt(pages);
}
