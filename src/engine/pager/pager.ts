/**
 * The pages of a store, changed in memory. Reads come from the newest copy; a savepoint can be rolled back whole;
 * nothing that the store on disk points to is touched before `commit`.
 *
 * Definitions
 *
 * - A page is *free* when the free map of the last commit has it; it is *taken* when it was allocated since then. What
 *   is freed now is free from the next commit on, and cannot be taken before.
 * - A page is *new* when nothing committed points to it: it is past the committed end of the store file, or taken. New
 *   pages may be written in place at any time, because a crash leaves them unreachable; a commit of a few takes them to
 *   the journal instead. All others go through the journal.
 * - A *savepoint* is a group of batches that is applied whole or not at all. Savepoints do not nest.
 * - A frame is *dirty* when it differs from the copy that a later `fetch` would read.
 * - A commit is *in place* when its pages are in the store file. Until then they are in the journal, on disk.
 * - `diskCrc` of a frame is the checksum with which the last commit left the page, or with which a new page was written
 *   since: 0 of one that was not written yet. With it the page counts in the page sums, where the format has them.
 * - An *extent* is a run of new pages that are written once, past the cache, and never changed.
 *
 * Where the newest copy of a page is
 *
 * | page                          | in a frame              | not in a frame                                      |
 * | ----------------------------- | ----------------------- | --------------------------------------------------- |
 * | clean, in place               | the frame, as on disk   | the store file                                      |
 * | clean, not in place           | the frame, as on disk   | the journal (the newest committed image)            |
 * | new                           | the frame               | the store file (spilled there, or of an extent)     |
 * | new, changed in a savepoint   | the frame               | the journal (as an old page), until the commit has  |
 * |   after that of its making    |                         |   written it in place                               |
 * | old, dirty                    | the frame               | the journal (spilled to its slot, CURRENT)          |
 * | old, changed in the savepoint | the frame               | the journal (a second slot, DIRTY; the first: UNDO) |
 * | freed since the last commit   | as before               | as before; the commit drops both                    |
 *
 * What a rollback goes back to
 *
 * | before its first change in the savepoint | kept by `markDirty`                   | rollback              |
 * | ----------------------------------------- | ------------------------------------- | --------------------- |
 * | clean                                     | nothing: a fetch reads it again       | drops the frame       |
 * | dirty, in a frame                         | a copy of the frame, in the undo map, | puts the copy back    |
 * |                                           | or past the undo share in the journal | drops the frame       |
 * | allocated in the savepoint                | nothing                               | drops the frame;      |
 * |                                           |                                       | what was taken can be |
 * |                                           |                                       | taken again           |
 * | freed in the savepoint                    | all copies that there are             | is not freed any more |
 *
 * Invariants
 *
 * - While no savepoint is open, every slot of the journal is CURRENT or free, and the undo map is empty.
 * - A page has a DIRTY slot only if it was changed in the savepoint; its UNDO or CURRENT slot then holds it as it was
 *   before.
 * - Rolling back needs no I/O, and so cannot fail.
 * - No page is free, or freed, and reached. A page that was free is not in the cache, nor in the journal.
 */
import { StoreError } from '../errors.js';
import type { PageCache } from '../cache/page-cache.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import type { StoreRecord, Superblock } from '../format/superblock.js';
import { decodeSuperblock } from '../format/superblock-page.js';
import { JournalWriter } from '../journal/writer.js';
import { runSteps, type Steps } from '../steps.js';
import { ChangedPages } from './changed-pages.js';
import { placeJournal } from './checkpoint.js';
import { Commit, COMMITTED, NOT_COMMITTED, type Outcome, withOutcome } from './commit.js';
import { checkStillOurs } from './still-ours.js';
import type { StoreFile } from './store-file.js';
import type { StoredSuperblock } from './superblock-copies.js';
import type { RunningSums } from './sums.js';

