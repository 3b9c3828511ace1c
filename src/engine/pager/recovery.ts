/** What opening a store does with a journal that the last writer left: roll it forward, discard it, or refuse it. */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { hasValidChecksum, storedCrc } from '../journal/format.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { FreeGroup, Superblock } from '../format/superblock.js';
import { decodeSuperblock, formatOfSuperblock } from '../format/superblock-page.js';
import { Pace, type Steps } from '../steps.js';
import type { StoreFile } from './store-file.js';
import { journalPath } from '../journal/side-files.js';
import { type FinishedJournal, JournalReader } from '../journal/reader.js';
import { checkPageSums, readStoredSuperblock, repairSuperblock, type StoredSuperblock } from './superblock-copies.js';

/** What the last writer left, and what became of it. */
export interface RecoveredJournal {
  /**
   * `played`: its commit had happened and was rolled forward. `dropped`: incomplete, so its commit never happened;
   * discarded.
   */
  readonly journal: 'none' | 'played' | 'dropped';
  /** Pages that were written in place. */
  readonly pages: number;
}

/** Pages looked at between two steps. */
const PAGES_PER_STEP = 256;

/** Gives the free map of a store of which only the superblock is known to be good. */
export type ReadFreeGroups = (superblock: Superblock) => Iterable<FreeGroup>;

const FROM_SUPERBLOCK: ReadFreeGroups = ({ record }) => record?.freeGroups ?? [];

/**
 * Rolls forward or discards the commit that a journal beside the store holds. Interrupted anywhere, it can be done
 * again. Whoever calls it is the store's only writer.
 *
 * Where page 0 is bad, no commit repairs it and its copy in page 1 counts, nothing is written before all pages have
 * been added up: the next commit then repairs page 0.
 *
 * @param freeGroupsOf where the free map is, if not in the superblock
 * @throws StoreError `JOURNAL_FOREIGN`, `JOURNAL_CORRUPTED`, `UNSUPPORTED_VERSION`, `IO_ERROR`, and when page 0 is
 *   damaged and nothing can repair it what `decodeSuperblock` throws: nothing was changed then
 */
export function* recover(
  files: FileSystem,
  storeFile: StoreFile,
  freeGroupsOf = FROM_SUPERBLOCK,
): Steps<RecoveredJournal> {
  const stored = readStoredSuperblock(storeFile);
  const journal = JournalReader.open(files, storeFile.path);
  try {
    const committed = journal !== undefined && (yield* isCommitted(storeFile, stored.page, journal));
    if (committed) {
      yield* makeDurable(files, stored, journal);
      repairSuperblock(storeFile, stored.page, stored.outdated);
      storeFile.sync();
      yield* rollForward(storeFile, journal);
    } else if (stored.isCopy) {
      const superblock = decodeSuperblock(stored.page);
      yield* checkPageSums(storeFile, superblock, freeGroupsOf(superblock));
    }
    if (journal === undefined) return { journal: 'none', pages: 0 };
    files.unlink(journalPath(storeFile.path));
    files.syncDirectory(storeFile.path);
    return committed ? { journal: 'played', pages: pagesOf(journal) } : { journal: 'dropped', pages: 0 };
  } finally {
    journal?.close();
  }
}

/**
 * Whether a journal holds a commit of the store with this superblock page. One that is not complete holds none, and its
 * store is as it was: page 0 is the first to change, and only once the journal is on disk.
 *
 * @param superblock the page that counts; where none is whole, the pages that the journal holds tell
 * @throws StoreError `JOURNAL_FOREIGN`, `JOURNAL_CORRUPTED`, what `decodeSuperblock` throws
 */
export function* isCommitted(storeFile: StoreFile, superblock: Buffer, journal: JournalReader): Steps<boolean> {
  const { finished } = journal;
  const isComplete = yield* journal.isComplete();
  if (finished === undefined || !isComplete) {
    if (finished !== undefined && superblock.equals(finished.next)) throw corruptedJournal(journal);
    decodeSuperblock(superblock);
    return false;
  }
  const isOurs = superblock.equals(finished.base) || superblock.equals(finished.next);
  if (!isOurs && superblock.length === PAGE_SIZE && hasValidChecksum(superblock)) {
    throw foreignJournal(journal, 'the superblock is neither the one before the commit nor the one after', 0);
  }
  yield* checkPages(storeFile, journal);
  return true;
}

