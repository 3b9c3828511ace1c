/**
 * Opens a store: the only place that chooses its format, with that where its tables are, and that recovers what the
 * last writer left.
 */
import type { Catalogue, WritableCatalogue } from '../catalogue/catalogue.js';
import { RecordCatalogue } from '../catalogue/record-catalogue.js';
import { freeGroupsOf } from '../catalogue/record-tree.js';
import { SnapshotCatalogue } from '../catalogue/snapshot-catalogue.js';
import { SnapshotRecords } from '../catalogue/snapshot-records.js';
import { SuperblockCatalogue } from '../catalogue/superblock-catalogue.js';
import { MIN_CACHE_PAGES } from '../cache/page-cache.js';
import { StoreError } from '../errors.js';
import { StoreFile } from '../pager/store-file.js';
import { Pager } from '../pager/pager.js';
import { discardStaleJournal, recover, type RecoveredJournal } from '../pager/recovery.js';
import { readStoredSuperblock } from '../pager/superblock-copies.js';
import { type HeldLock, removeLeftovers } from '../journal/side-files.js';
import type { PageReader } from '../pager/page-reader.js';
import { SnapshotPager } from '../pager/snapshot-pager.js';
import type { WriterLock } from '../lock/writer-lock.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { DEFAULT_FORMAT, findFormat, FORMAT_VERSIONS } from '../format/formats.js';
import type { StoreFormat } from '../format/store-format.js';
import { checkFeaturesToWrite } from '../format/v2/features.js';
import type { Superblock } from '../format/superblock.js';
import { decodeSuperblock, formatOfSuperblock } from '../format/superblock-page.js';
import type { Steps } from '../steps.js';
import { checkLength, withPath } from './store-checks.js';
import { tailUse } from './uncommitted-tail.js';

/** What was found to be done when a store was opened to be written, and was done. */
export interface Recovery extends RecoveredJournal {
  /** Bytes after the end of the store that were cut off: what a crash left of a commit that never happened. */
  readonly tailBytes: number;
  /** Pages at the end that the superblock did not count, though they are in use: the next `sync` counts them. */
  readonly uncountedPages: number;
}

export const NOTHING_DONE: Recovery = { journal: 'none', pages: 0, tailBytes: 0, uncountedPages: 0 };

export interface ReadableStore {
  readonly pages: SnapshotPager;
  readonly tables: Catalogue;
}

/** What only a store that may be written has. */
export interface Writer {
  readonly pager: Pager;
  readonly tables: WritableCatalogue;
  readonly lock: WriterLock;
}

/** A store as it was opened. */
export interface OpenedStore {
  readonly pages: PageReader;
  readonly tables: Catalogue;
  readonly writer?: Writer;
  /** Undefined for a store that is being made. */
  readonly superblock: Superblock | undefined;
  readonly recovery: Recovery;
}

export interface WritableStore {
  readonly pager: Pager;
  readonly tables: WritableCatalogue;
  /** Undefined for a store that is being made. */
  readonly superblock: Superblock | undefined;
  readonly recovery: Recovery;
}

/** So often a store that is replaced while it is being opened is opened again. */
const OPENS_MAX = 5;

/** How a store is to be opened. */
export interface OpenRequest {
  readonly files: FileSystem;
  /** Symbolic links followed. */
  readonly path: string;
  readonly cachePages: number;
  /** The format that the store must have, or get; undefined: any, or the one of new stores. */
  readonly format: StoreFormat | undefined;
  /** When a writer puts its journal in place; undefined: by default. */
  readonly journalBytes?: number | undefined;
}

/** The format that somebody asks for by its number. @throws StoreError `INVALID_ARGUMENT` */
export function requestedFormat(version: number | undefined): StoreFormat | undefined {
  const format = version === undefined ? undefined : findFormat(version);
  if (version === undefined || format !== undefined) return format;
  throw new StoreError('INVALID_ARGUMENT', `a store has format ${FORMAT_VERSIONS.join(' or ')}, not ${version}`);
}

/** Opens a store to be read. @throws StoreError as `BTreeStore.open` */
export function openToRead(request: OpenRequest): ReadableStore {
  const pages = openSnapshot(request);
  try {
    checkFormat(request, pages.format);
    return { pages, tables: snapshotTables(pages) };
  } catch (error) {
    pages.close();
    throw error;
  }
}