/** What a commit makes the superblock say, beside what the pager knows of the pages. */
export interface CommittedState extends Omit<Superblock, 'nextPageId' | 'record'> {
  /** Present where the format has one. */
  readonly record?: Omit<StoreRecord, 'commitNumber' | 'pageSums' | 'freePages' | 'freeGroups'>;
}

/** How much a pager may take. */
export interface PagerLimits {
  readonly cachePages: number;
  /** What is committed is put in place when the journal has this many bytes (default 64 MiB; 0: with every commit). */
  readonly journalBytes?: number | undefined;
}

/**
 * A checkpoint of more pages costs less for each: commits of 100 random changes come at 21 k changes a second with 64
 * MiB, at 19 k with 32, and at 25 k with 128, which would make readers, and who closes the store, wait for twice as
 * much.
 */
const DEFAULT_JOURNAL_BYTES = 64 * 1024 * 1024;

export class Pager extends ChangedPages {
  /** The superblock page of the last commit. */
  #base: Buffer | undefined;
  /** The pages that should be equal to it, and are not. */
  #outdated: readonly number[];
  #commitNumber: bigint;
  readonly #journalBytes: number;
  /** The commit that is going on, or that failed: how far it has come says what may still be taken back. */
  #commit: Commit | undefined;
  /** Whether a disk operation of a commit has failed: then nothing is known of what was written since. */
  #hasFailed = false;

  /**
   * @param stored the superblock that the store file has; undefined for a store that is being made
   * @param pageCount pages of the file that count: of a new store those of its superblock
   * @throws StoreError `STORE_TOO_LARGE`
   */
  constructor(
    files: FileSystem,
    storeFile: StoreFile,
    readonly format: StoreFormat,
    stored: StoredSuperblock | undefined,
    pageCount: number,
    { cachePages, journalBytes = DEFAULT_JOURNAL_BYTES }: PagerLimits,
  ) {
    const record = stored === undefined ? format.newRecord : decodeSuperblock(stored.page).record;
    super(storeFile, new JournalWriter(files, storeFile), record, pageCount, cachePages);
    storeFile.base = stored?.firstPage;
    this.#journalBytes = journalBytes;
    this.#base = stored?.page;
    this.#outdated = stored?.outdated ?? [];
    this.#commitNumber = record?.commitNumber ?? 0n;
  }

  /**
   * Makes everything since the last commit durable, whole or not at all (`Commit`). It is put in place (`placeJournal`)
   * when the journal has become long, and at once when it gives up pages: those may be used again from then on. It
   * comes in steps, to be run to their end.
   *
   * @param atRest put it in place in any case, so that the store is one file (default false)
   * @throws StoreError `IO_ERROR`, of a new store `STORE_EXISTS`; the fact `outcome` says whether the commit happened.
   *   Nothing works any more then before the store is opened again
   */
  *commit(state: CommittedState, atRest = false): Steps<void> {
    this.checkIdle();
    const { storeFile, cache, format } = this;
    const commit = new Commit(storeFile, this.journal, cache, {
      format,
      base: this.#base,
      outdated: this.#outdated,
      allocator: this.allocator,
      sums: this.sums,
      makeNext: () => format.superblock.encode(this.#superblockOf(state)),
    });
    this.#commit = commit;
    yield* this.#exclusively(this.#commitSteps(commit, atRest), () => commit.outcome);
    this.#commit = undefined;
  }

  /**
   * Puts all commits in place: the store is one file then. Nothing was changed since.
   *
   * @throws StoreError `IO_ERROR`, `LOCK_LOST`, `STORE_REPLACED`; nothing works any more then, and the commits stand
   */
  *checkpoint(): Steps<void> {
    this.checkIdle();
    if (this.journal.segments === 0) return;
    checkStillOurs(this.storeFile);
    yield* this.#exclusively(this.#place(this.cache), () => COMMITTED);
  }

  /** Nothing else works while a commit, or a checkpoint, is going on, nor after it has failed. */
  *#exclusively(work: Steps<void>, outcomeOf: () => Outcome): Steps<void> {
    this.unusable = this.#failure('a commit is going on: its steps must be run to their end first', outcomeOf());
    let isDone = false;
    let cause: unknown;
    try {
      yield* work;
      isDone = true;
    } catch (error) {
      this.#hasFailed = error instanceof StoreError && error.code === 'IO_ERROR';
      cause = withOutcome(error, outcomeOf());
      throw cause;
    } finally {
      const message = `a commit failed (${outcomeOf()}): open the store again`;
      this.unusable = isDone ? undefined : this.#failure(message, outcomeOf(), cause);
    }
  }