/**
 * Removes an incomplete journal from where a store is to be made: it would be taken for the new store's.
 *
 * @throws StoreError `JOURNAL_FOREIGN` when it holds the commit of a store that is gone, `UNSUPPORTED_VERSION`,
 *   `IO_ERROR`
 */
export function* discardStaleJournal(files: FileSystem, storePath: string): Steps<void> {
  const journal = JournalReader.open(files, storePath);
  if (journal === undefined) return;
  try {
    const isComplete = yield* journal.isComplete();
    if (isComplete) throw foreignJournal(journal, 'there is no store beside it', 0);
    files.unlink(journal.path);
  } finally {
    journal.close();
  }
}

export function corruptedJournal({ path }: JournalReader): StoreError {
  const message = `the journal ${path} is damaged, and its commit is already half in the store`;
  return new StoreError('JOURNAL_CORRUPTED', message, { path }, 'restore the store from a copy, or replay its log');
}

/** Pages that a commit writes in place. */
function pagesOf(journal: JournalReader): number {
  const { header, next } = journal.finished as FinishedJournal;
  return formatOfSuperblock(next).superblock.pageIds.length + header.pageCount;
}

/** No page is written into a store that the journal was not made for. */
function* checkPages(storeFile: StoreFile, journal: JournalReader): Steps<void> {
  const { next } = journal.finished as FinishedJournal;
  const expected = decodeSuperblock(next).nextPageId * BigInt(PAGE_SIZE);
  if (BigInt(storeFile.file().size()) < expected) throw foreignJournal(journal, 'pages of the commit are missing', 0);
  const page = Buffer.allocUnsafe(PAGE_SIZE);
  const pace = new Pace(PAGES_PER_STEP);
  for (const { pageId, oldCrc, newCrc } of journal.pages()) {
    storeFile.readPage(pageId, page);
    const found = storedCrc(page);
    // A page that is not whole was cut short when it was being written: the journal repairs it.
    if (found !== oldCrc && found !== newCrc && hasValidChecksum(page)) {
      throw foreignJournal(journal, `page ${pageId} is neither as before the commit nor as after it`, pageId);
    }
    if (pace.isDue()) yield;
  }
}

function foreignJournal({ path }: JournalReader, why: string, page: number): StoreError {
  return new StoreError(
    'JOURNAL_FOREIGN',
    `the journal ${path} belongs to another state of the store: ${why}`,
    { path, page },
    'put back the store file that the journal was made beside, or move the journal away to read this one without it',
  );
}

/**
 * A writer that was killed, or whose sync failed, may have left a journal that is complete and not on disk. After a
 * sync that failed the system may take what it lost for written, so that only what is written again is known to be
 * there after the next one. Once page 0 has changed the journal was on disk; where page 1 counts, page 0 may have been
 * as it is before that.
 */
function* makeDurable(files: FileSystem, stored: StoredSuperblock, journal: JournalReader): Steps<void> {
  const { base } = journal.finished as FinishedJournal;
  if (stored.isCopy || stored.firstPage.equals(base)) yield* journal.rewrite(files);
  files.syncDirectory(journal.path);
}

function* rollForward(storeFile: StoreFile, journal: JournalReader): Steps<void> {
  const { next } = journal.finished as FinishedJournal;
  for (const pageId of formatOfSuperblock(next).superblock.pageIds) storeFile.writePage(pageId, next);
  storeFile.flush();
  const image = Buffer.allocUnsafe(PAGE_SIZE);
  const pace = new Pace(PAGES_PER_STEP);
  for (const { pageId, slot } of journal.pages()) {
    journal.readImage(slot, image);
    storeFile.writePage(pageId, image);
    if (pace.isDue()) yield;
  }
  storeFile.flush();
  storeFile.sync();
}
