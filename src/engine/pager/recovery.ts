/** What opening a store does with a journal that the last writer left: put it in place, discard it, or refuse it. */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { hasValidChecksum, storedCrc } from '../journal/format.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { FreeGroup, Superblock } from '../format/superblock.js';
import { decodeSuperblock, formatOfSuperblock } from '../format/superblock-page.js';
import { Pace, type Steps } from '../steps.js';
import type { StoreFile } from './store-file.js';
import { journalPath } from '../journal/side-files.js';
import { JournalIndex } from '../journal/index.js';
import { type JournalPage, JournalReader, type Segment } from '../journal/reader.js';
import { checkPageSums, readStoredSuperblock, repairSuperblock, type StoredSuperblock } from './superblock-copies.js';

/** What the last writer left, and what became of it. */
export interface RecoveredJournal {
  /**
   * `played`: its commits had happened and were put in place. `dropped`: incomplete, so its commit never happened;
   * discarded.
   */
  readonly journal: 'none' | 'played' | 'dropped';
  /** Pages that were written in place. */
  readonly pages: number;
}

/** Pages looked at between two steps. */
const PAGES_PER_STEP = 256;

/** The old checksum of a page that nothing committed pointed to: the store file may hold anything there. */
const NEW_PAGE = 0;

/** Gives the free map of a store of which only the superblock is known to be good. */
export type ReadFreeGroups = (superblock: Superblock) => Iterable<FreeGroup>;

const FROM_SUPERBLOCK: ReadFreeGroups = ({ record }) => record?.freeGroups ?? [];

/**
 * Puts in place the commits that a journal beside the store holds, or discards it. Interrupted anywhere, it can be done
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
    const committed = journal !== undefined && (yield* dropUncommitted(storeFile, stored.page, journal, true));
    let pages = 0;
    if (committed) {
      yield* makeDurable(files, stored, journal);
      repairSuperblock(storeFile, stored.page, stored.outdated);
      storeFile.sync();
      pages = yield* rollForward(storeFile, journal);
    } else if (stored.isCopy) {
      const superblock = decodeSuperblock(stored.page);
      yield* checkPageSums(storeFile, superblock, freeGroupsOf(superblock));
    }
    if (journal === undefined) return { journal: 'none', pages: 0 };
    files.unlink(journalPath(storeFile.path));
    files.syncDirectory(storeFile.path);
    return { journal: committed ? 'played' : 'dropped', pages };
  } finally {
    journal?.close();
  }
}

/**
 * Leaves the commits in a journal that have happened, and says whether there are any. The last segment counts when it
 * is complete; all before it did when it was begun. Where none counts the store is as it was: page 0 changes only once
 * all segments are on disk.
 *
 * @param superblock the page that counts; where none is whole, the pages that the journal holds tell
 * @param isThorough look at every byte: where the journal is about to be played in, or removed
 * @throws StoreError `JOURNAL_FOREIGN`, `JOURNAL_CORRUPTED`, what `decodeSuperblock` throws
 */
export function* dropUncommitted(
  storeFile: StoreFile,
  superblock: Buffer,
  journal: JournalReader,
  isThorough: boolean,
): Steps<boolean> {
  if (isThorough) yield* checkAllButLast(journal);
  yield* dropIncompleteLast(superblock, journal);
  if (journal.segments.length === 0) {
    decodeSuperblock(superblock);
    return false;
  }
  const isOurs = superblock.equals(journal.base) || superblock.equals(journal.next);
  if (!isOurs && superblock.length === PAGE_SIZE && hasValidChecksum(superblock)) {
    throw foreignJournal(journal, 'the superblock is neither the one before its commits nor the one after', 0);
  }
  yield* checkPages(storeFile, journal, isThorough ? journal.segments : journal.segments.slice(0, 1));
  return true;
}

function* checkAllButLast(journal: JournalReader): Steps<void> {
  for (const segment of journal.segments.slice(0, -1)) {
    const isComplete = yield* journal.isComplete(segment);
    if (!isComplete) throw corruptedJournal(journal);
  }
  const hasLater = yield* journal.hasLater();
  if (hasLater) throw corruptedJournal(journal);
}

