/** Opens a store: the only place that chooses its format and recovers what the last writer left. */
import { StoreFile } from '../pager/store-file.js';
import { Pager } from '../pager/pager.js';
import { discardStaleJournal, readSuperblockPage, recover, type RecoveredJournal } from '../pager/recovery.js';
import { type HeldLock, removeLeftovers } from '../journal/side-files.js';
import { SnapshotPager } from '../pager/snapshot-pager.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { DEFAULT_FORMAT } from '../format/formats.js';
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

export interface WritableStore {
  readonly pager: Pager;
  readonly tables: WritableCatalogue;
  /** Undefined for a store that is being made. */
  readonly superblock: Superblock | undefined;
  readonly recovery: Recovery;
}

/** So often a store that is replaced while it is being opened is opened again. */
const OPENS_MAX = 5;

/** Opens a store to be read. @throws StoreError as `BTreeStore.open` */
export function openToRead(files: FileSystem, path: string, cachePages: number): SnapshotPager {
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
export function* openToWrite(
  files: FileSystem,
  path: string,
  cachePages: number,
  lock: HeldLock,
): Steps<WritableStore> {
  removeLeftovers(files, path);
  const storeFile = StoreFile.open(files, path, lock);
  let isOpen = false;
  try {
    const recovered = yield* recover(files, storeFile);
    const page = readSuperblockPage(storeFile);
    const superblock = decodeSuperblock(page);
    const length = storeFile.file().size();
    checkLength(path, superblock, length);
    storeFile.setCommittedLength();
    const pager = new Pager(
      files,
      storeFile,
      formatOfSuperblock(page),
      page,
      Math.floor(length / PAGE_SIZE),
      cachePages,
    );
    const tail = yield* settleTail(pager, superblock, length);
    isOpen = true;
    return { pager, superblock, recovery: { ...recovered, ...tail } };
  } catch (error) {
    throw withPath(path, error);
  } finally {
    if (!isOpen) storeFile.close();
  }
}

/** Opens a store that is not there yet. @throws StoreError as `BTreeStore.open` */
export function* openToCreate(
  files: FileSystem,
  path: string,
  cachePages: number,
  lock: HeldLock,
): Steps<WritableStore> {
  removeLeftovers(files, path);
  yield* discardStaleJournal(files, path);
  const pager = new Pager(files, StoreFile.create(files, path, lock), DEFAULT_FORMAT, undefined, 1, cachePages);
  return { pager, superblock: undefined, recovery: NOTHING_DONE };
}

/** Cuts off what is past the end of a store, or where it is in use has it counted. */
function* settleTail(
  pager: Pager,
  { nextPageId, tables }: Superblock,
  length: number,
): Steps<Pick<Recovery, 'tailBytes' | 'uncountedPages'>> {
  const end = Number(nextPageId);
  const tailBytes = length - end * PAGE_SIZE;
  if (tailBytes === 0) return { tailBytes: 0, uncountedPages: 0 };
  const use = yield* tailUse(pager, tables, end, pager.pageCount);
  // A superblock that does not even count itself is wrong, whatever else there is.
  if (use === 'used' || end === 0) return { tailBytes: 0, uncountedPages: pager.pageCount - end };
  if (use === 'unused') pager.truncateTo(end);
  return { tailBytes: use === 'unused' ? tailBytes : 0, uncountedPages: 0 };
}