/** The tables as of the commit that the pages are of. */
export function snapshotTables(pages: SnapshotPager): Catalogue {
  const isRecorded = pages.superblock.record !== undefined;
  return isRecorded ? new SnapshotRecords(pages) : new SnapshotCatalogue(pages);
}

function openSnapshot({ files, path, cachePages }: OpenRequest): SnapshotPager {
  for (let attempt = 1; ; attempt++) {
    const storeFile = StoreFile.open(files, path);
    try {
      const pager = new SnapshotPager(files, storeFile, cachePages);
      // Before the first answer the newest file may still be taken; afterwards the one that was opened is kept.
      if (attempt === OPENS_MAX || storeFile.pathLeadsTo() !== 'another file') return pager;
      pager.close();
    } catch (error) {
      storeFile.close();
      throw withPath(path, error);
    }
  }
}

/**
 * Opens a store to be written, after finishing or dropping what the last writer left.
 *
 * @throws StoreError as `BTreeStore.open`
 */
export function* openToWrite(request: OpenRequest, lock: HeldLock): Steps<WritableStore> {
  const { files, path } = request;
  removeLeftovers(files, path);
  const storeFile = StoreFile.open(files, path, lock);
  let isOpen = false;
  try {
    const recovered = yield* recover(files, storeFile, (superblock) =>
      freeGroupsOf(new SnapshotPager(files, storeFile, MIN_CACHE_PAGES), superblock),
    );
    const stored = readStoredSuperblock(storeFile);
    const superblock = decodeSuperblock(stored.page);
    const format = formatOfSuperblock(stored.page);
    checkFormat(request, format);
    checkFeaturesToWrite(path, superblock);
    const length = storeFile.file().size();
    checkLength(path, superblock, length);
    storeFile.setCommittedLength();
    const pager = new Pager(files, storeFile, format, stored, Math.floor(length / PAGE_SIZE), request);
    const tail = yield* settleTail(pager, superblock, length);
    const tables = writableTables(pager, superblock);
    isOpen = true;
    return { pager, tables, superblock, recovery: { ...recovered, ...tail } };
  } catch (error) {
    throw withPath(path, error);
  } finally {
    if (!isOpen) storeFile.close();
  }
}

/** Opens a store that is not there yet. @throws StoreError as `BTreeStore.open` */
export function* openToCreate(request: OpenRequest, lock: HeldLock): Steps<WritableStore> {
  const { files, path, format = DEFAULT_FORMAT } = request;
  removeLeftovers(files, path);
  yield* discardStaleJournal(files, path);
  const firstPages = format.superblock.pageIds.length;
  const storeFile = StoreFile.create(files, path, lock);
  const pager = new Pager(files, storeFile, format, undefined, firstPages, request);
  return { pager, tables: writableTables(pager, undefined), superblock: undefined, recovery: NOTHING_DONE };
}

function checkFormat({ path, format: requested }: OpenRequest, { version: found }: StoreFormat): void {
  if (requested === undefined || requested.version === found) return;
  const expected = requested.version;
  const message = `${path} is a store of format ${found}, not ${expected}`;
  throw new StoreError('FORMAT_MISMATCH', message, { path, expected, found });
}

function writableTables(pager: Pager, superblock: Superblock | undefined): WritableCatalogue {
  const { newRecord, tablesMax } = pager.format;
  if (newRecord === undefined) return new SuperblockCatalogue(superblock?.tables ?? [], tablesMax);
  if (superblock !== undefined) pager.useFreeGroups(freeGroupsOf(pager, superblock));
  return new RecordCatalogue(pager, superblock);
}

/** Cuts off what is past the end of a store, or where it is in use has it counted. */
function* settleTail(
  pager: Pager,
  { nextPageId, tables, record }: Superblock,
  length: number,
): Steps<Pick<Recovery, 'tailBytes' | 'uncountedPages'>> {
  const end = Number(nextPageId);
  const tailBytes = length - end * PAGE_SIZE;
  if (tailBytes === 0) return { tailBytes: 0, uncountedPages: 0 };
  // Only the crate writes pages of a commit before the superblock that counts them, and it writes no records.
  const use = record === undefined ? yield* tailUse(pager, tables, end, pager.pageCount) : 'unused';
  // A superblock that does not even count itself is wrong, whatever else there is.
  if (use === 'used' || end === 0) return { tailBytes: 0, uncountedPages: pager.pageCount - end };
  if (use === 'unused') pager.truncateTo(end);
  return { tailBytes: use === 'unused' ? tailBytes : 0, uncountedPages: 0 };
}
