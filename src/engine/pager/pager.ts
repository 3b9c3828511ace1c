/**
 * The pages of a store, changed in memory. Reads come from the newest copy; a savepoint can be rolled back whole;
 * nothing that the store on disk points to is touched before `commit`.
 *
 * Definitions
 *
 * - A page is *new* when nothing committed points to it: it is past the committed end of the store file. New pages are
 *   written in place at any time, because a crash leaves them unreachable. All others go through the journal.
 * - A *savepoint* is a group of batches that is applied whole or not at all. Savepoints do not nest.
 * - A frame is *dirty* when it differs from the copy that a later `fetch` would read.
 * - `diskCrc` of a frame is the checksum that the page has in the store file, where a commit must find it.
 *
 * Where the newest copy of a page is
 *
 * | page                          | in a frame              | not in a frame                                     |
 * | ----------------------------- | ----------------------- | -------------------------------------------------- |
 * | clean                         | the frame, as on disk   | the store file                                     |
 * | new                           | the frame               | the store file (spilled there)                     |
 * | old, dirty                    | the frame               | the journal (spilled to its slot, CURRENT)         |
 * | old, changed in the savepoint | the frame               | the journal (a second slot, DIRTY; the first: UNDO) |
 *
 * What a rollback goes back to
 *
 * | before its first change in the savepoint | kept by `markDirty`                   | rollback            |
 * | ----------------------------------------- | ------------------------------------- | ------------------- |
 * | clean                                     | nothing: a fetch reads it again       | drops the frame     |
 * | dirty, in a frame                         | a copy of the frame, in the undo map, | puts the copy back  |
 * |                                           | or past the undo share in the journal | drops the frame     |
 * | allocated in the savepoint                | nothing                               | drops the frame     |
 *
 * Invariants
 *
 * - While no savepoint is open, every slot of the journal is CURRENT or free, and the undo map is empty.
 * - A page has a DIRTY slot only if it was changed in the savepoint; its UNDO or CURRENT slot then holds it as it was
 *   before.
 * - Rolling back needs no I/O, and so cannot fail.
 */
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { type JournalEntry } from '../journal/format.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Superblock } from '../format/superblock.js';
import type { Steps } from '../steps.js';
import { Commit, NOT_COMMITTED } from './commit.js';
import type { StoreFile } from './store-file.js';
import { JournalWriter } from '../journal/writer.js';
import { cutOffPage, damagedPage, PageReader } from './page-reader.js';
import { AppendAllocator, type PageAllocator } from './page-allocator.js';
import { U64 } from '../bytes/u64.js';
import { PAGES_MAX } from '../journal/index.js';

/**
 * At most this share of the cache holds pages as they were before the savepoint; the rest of them go to the journal.
 */
const UNDO_SHARE = 8;

/** A copy to be finalized: that moves items, and whoever is about to change a page holds offsets into it. */
const finalized = new Page();

export class Pager extends PageReader {
  readonly #journal: JournalWriter;
  readonly #allocator: PageAllocator;
  /** Of old pages that were dirty when the savepoint began, as far as there is room: their frames as they were. */
  readonly #undo = new Map<number, Frame>();
  #savepoint = 0;
  #inSavepoint = false;
  #stamp = U64.from(0n);
  /** The commit that is going on, or that failed: how far it has come says what may still be taken back. */
  #commit: Commit | undefined;

  /**
   * @param base the superblock page that the store file has; undefined for a store that is being made
   * @param pageCount pages of the file that count
   * @throws StoreError `STORE_TOO_LARGE`
   */
  constructor(
    private readonly files: FileSystem,
    private readonly storeFile: StoreFile,
    readonly format: StoreFormat,
    base: Buffer | undefined,
    pageCount: number,
    cachePages: number,
  ) {
    super(storeFile.path, cachePages, {
      load: (pageId, frame) => {
        this.#load(pageId, frame);
      },
      evict: (frame) => {
        this.#evict(frame);
      },
    });
    storeFile.base = base;
    this.#journal = new JournalWriter(files, storeFile);
    this.#allocator = new AppendAllocator(pageCount);
    if (pageCount > PAGES_MAX) throw this.#tooLarge();
  }

