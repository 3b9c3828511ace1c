import { HomeFile } from '../commit/home-file.js';
import { Pager } from '../commit/pager.js';
import { clearPlace, readSuperblockPage, recover, type RecoveredJournal } from '../commit/recovery.js';
import { SnapshotPager } from '../commit/snapshot-pager.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { decodeSuperblock, type Superblock } from '../format/superblock.js';
import type { Steps } from '../steps.js';
import { checkLength, withPath } from './store-checks.js';
import { tailUse } from './tail.js';

/** What was found to be done when a store was opened to be written, and was done. */
export interface Recovery extends RecoveredJournal {
  /** Bytes behind the end of the store that were cut off: what a crash left of a commit that never was one. */
  readonly tailBytes: number;
  /** Pages at the end that the superblock did not count, though they are in use: the next `sync` counts them. */
  readonly uncountedPages: number;
}

export const NOTHING_DONE: Recovery = { journal: 'none', pages: 0, tailBytes: 0, uncountedPages: 0 };

export interface WritableStore {
  readonly pager: Pager;
  /** Undefined for a store that is being made. */
  readonly superblock: Superblock | undefined;
  readonly recovery: Recovery;
}

/** Opens a store to be read. @throws StoreError as `BTreeStore.open` */
export function openToRead(files: FileSystem, path: string, cachePages: number): SnapshotPager {
  const home = HomeFile.open(files, path, true);
  try {
    return new SnapshotPager(files, home, cachePages);
  } catch (error) {
    home.close();
    throw withPath(path, error);
  }
}

/** Opens a store to be written, after finishing or dropping what the last writer left. @throws StoreError as `BTreeStore.open` */
export function* openToWrite(files: FileSystem, path: string, cachePages: number): Steps<WritableStore> {
  const home = HomeFile.open(files, path, false);
  let isOpen = false;
  try {
    const recovered = yield* recover(files, home);
    const page = readSuperblockPage(home);
    const superblock = decodeSuperblock(page);
    const length = home.file().size();
    checkLength(path, superblock, length);
    home.keepLength();
    const pager = new Pager(files, home, page, Math.floor(length / PAGE_SIZE), cachePages);
    const tail = yield* settleTail(pager, superblock, length);
    isOpen = true;
    return { pager, superblock, recovery: { ...recovered, ...tail } };
  } catch (error) {
    throw withPath(path, error);
  } finally {
    if (!isOpen) home.close();
  }
}

/** Opens a store that is not there yet. @throws StoreError as `BTreeStore.open` */
export function* openToCreate(files: FileSystem, path: string, cachePages: number): Steps<WritableStore> {
  yield* clearPlace(files, path);
  const pager = new Pager(files, HomeFile.create(files, path), undefined, 1, cachePages);
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
  if (use === 'unused') pager.cutTo(end);
  return { tailBytes: use === 'unused' ? tailBytes : 0, uncountedPages: 0 };
}
