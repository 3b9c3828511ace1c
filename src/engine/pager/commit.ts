import type { PageCache } from '../cache/page-cache.js';
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import type { StoreFile } from './store-file.js';
import type { JournalWriter } from '../journal/writer.js';
import { checkLock, checkStillOurs } from './still-ours.js';

/** Whether a commit that failed stands. Unknown means that opening the store again finds it out. */
export type Outcome = typeof NOT_COMMITTED | typeof UNKNOWN | typeof COMMITTED;
export const NOT_COMMITTED = 'not committed';
const UNKNOWN = 'unknown';
const COMMITTED = 'committed';

const SAYS: Readonly<Record<Outcome, string>> = {
  [NOT_COMMITTED]: 'nothing was committed, the store is as it was',
  [UNKNOWN]: 'whether the commit stands is not known before the store is opened again',
  [COMMITTED]: 'the commit stands, and is finished when the store is next opened to be written',
};

/** Pages written between two steps. */
const PAGES_PER_STEP = 256;

/** The superblock pages before and after, and where the pages that are new begin. */
interface Change {
  /** Undefined for a store that is being made. */
  readonly base: Buffer | undefined;
  readonly next: Buffer;
  readonly committedPages: number;
}

/**
 * Makes a change of the store durable, in an order that a crash anywhere in it cannot break:
 *
 * 1. pages that are new are written past the committed end, where nothing points to them, and synced;
 * 2. the journal gets all others, and then, when store and lock are still the ones that were opened and taken, its
 *    header, which says what it is based on;
 * 3. journal and directory are synced: from here on the change stands;
 * 4. the pages go to their places, the superblock first, and are synced;
 * 5. the journal is removed, and the directory synced.
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

  /** @param pageCount pages of the store afterwards */
  *steps(pageCount: number): Steps<void> {
    const { storeFile, change } = this;
    checkStillOurs(storeFile);
    yield* this.#writeNew();
    storeFile.setLength(pageCount * PAGE_SIZE);
    if (change.base === undefined) {
      this.#publish();
      return;
    }
    storeFile.sync();
    yield* this.#writeJournal(change.base, pageCount);
    yield* this.#writeInPlace();
    this.journal.remove();
  }

  /** An error of this commit, with how far it had come. */
  described(error: unknown): unknown {
    if (!(error instanceof StoreError)) return error;
    const facts = { ...error.facts, outcome: this.outcome };
    return new StoreError(error.code, `${error.message}: ${SAYS[this.outcome]}`, facts, error.hint, { cause: error });
  }

  *#writeNew(): Steps<void> {
    const { committedPages } = this.change;
    const frames = this.#changedFrames((pageId) => pageId >= committedPages);
    const spilled = this.journal.pageIds(committedPages, Infinity);
    for (const frame of frames) frame.finalize();
    yield* this.#writeToStore(inOrder(frames, spilled));
    if (spilled.length > 0) this.journal.forgetFrom(committedPages);
  }

  #publish(): void {
    this.storeFile.writePage(0, this.change.next);
    this.storeFile.flush();
    this.storeFile.sync();
    this.storeFile.setCommittedLength();
    checkStillOurs(this.storeFile);
    this.storeFile.publish();
    this.outcome = UNKNOWN;
    this.storeFile.finishPublishing();
    this.journal.clear();
  }

  *#writeJournal(base: Buffer, pageCount: number): Steps<void> {
    const { storeFile, journal, change } = this;
    let written = 0;
    for (const frame of this.#changedFrames((pageId) => pageId < change.committedPages)) {
      frame.finalize();
      journal.write({ pageId: frame.pageId, oldCrc: frame.diskCrc, newCrc: frame.storedCrc }, frame.bytes);
      if (++written % PAGES_PER_STEP === 0) yield;
    }
    yield* journal.finish(base, change.next, change.committedPages * PAGE_SIZE, () => {
      checkStillOurs(storeFile);
    });
    this.outcome = UNKNOWN;
    storeFile.setCommittedLength(pageCount * PAGE_SIZE);
    journal.sync();
    this.files.syncDirectory(storeFile.path);
    // Another writer who came meanwhile has played the journal in, or dropped it: its pages must not be written over.
    checkLock(storeFile);
    this.outcome = COMMITTED;
  }

  *#writeInPlace(): Steps<void> {
    const { storeFile, journal, change } = this;
    storeFile.writePage(0, change.next);
    storeFile.flush();
    yield* this.#writeToStore(journal.pageIds(0, change.committedPages));
    storeFile.sync();
  }

  /** Writes pages from where their newest copy is, which is then the one in the store file. */
  *#writeToStore(pageIds: Iterable<number>): Steps<void> {
    const { storeFile, journal, cache } = this;
    const spilled = Buffer.allocUnsafe(PAGE_SIZE);
    let written = 0;
    for (const pageId of pageIds) {
      const frame = cache.peek(pageId);
      if (frame?.dirty !== true) journal.readImage(pageId, spilled);
      storeFile.writePage(pageId, frame?.dirty === true ? frame.bytes : spilled);
      if (frame !== undefined) {
        frame.dirty = false;
        frame.diskCrc = frame.storedCrc;
      }
      if (++written % PAGES_PER_STEP === 0) yield;
    }
    storeFile.flush();
  }

  #changedFrames(isAsked: (pageId: number) => boolean): Frame[] {
    return this.cache.dirtyFrames().filter(({ pageId }) => isAsked(pageId));
  }
}

/** The ids of pages that are in frames, in the journal or in both, ascending. */
function inOrder(frames: readonly Frame[], spilled: Uint32Array): Iterable<number> {
  if (spilled.length === 0) return frames.map(({ pageId }) => pageId);
  const pageIds = new Uint32Array(frames.length + spilled.length);
  frames.forEach(({ pageId }, index) => (pageIds[index] = pageId));
  pageIds.set(spilled, frames.length);
  return pageIds.sort().filter((pageId, index) => index === 0 || pageId !== pageIds[index - 1]);
}