  /** Pages that there are, uncommitted ones included. */
  get pageCount(): number {
    return this.#allocator.pageCount;
  }

  /** A new page of a table, without items. @throws StoreError `STORE_TOO_LARGE` */
  allocate(type: number, table: bigint): Frame {
    if (this.pageCount === PAGES_MAX) throw this.#tooLarge();
    const frame = this.cache.allocateFrame();
    const pageId = this.#allocator.allocate();
    this.format.pages.initialize(frame, { type, pageId, table, storeTag: this.storeTag });
    this.format.pages.stamp(frame, this.#stamp);
    this.cache.put(pageId, frame, true);
    frame.changedIn = this.#savepoint;
    return frame;
  }

  allocateRun(count: number): number {
    const first = this.#allocator.allocate();
    for (let index = 1; index < count; index++) this.#allocator.allocate();
    return first;
  }

  writeDirect(page: number, bytes: Buffer): void {
    this.storeFile.writePage(page, bytes);
  }

  override readDirect(first: number, count: number, into: Buffer): void {
    for (let i = 0; i < count; i++) this.storeFile.readPage(first + i, into.subarray(i * 4096, (i + 1) * 4096));
  }

  /** To be called before each change of a fetched page: keeps what a rollback goes back to. */
  markDirty(frame: Frame): void {
    if (frame.changedIn === this.#savepoint) return;
    if (frame.dirty && !this.#allocator.isNewInSavepoint(frame.pageId)) this.#keepForUndo(frame);
    frame.changedIn = this.#savepoint;
    frame.dirty = true;
    this.format.pages.stamp(frame, this.#stamp);
  }

  override checkIdle(): void {
    this.checkUsable();
    if (this.#inSavepoint) {
      throw new StoreError('INVALID_ARGUMENT', 'a batch is being applied: its steps must be run to their end first');
    }
  }

  /**
   * Begins a savepoint: what is changed from here on can be rolled back.
   *
   * @param stamp the last position of the batches that are about to be applied: what pages say that they change
   * @throws StoreError as `checkIdle`
   */
  beginSavepoint(stamp: U64): void {
    this.checkIdle();
    this.#stamp = stamp;
    this.#inSavepoint = true;
    this.#savepoint++;
    this.#allocator.beginSavepoint();
    this.generation++;
  }

  /** Keeps what was changed in the savepoint, in memory. */
  releaseSavepoint(): void {
    for (const before of this.#undo.values()) this.cache.freeFrame(before);
    this.#endSavepoint();
    this.#journal.releaseSavepoint();
    this.#allocator.beginSavepoint();
  }

  /** Makes every page again what it was before the savepoint. Needs no I/O, and so cannot fail. */
  rollBack(): void {
    for (const pageId of this.#allocator.rollBack()) this.cache.drop(pageId);
    this.cache.dropWhere((frame) => frame.changedIn === this.#savepoint);
    this.#journal.rollBack((pageId) => {
      this.cache.drop(pageId);
    });
    for (const [pageId, before] of this.#undo) this.cache.put(pageId, before, true);
    this.#endSavepoint();
    this.generation++;
  }

  /**
   * Makes everything since the last commit durable, whole or not at all (`Commit`). It comes in steps, to be run to
   * their end.
   *
   * @throws StoreError `IO_ERROR`, of a new store `STORE_EXISTS`; the fact `outcome` says whether the commit happened.
   *   Nothing works any more then before the store is opened again
   */
  *commit(superblock: Omit<Superblock, 'nextPageId'>): Steps<void> {
    this.checkIdle();
    const next = this.format.superblock.encode({ ...superblock, nextPageId: BigInt(this.pageCount) });
    const { storeFile, cache } = this;
    const commit = new Commit(this.files, storeFile, this.#journal, cache, {
      base: storeFile.base,
      next,
      committedPages: this.#allocator.committedPages,
    });
    this.#commit = commit;
    this.unusable = this.#failure('a commit is going on: its steps must be run to their end first');
    let cause: unknown;
    try {
      yield* commit.steps(this.pageCount);
      this.#allocator.setCommitted(this.pageCount);
      storeFile.base = next;
      this.#commit = undefined;
      this.unusable = undefined;
    } catch (error) {
      cause = commit.described(error);
      throw cause;
    } finally {
      if (this.#commit === commit) {
        this.unusable = this.#failure(`a commit failed (${commit.outcome}): open the store again`, cause);
      }
    }
  }

  /** Nothing is to be committed: what batches that failed wrote past the end is cut off. */
  discardTail(): void {
    this.storeFile.discardTail();
  }

  /** Cuts off pages that nothing points to. No savepoint was begun yet. */
  truncateTo(pageCount: number): void {
    this.storeFile.setLength(pageCount * PAGE_SIZE);
    this.storeFile.setCommittedLength();
    this.#allocator.setCommitted(pageCount);
  }

  /** Lets go of the files. What was not committed is gone. */
  override close(): void {
    super.close();
    try {
      // A commit whose steps were never run to their end, because the process is about to end, may have happened as
      // well.
      if (this.#commit === undefined || this.#commit.outcome === NOT_COMMITTED) this.#journal.drop();
      else this.#journal.close();
    } finally {
      this.storeFile.close();
    }
  }

  #failure(message: string, cause?: unknown): StoreError {
    const facts = { path: this.storeFile.path, outcome: this.#commit?.outcome ?? NOT_COMMITTED };
    return new StoreError('STORE_FAILED', message, facts, undefined, { cause });
  }

  #tooLarge(): StoreError {
    const message = `${this.storeFile.path} would have more than ${PAGES_MAX} pages`;
    return new StoreError('STORE_TOO_LARGE', message, { path: this.storeFile.path, limit: PAGES_MAX });
  }

  #keepForUndo(frame: Frame): void {
    if (this.#undo.size >= this.cache.capacity / UNDO_SHARE) {
      finalized.copyFrom(frame);
      finalized.finalize();
      this.#journal.write(entryOf(frame, finalized), finalized.bytes);
      return;
    }
    const copy = this.cache.allocateFrame();
    copy.copyFrom(frame);
    copy.diskCrc = frame.diskCrc;
    this.#undo.set(frame.pageId, copy);
  }

  /** From here on no page counts as changed in a savepoint. */
  #endSavepoint(): void {
    this.#undo.clear();
    this.#savepoint++;
    this.#inSavepoint = false;
  }

  #load(pageId: number, frame: Frame): void {
    const fromJournal = this.#journal.has(pageId);
    if (fromJournal) this.#journal.readImage(pageId, frame.bytes);
    else this.#loadFromStore(pageId, frame);
    const fault = this.format.pages.findFault(frame, { pageId, storeTag: this.storeTag });
    if (fault !== undefined) throw damagedPage(pageId, fault);
    frame.diskCrc = fromJournal ? this.#journal.oldCrc(pageId) : frame.storedCrc;
    frame.measure();
  }

  #loadFromStore(pageId: number, frame: Frame): void {
    const read = this.storeFile.readPage(pageId, frame.bytes);
    if (read !== PAGE_SIZE) throw cutOffPage(pageId, PAGE_SIZE, read);
  }

  #evict(frame: Frame): void {
    const { pageId } = frame;
    const changed = frame.changedIn === this.#savepoint;
    frame.finalize();
    // A new page that the savepoint has changed must not overwrite what a rollback reads from the store file.
    const inPlace = changed
      ? this.#allocator.isNewInSavepoint(pageId)
      : this.#allocator.isNew(pageId) && !this.#journal.has(pageId);
    if (inPlace) this.storeFile.writePage(pageId, frame.bytes);
    else if (changed) this.#journal.writeChanged(entryOf(frame, frame), frame.bytes);
    else this.#journal.write(entryOf(frame, frame), frame.bytes);
  }
}

function entryOf({ pageId, diskCrc }: Frame, { storedCrc }: Page): JournalEntry {
  return { pageId, oldCrc: diskCrc, newCrc: storedCrc };
}