function* dropIncompleteLast(superblock: Buffer, journal: JournalReader): Steps<void> {
  const last = journal.segments.at(-1);
  if (last === undefined) return;
  const isComplete = yield* journal.isComplete(last);
  if (isComplete) return;
  if (superblock.equals(journal.next) || journal.isSynced()) throw corruptedJournal(journal);
  journal.dropLast();
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
    const [first] = journal.segments;
    const holdsCommit = first !== undefined && (yield* journal.isComplete(first));
    if (holdsCommit) throw foreignJournal(journal, 'there is no store beside it', 0);
    files.unlink(journal.path);
  } finally {
    journal.close();
  }
}

function corruptedJournal({ path }: JournalReader): StoreError {
  const message = `the journal ${path} is damaged, and with it a commit that had happened`;
  return new StoreError('JOURNAL_CORRUPTED', message, { path }, 'restore the store from a copy, or replay its log');
}

/**
 * No page is written into a store that the journal was not made for: each is as before the first commit that changes
 * it, as after the last one, or not whole.
 *
 * @param segments whose pages are looked at: for who only reads, those of the first say enough
 */
function* checkPages(storeFile: StoreFile, journal: JournalReader, segments: readonly Segment[]): Steps<void> {
  const { placedLength } = (journal.segments.at(-1) as Segment).header;
  if (BigInt(storeFile.file().size()) < placedLength) {
    throw foreignJournal(journal, 'pages that were there before its commits are missing', 0);
  }
  const page = Buffer.allocUnsafe(PAGE_SIZE);
  const pace = new Pace(PAGES_PER_STEP);
  let newest: JournalIndex | undefined;
  for (const { pageId, oldCrc, newCrc, image } of firstImages(journal, segments)) {
    if (pace.isDue()) yield;
    if (oldCrc === NEW_PAGE) continue;
    storeFile.readPage(pageId, page);
    const found = storedCrc(page);
    if (found === oldCrc || found === newCrc) continue;
    newest ??= indexOf(journal, journal.segments);
    const newestImage = newest.slotOf(pageId);
    if (newestImage !== image && found === crcOf(journal, newestImage)) continue;
    // A page that is not whole was cut short when it was being written: the journal repairs it.
    if (!hasValidChecksum(page)) continue;
    throw foreignJournal(journal, `page ${pageId} is neither as before its commits nor as after them`, pageId);
  }
}

/** The images that the first segments have that hold a page: their entries tell what it was before. */
function* firstImages(journal: JournalReader, segments: readonly Segment[]): Generator<JournalPage> {
  const first = indexOf(journal, segments.toReversed());
  for (const segment of segments) {
    for (const page of journal.pages(segment)) if (first.slotOf(page.pageId) === page.image) yield page;
  }
}

/**
 * Where the pages of segments are: of a page that several hold, in the last of them.
 *
 * @param index to be added to
 * @throws StoreError `JOURNAL_CORRUPTED`
 */
export function indexOf(
  journal: JournalReader,
  segments: readonly Segment[],
  index = new JournalIndex(),
): JournalIndex {
  for (const segment of segments) if (!journal.addTo(index, segment)) throw corruptedJournal(journal);
  return index;
}

function crcOf(journal: JournalReader, image: number): number {
  const page = Buffer.allocUnsafe(PAGE_SIZE);
  journal.readImage(image, page);
  return storedCrc(page);
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
  if (stored.isCopy || stored.firstPage.equals(journal.base)) yield* journal.rewrite(files);
  files.syncDirectory(journal.path);
}

/** @returns how many pages were written */
function* rollForward(storeFile: StoreFile, journal: JournalReader): Steps<number> {
  const { next } = journal;
  const superblockPages = formatOfSuperblock(next).superblock.pageIds;
  for (const pageId of superblockPages) storeFile.writePage(pageId, next);
  storeFile.flush();
  const newest = indexOf(journal, journal.segments);
  const pageIds = newest.pageIds();
  const image = Buffer.allocUnsafe(PAGE_SIZE);
  const pace = new Pace(PAGES_PER_STEP);
  for (const pageId of pageIds) {
    journal.readImage(newest.slotOf(pageId), image);
    storeFile.writePage(pageId, image);
    if (pace.isDue()) yield;
  }
  storeFile.flush();
  const length = Number(decodeSuperblock(next).nextPageId) * PAGE_SIZE;
  if (storeFile.file().size() < length) storeFile.setLength(length);
  storeFile.sync();
  return superblockPages.length + pageIds.length;
}
