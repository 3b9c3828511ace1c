/** Brings the commits of a journal to their place in the store file, so that there is one file again. */
import type { PageCache } from '../cache/page-cache.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import type { JournalWriter } from '../journal/writer.js';
import { Pace, type Steps } from '../steps.js';
import type { PageAllocator } from './page-allocator.js';
import type { StoreFile } from './store-file.js';

/** Pages written between two steps. */
const PAGES_PER_STEP = 256;

/** What is on disk in a journal, and where it belongs. */
export interface JournalledState {
  readonly storeFile: StoreFile;
  readonly journal: JournalWriter;
  readonly format: StoreFormat;
  readonly allocator: PageAllocator;
  /** The superblock page of the last commit. */
  readonly superblock: Buffer;
  /** Whose clean frames are pages as the last commit left them; undefined where some may be otherwise. */
  readonly cache: PageCache | undefined;
}

/**
 * Puts all commits of the journal in place, in an order that a crash anywhere in it cannot break. Until the journal is
 * gone it can be done again, from the same images:
 *
 * 1. *in place*: page 0 is written, so that readers of earlier commits see that pages change, then the newest image of
 *    each page, then the copy of page 0 where the format has one; synced;
 * 2. *remove*: the journal is removed, and the directory synced;
 * 3. *cut*: where the store has become shorter its file is, too.
 *
 * What the last commit has freed may be used again after that: page 0 on disk points to none of it then.
 */
export function* placeJournal(state: JournalledState): Steps<void> {
  const { storeFile, journal, format, allocator, superblock } = state;
  const [first, ...copies] = format.superblock.pageIds;
  const length = allocator.committedPages * PAGE_SIZE;
  storeFile.writePage(first, superblock);
  storeFile.flush();
  yield* writeInPlace(state);
  for (const pageId of copies) storeFile.writePage(pageId, superblock);
  storeFile.flush();
  // Pages at the end that were freed before they were ever written have no image.
  if (storeFile.file().size() < length) storeFile.setLength(length);
  storeFile.sync();
  storeFile.base = superblock;
  journal.remove();
  storeFile.setLength(length);
  storeFile.setCommittedLength(length);
}

function* writeInPlace({ storeFile, journal, allocator, cache }: JournalledState): Steps<void> {
  const image = Buffer.allocUnsafe(PAGE_SIZE);
  const pace = new Pace(PAGES_PER_STEP);
  for (const pageId of journal.committedPageIds()) {
    if (allocator.isFree(pageId)) continue;
    const frame = cache?.peek(pageId);
    if (frame === undefined) journal.readCommitted(pageId, image);
    storeFile.writePage(pageId, frame?.bytes ?? image);
    if (pace.isDue()) yield;
  }
  storeFile.flush();
}
