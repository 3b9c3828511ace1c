/**
 * The superblock of a store file. Format 1 has it in page 0; later formats have the same bytes in page 1, which a
 * commit writes last. The copy counts where page 0 is not whole, and where it is of a later commit than page 0: then
 * page 0 was lost when it was written.
 */
import { StoreError } from '../errors.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { FreeGroup, Superblock } from '../format/superblock.js';
import {
  decodeSuperblock,
  findSuperblockFormat,
  isWholeSuperblock,
  superblockFaults,
} from '../format/superblock-page.js';
import { PageSum } from '../format/v2/page-sum.js';
import { storedCrc } from '../journal/format.js';
import type { Steps } from '../steps.js';
import { FreeMap } from './free-map.js';
import type { StoreFile } from './store-file.js';

const COPY_PAGE = 1;
/** Pages read at once when all are added up. */
const RUN_PAGES = 64;

/** What a store file says it is. */
export interface StoredSuperblock {
  /** As much of page 0 as there is: while it stays like this, nobody has committed. */
  readonly firstPage: Buffer;
  /** The superblock page that counts. */
  readonly page: Buffer;
  /** Whether that is page 1. */
  readonly isCopy: boolean;
}

/** The superblock page that counts, and page 0. What is wrong with it is not looked at. */
export function readStoredSuperblock(storeFile: StoreFile): StoredSuperblock {
  const firstPage = readPage(storeFile, 0);
  const isWhole = isWholeSuperblock(firstPage);
  const found = { firstPage, page: firstPage, isCopy: false };
  if (isWhole && !hasCopy(firstPage)) return found;
  const copy = readPage(storeFile, COPY_PAGE);
  if (!isWholeSuperblock(copy) || !hasCopy(copy)) return found;
  return isWhole && !isLater(copy, firstPage) ? found : { firstPage, page: copy, isCopy: true };
}

/** As much of page 0 as the file has. */
export function readFirstPage(storeFile: StoreFile): Buffer {
  return readPage(storeFile, 0);
}

/** What a reader is told of a store whose copy of the superblock counts. */
export function copyUsed(path: string): StoreError {
  const message = `page 0 of ${path} is damaged or outdated: the store is read from the copy of it in page 1`;
  return new StoreError('SUPERBLOCK_COPY_USED', message, { path, page: 0 });
}

/**
 * Whether all pages in use are those that a superblock tells of, by its page sums: its copy may be older than they are,
 * and nothing may be written then.
 *
 * @param freeGroups the free map of that superblock
 * @throws StoreError `SUPERBLOCK_CORRUPTED`
 */
export function* checkPageSums(
  storeFile: StoreFile,
  { nextPageId, record }: Superblock,
  freeGroups: Iterable<FreeGroup>,
): Steps<void> {
  if (record === undefined) return;
  const free = FreeMap.from(freeGroups);
  const run = Buffer.allocUnsafeSlow(RUN_PAGES * PAGE_SIZE);
  const end = Number(nextPageId);
  let sum = PageSum.ZERO;
  for (let first = COPY_PAGE + 1; first < end; first += RUN_PAGES) {
    const count = Math.min(RUN_PAGES, end - first);
    run.fill(0, storeFile.file().read(run, 0, count * PAGE_SIZE, first * PAGE_SIZE));
    for (let index = 0; index < count; index++) {
      const crc = storedCrc(run.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE));
      if (!free.has(first + index)) sum = sum.with(first + index, 0, crc);
    }
    yield;
  }
  if (!sum.equals(PageSum.of(record.pageSums))) throw outdatedCopy(storeFile.path);
}

function outdatedCopy(path: string): StoreError {
  const message = `page 0 of ${path} is damaged or outdated, and its copy in page 1 is not of the commit that the other pages are of`;
  const hint = 'restore the store from a copy, or replay its whole log into a new one';
  return new StoreError('SUPERBLOCK_CORRUPTED', message, { path, page: 0 }, hint);
}

function readPage(storeFile: StoreFile, pageId: number): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  return bytes.subarray(0, storeFile.file().read(bytes, 0, PAGE_SIZE, pageId * PAGE_SIZE));
}

function hasCopy(page: Buffer): boolean {
  return findSuperblockFormat(page)?.superblock.pageIds.includes(COPY_PAGE) === true;
}

/** Whether a copy is of a later commit of the same store than page 0. Both are whole. */
function isLater(copy: Buffer, firstPage: Buffer): boolean {
  if (copy.equals(firstPage)) return false;
  const isSound = (page: Buffer): boolean => superblockFaults(page).next().done === true;
  if (!isSound(copy) || !isSound(firstPage)) return false;
  return isLaterCommit(decodeSuperblock(copy), decodeSuperblock(firstPage));
}

/** Whether one superblock is of a later commit of the same store than another, where commits are counted. */
export function isLaterCommit({ record: later }: Superblock, { record: earlier }: Superblock): boolean {
  if (later === undefined || earlier === undefined) return false;
  // A store gets its id with its first batch.
  const isSame = earlier.storeId === later.storeId || earlier.storeId === 0n;
  return isSame && later.commitNumber > earlier.commitNumber;
}
