/** One commit: the order of writes and syncs that a crash cannot break. */
import type { PageCache } from '../cache/page-cache.js';
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import { storedCrc } from '../journal/format.js';
import { Pace, type Steps } from '../steps.js';
import type { StoreFile } from './store-file.js';
import type { JournalWriter } from '../journal/writer.js';
import type { PageAllocator } from './page-allocator.js';
import { entryOf, inOrder } from './page-copies.js';
import { checkWhole } from './page-reader.js';
import { checkLock, checkStillOurs } from './still-ours.js';
import { repairSuperblock } from './superblock-copies.js';
import type { RunningSums } from './sums.js';

/** Whether a failed commit took effect. `unknown`: opening the store again finds it out. */
export type Outcome = typeof NOT_COMMITTED | typeof UNKNOWN | typeof COMMITTED;
export const NOT_COMMITTED = 'not committed';
const UNKNOWN = 'unknown';
const COMMITTED = 'committed';

const SAYS: Readonly<Record<Outcome, string>> = {
  [NOT_COMMITTED]: 'nothing was committed, the store is as it was',
  [UNKNOWN]: 'whether the commit happened is not known before the store is opened again',
  [COMMITTED]: 'the commit happened, and is finished when the store is next opened to be written',
};

/** Pages written between two steps. */
const PAGES_PER_STEP = 256;

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
 * 1. *new pages*: what nothing committed points to, past the committed end or taken from the free map, is written in
 *    place, and a superblock page that was lost as the last commit had it; synced;
 * 2. *journal*: it gets all other pages, and then, when store and lock are still the ones that were opened and taken,
 *    its header, which says what it is based on; journal and directory are synced: from here on the change is
 *    committed;
 * 3. *in place*: page 0 is written, then the others, then the copy of page 0 where the format has one; synced;
 * 4. *remove*: the journal is removed, and the directory synced;
 * 5. *cut*: where the store has become shorter its file is, too.
 *
 * Pages that the change has freed are not written at all: from the next commit on they may be overwritten, and a
 * journal with their images that came back then, after a sync of the directory was lost, would be taken for another
 * store's.
 *
 * A store that is being made needs no journal: it has its name only when all of it is on disk.
 */
export class Commit {
  outcome: Outcome = NOT_COMMITTED;

  constructor(
    private readonly files: FileSystem,
    private readonly storeFile: StoreFile,
    private readonly journal: JournalWriter,
    private readonly cache: PageCache,
    private readonly change: Change,
  ) {}

  /** @returns the superblock page that the store has now */
  *steps(): Steps<Buffer> {
    const { storeFile } = this;
    const { allocator, base } = this.change;
    const pageCount = allocator.nextPageCount;
    checkStillOurs(storeFile);
    yield* this.#forgetFreed();
    yield* this.#writeNew();
    storeFile.setLength(this.#longestPageCount * PAGE_SIZE);
    if (base === undefined) return this.#publish(pageCount);
    repairSuperblock(storeFile, base, this.change.outdated);
    storeFile.base = base;
    storeFile.sync();
    const next = yield* this.#writeJournal(base);
    yield* this.#writeInPlace(next);
    this.journal.remove();
    if (pageCount < allocator.committedPages) this.#cut(pageCount);
    return next;
  }

  /** An error of this commit, with how far it had come. */
  described(error: unknown): unknown {
    if (!(error instanceof StoreError)) return error;
    const facts = { ...error.facts, outcome: this.outcome };
    return new StoreError(error.code, `${error.message}: ${SAYS[this.outcome]}`, facts, error.hint, { cause: error });
  }

  /** Pages of the file before the cut: as long as the commit may not have happened, all that it points to now. */
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

  /** The checksum with which a page counts in the page sums: that which it has in the store file, 0 if it has none. */
  #countedCrc(pageId: number): number {
    const frame = this.cache.peek(pageId);
    if (frame !== undefined) return frame.diskCrc;
    if (this.journal.has(pageId)) return this.journal.entry(pageId).oldCrc;
    checkWhole(pageId, 1, this.storeFile.readPage(pageId, freedPage));
    return storedCrc(freedPage);
  }

  *#writeNew(): Steps<void> {
    const { allocator, sums } = this.change;
    const isNew = (pageId: number): boolean => allocator.isNew(pageId);
    const frames = this.#changedFrames(isNew);
    const spilled = this.journal.pageIds(isNew);
    for (const frame of frames) frame.finalize();
    const pageIds = inOrder(frames, spilled);
    if (sums !== undefined) this.#countNew(pageIds, sums);
    yield* this.#writeToStore(pageIds);
    if (spilled.length > 0) this.journal.forget(isNew);
  }

  #countNew(pageIds: Iterable<number>, sums: RunningSums): void {
    for (const pageId of pageIds) {
      const frame = this.cache.peek(pageId);
      const { oldCrc, newCrc } = frame?.dirty === true ? entryOf(frame, frame) : this.journal.entry(pageId);
      sums.count(pageId, oldCrc, newCrc);
    }
  }

  #publish(pageCount: number): Buffer {
    const { storeFile } = this;
    const { format, makeNext } = this.change;
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
    this.journal.clear();
    return next;
  }

  *#writeJournal(base: Buffer): Steps<Buffer> {
    const { storeFile, journal } = this;
    const { format, allocator, sums, makeNext } = this.change;
    const pace = new Pace(PAGES_PER_STEP);
    for (const frame of this.#changedFrames((pageId) => !allocator.isNew(pageId))) {
      frame.finalize();
      journal.write(entryOf(frame, frame), frame.bytes);
      if (pace.isDue()) yield;
    }
    const next = yield* journal.finish({
      version: format.journalVersion,
      base,
      baseLength: allocator.committedPages * PAGE_SIZE,
      onPage:
        sums &&
        (({ pageId, oldCrc, newCrc }) => {
          sums.count(pageId, oldCrc, newCrc);
        }),
      makeNext,
      check: () => {
        checkStillOurs(storeFile);
      },
    });
    this.outcome = UNKNOWN;
    storeFile.setCommittedLength(this.#longestPageCount * PAGE_SIZE);
    journal.sync();
    this.files.syncDirectory(storeFile.path);
    // Another writer who came meanwhile has rolled the journal forward, or discarded it: its pages must not be written
    // over.
    checkLock(storeFile);
    this.outcome = COMMITTED;
    return next;
  }

  *#writeInPlace(next: Buffer): Steps<void> {
    const { storeFile, journal } = this;
    const [first, ...copies] = this.change.format.superblock.pageIds;
    storeFile.writePage(first, next);
    storeFile.flush();
    yield* this.#writeToStore(journal.pageIds(() => true));
    for (const pageId of copies) storeFile.writePage(pageId, next);
    storeFile.flush();
    storeFile.sync();
  }

  #cut(pageCount: number): void {
    this.storeFile.setLength(pageCount * PAGE_SIZE);
    this.storeFile.setCommittedLength(pageCount * PAGE_SIZE);
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
      if (frame !== undefined) {
        frame.dirty = false;
        frame.diskCrc = frame.storedCrc;
      }
      if (pace.isDue()) yield;
    }
    storeFile.flush();
  }

  #changedFrames(isAsked: (pageId: number) => boolean): Frame[] {
    return this.cache.dirtyFrames().filter(({ pageId }) => isAsked(pageId));
  }
}