  *#commitSteps(commit: Commit, atRest: boolean): Steps<void> {
    const { journal, allocator } = this;
    const isNew = this.#base === undefined;
    const givesUpPages = allocator.freedCount > 0 || allocator.nextPageCount < allocator.committedPages;
    this.#setCommitted(yield* commit.steps());
    if (isNew) return;
    journal.keep();
    if (atRest || givesUpPages || journal.length >= this.#journalBytes) yield* this.#place(this.cache);
    else journal.markSynced();
  }

  *#place(cache: PageCache | undefined): Steps<void> {
    const { storeFile, journal, format, allocator } = this;
    yield* placeJournal({ storeFile, journal, format, allocator, superblock: this.#base as Buffer, cache });
  }

  /** Nothing is to be committed: what batches that failed wrote past the end is cut off. */
  discardTail(): void {
    this.storeFile.discardTail();
  }

  /** Cuts off pages that nothing points to. No savepoint was begun yet. */
  truncateTo(pageCount: number): void {
    this.storeFile.setLength(pageCount * PAGE_SIZE);
    this.storeFile.setCommittedLength();
    this.allocator.truncateTo(pageCount);
  }

  /**
   * Puts what was committed in place, and lets go of the files. What was not committed is gone.
   *
   * @throws StoreError `IO_ERROR`, `LOCK_LOST`, `STORE_REPLACED`: it stays in the journal
   */
  override close(): void {
    try {
      if (this.#canPlace) this.#placeAtClose();
    } finally {
      super.close();
      this.#closeFiles();
    }
  }

  /**
   * Whether it is known what the journal holds. A commit whose steps were never run to their end, because the process
   * is about to end, may have happened as well.
   */
  get #canPlace(): boolean {
    const outcome = this.#commit?.outcome ?? NOT_COMMITTED;
    return this.journal.segments > 0 && outcome === NOT_COMMITTED && !this.#hasFailed;
  }

  #placeAtClose(): void {
    try {
      this.journal.drop();
      checkStillOurs(this.storeFile);
      runSteps(this.#place(undefined));
    } catch (error) {
      // Of a commit that was refused the reason has been told.
      if (this.#commit === undefined) throw withOutcome(error, COMMITTED);
    }
  }

  #closeFiles(): void {
    try {
      if ((this.#commit?.outcome ?? NOT_COMMITTED) === NOT_COMMITTED) this.journal.drop();
      this.journal.close();
    } finally {
      this.storeFile.close();
    }
  }

  #superblockOf({ record, ...state }: CommittedState): Superblock {
    const superblock = { ...state, nextPageId: BigInt(this.allocator.nextPageCount) };
    if (record === undefined) return superblock;
    const { sum0, sum1 } = (this.sums as RunningSums).total;
    const counted = {
      commitNumber: this.#commitNumber + 1n,
      pageSums: { sum0, sum1 },
      freePages: this.allocator.freePages,
      freeGroups: record.catalogue === null ? this.freeGroups() : [],
    };
    return { ...superblock, record: { ...record, ...counted } };
  }

  #setCommitted(next: Buffer): void {
    this.allocator.setCommitted();
    this.#base = next;
    this.#outdated = [];
    this.#commitNumber++;
  }

  #failure(message: string, outcome: Outcome, cause?: unknown): StoreError {
    const facts = { path: this.storeFile.path, outcome };
    return new StoreError('STORE_FAILED', message, facts, undefined, { cause });
  }
}
