/** One commit: the order of writes and syncs that a crash cannot break. */
import type { PageCache } from '../cache/page-cache.js';
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import { storedCrc } from '../journal/format.js';
import { Pace, type Steps } from '../steps.js';
import type { StoreFile } from './store-file.js';
import { journalPath } from '../journal/side-files.js';
import type { JournalWriter } from '../journal/writer.js';
import type { PageAllocator } from './page-allocator.js';
import { entryOf, inOrder } from './page-copies.js';
import { checkWhole } from './page-reader.js';
import { checkLock, checkStillOurs, replacedStore } from './still-ours.js';
import { repairSuperblock } from './superblock-copies.js';
import type { RunningSums } from './sums.js';

/** Whether a failed commit took effect. `unknown`: opening the store again finds it out. */
export type Outcome = typeof NOT_COMMITTED | typeof UNKNOWN | typeof COMMITTED;
export const NOT_COMMITTED = 'not committed';
const UNKNOWN = 'unknown';
export const COMMITTED = 'committed';

const SAYS: Readonly<Record<Outcome, string>> = {
  [NOT_COMMITTED]: 'nothing was committed, the store is as it was',
  [UNKNOWN]: 'whether the commit happened is not known before the store is opened again',
  [COMMITTED]: 'the commit happened, and is finished when the store is next opened to be written',
};

/** Pages written between two steps. */
const PAGES_PER_STEP = 256;

/**
 * A commit with more new pages than these writes them in place, and syncs the store before the journal: so they are
 * written once. Fewer go through the journal, which saves the sync.
 */
const JOURNALLED_NEW_PAGES_MAX = 256;

/** A page that is read for its checksum only. */
const freedPage = Buffer.alloc(PAGE_SIZE);

/** What is to be committed. */
interface Change {
  readonly format: StoreFormat;
  /** The superblock page that it is based on; undefined for a store that is being made. */
  readonly base: Buffer | undefined;
  /** The pages that should be equal to that one, and are not. */
  readonly outdated: readonly number[];
  readonly allocator: PageAllocator;
  /** Absent where the superblock records none. */
  readonly sums: RunningSums | undefined;
  /** Makes the superblock page that it leads to, when all pages are final. */
  readonly makeNext: () => Buffer;
}

/**
 * Makes a change of the store durable, in an order that a crash anywhere in it cannot break:
 *
 * 1. *new pages*: where there are many, or some are in place already, what nothing committed points to, past the
 *    committed end or taken from the free map, is written in place, and a superblock page that was lost as the last
 *    commit had it; synced;
 * 2. *journal*: a segment gets all other pages, and then, when store and lock are still the ones that were opened and
 *    taken, its header, which says what it is based on; the journal is synced, and when it is new the directory: from
 *    here on the change is committed.
 *
 * The pages come in place with a checkpoint (`placeJournal`).
 *
 * Pages that the change has freed are not written at all: once it is in place they may be overwritten.
 *
 * A store that is being made needs no journal: it has its name only when all of it is on disk.
 */
export class Commit {
  outcome: Outcome = NOT_COMMITTED;

  constructor(
    private readonly storeFile: StoreFile,
    private readonly journal: JournalWriter,
    private readonly cache: PageCache,
    private readonly change: Change,
  ) {}

  /** @returns the superblock page that the store has now */
  *steps(): Steps<Buffer> {
    const { storeFile } = this;
    const { base, outdated } = this.change;
    this.#checkStillOurs();
    yield* this.#forgetFreed();
    const newFrames = this.#newFrames();
    const placesNew = base === undefined || storeFile.isUnsynced || newFrames.length > JOURNALLED_NEW_PAGES_MAX;
    if (placesNew) yield* this.#writeNew(newFrames);
    if (base === undefined) return this.#publish();
    if (outdated.length > 0) {
      repairSuperblock(storeFile, base, outdated);
      storeFile.base = base;
    }
    storeFile.sync();
    return yield* this.#writeJournal(base);
  }

  /** Pages of the file before a cut: as long as the commit may not be in place, all that page 0 points to. */
  get #longestPageCount(): number {
    const { allocator, base } = this.change;
    return base === undefined ? allocator.nextPageCount : Math.max(allocator.committedPages, allocator.nextPageCount);
  }

  *#forgetFreed(): Steps<void> {
    const { journal, cache } = this;
    const { allocator, sums } = this.change;
    const pace = new Pace(PAGES_PER_STEP);
    let spilled = 0;
    for (const pageId of allocator.freedPages()) {
      sums?.count(pageId, this.#countedCrc(pageId), 0);
      cache.drop(pageId);
      if (journal.has(pageId)) spilled++;
      if (pace.isDue()) yield;
    }
    if (spilled > 0) journal.forget((pageId) => allocator.isFreed(pageId));
  }

  /** The checksum with which a page counts in the page sums: that of the last commit, 0 if it was not there. */
  #countedCrc(pageId: number): number {
    const frame = this.cache.peek(pageId);
    if (frame !== undefined) return frame.diskCrc;
    if (this.journal.has(pageId)) return this.journal.entry(pageId).oldCrc;
    if (this.journal.readCommitted(pageId, freedPage)) return storedCrc(freedPage);
    checkWhole(pageId, 1, this.storeFile.readPage(pageId, freedPage));
    return storedCrc(freedPage);
  }

  *#writeNew(frames: readonly Frame[]): Steps<void> {
    const { allocator, sums } = this.change;
    const isNew = (pageId: number): boolean => allocator.isNew(pageId);
    const spilled = this.journal.pageIds(isNew);
    for (const frame of frames) frame.finalize();
    const pageIds = inOrder(frames, spilled);
    if (sums !== undefined) this.#countNew(pageIds, sums);
    yield* this.#writeToStore(pageIds);
    if (spilled.length > 0) this.journal.forget(isNew);
    this.storeFile.setLength(this.#longestPageCount * PAGE_SIZE);
  }

  #countNew(pageIds: Iterable<number>, sums: RunningSums): void {
    for (const pageId of pageIds) {
      const frame = this.cache.peek(pageId);
      const { oldCrc, newCrc } = frame?.dirty === true ? entryOf(frame, frame) : this.journal.entry(pageId);
      sums.count(pageId, oldCrc, newCrc);
    }
  }

  #publish(): Buffer {
    const { storeFile } = this;
    const { format, allocator, makeNext } = this.change;
    const pageCount = allocator.nextPageCount;
    const next = makeNext();
    // From when page 0 is a store's, the page past the end alone says that the file is a temporary one of ours.
    storeFile.markTemporary(pageCount);
    storeFile.sync();
    for (const pageId of format.superblock.pageIds) storeFile.writePage(pageId, next);
    storeFile.flush();
    storeFile.sync();
    storeFile.setCommittedLength(pageCount * PAGE_SIZE);
    checkStillOurs(storeFile);
    storeFile.publish();
    this.outcome = UNKNOWN;
    storeFile.finishPublishing();
    storeFile.setLength(pageCount * PAGE_SIZE);
    storeFile.base = next;
    this.journal.clear();
    return next;
  }

  /** All new pages that had to be in place are: what is left goes to the journal. */
  *#writeJournal(base: Buffer): Steps<Buffer> {
    const { storeFile, journal, cache } = this;
    const { format, sums, makeNext } = this.change;
    const pace = new Pace(PAGES_PER_STEP);
    for (const frame of cache.dirtyFrames()) {
      frame.finalize();
      journal.write(entryOf(frame, frame), frame.bytes);
      if (pace.isDue()) yield;
    }
    const next = yield* journal.finish({
      version: format.journalVersion,
      base,
      placedLength: storeFile.syncedSize,
      onPage:
        sums &&
        (({ pageId, oldCrc, newCrc }) => {
          sums.count(pageId, oldCrc, newCrc);
        }),
      makeNext,
      check: () => {
        this.#checkStillOurs();
        // A journal that holds commits stays when the header cannot be written, as far as it was.
        if (journal.segments > 0) this.outcome = UNKNOWN;
      },
    });
    this.outcome = UNKNOWN;
    storeFile.setCommittedLength(this.#longestPageCount * PAGE_SIZE);
    journal.sync();
    // Another writer who came meanwhile has rolled the journal forward, or discarded it: its pages must not be written
    // over.
    checkLock(storeFile);
    this.outcome = COMMITTED;
    this.#settleFrames();
    return next;
  }

  /** What frames hold is what the last commit left, now. */
  #settleFrames(): void {
    for (const pageId of this.journal.pageIds(() => true)) {
      const frame = this.cache.peek(pageId);
      if (frame !== undefined) this.#settle(frame);
    }
  }

  #checkStillOurs(): void {
    checkStillOurs(this.storeFile);
    if (this.journal.isLost) throw replacedStore(journalPath(this.storeFile.path), 'was removed or replaced');
  }

  /** Writes pages from where their newest copy is, which is then the one in the store file. */
  *#writeToStore(pageIds: Iterable<number>): Steps<void> {
    const { storeFile, journal, cache } = this;
    const spilled = Buffer.allocUnsafe(PAGE_SIZE);
    const pace = new Pace(PAGES_PER_STEP);
    for (const pageId of pageIds) {
      const frame = cache.peek(pageId);
      if (frame?.dirty !== true) journal.readImage(pageId, spilled);
      storeFile.writePage(pageId, frame?.dirty === true ? frame.bytes : spilled);
      if (frame !== undefined) this.#settle(frame);
      if (pace.isDue()) yield;
    }
    storeFile.flush();
  }

  /** The newest copy of a page is not in its frame alone any more. */
  #settle(frame: Frame): void {
    this.cache.markClean(frame);
    frame.diskCrc = frame.storedCrc;
  }

  /** Frames of new pages that are to be written. */
  #newFrames(): Frame[] {
    const { allocator } = this.change;
    return this.cache.dirtyFrames().filter(({ pageId }) => allocator.isNew(pageId));
  }
}

/** An error of a commit, with how far it had come. */
export function withOutcome(error: unknown, outcome: Outcome): unknown {
  if (!(error instanceof StoreError)) return error;
  const facts = { ...error.facts, outcome };
  return new StoreError(error.code, `${error.message}: ${SAYS[outcome]}`, facts, error.hint, { cause: error });
}
