import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { type JournalEntry } from '../format/journal.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { findPageFault } from '../format/page-check.js';
import { encodeSuperblock, type Superblock } from '../format/superblock.js';
import type { Steps } from '../steps.js';
import { Commit, NOT_COMMITTED } from './commit.js';
import type { HomeFile } from './home-file.js';
import { Journal } from './journal.js';
import { cutOffPage, damagedPage, PageSource } from './page-source.js';
import { PAGES_MAX } from './place-map.js';

/**
 * At most this share of the cache holds pages as they were before the running batch; the rest of them go to the journal.
 */
const UNDO_SHARE = 8;

/** A copy to be sealed: sealing moves items, and whoever is about to change a page holds offsets into it. */
const sealed = new Page();

/**
 * The pages of a store, changed in memory: reads come from the newest copy (cache, journal, store file), a batch can be taken back
 * whole, and nothing that the store on disk points to is touched before `commit`.
 *
 * New pages lie past the committed end of the store file, where nothing points to them; they may be written there at
 * any time. Older ones that do not fit the cache go to the journal of the commit to come.
 */
export class Pager extends PageSource {
  readonly #journal: Journal;
  /** Of older pages that were changed when the running batch came, as far as there is room: their frames before it. */
  readonly #undo = new Map<number, Frame>();
  #batch = 0;
  #inBatch = false;
  #batchFirstNew: number;
  #nextPageId: number;
  #committedPages: number;
  /** The commit that is going on, or that failed: how far it has come says what may still be taken back. */
  #commit: Commit | undefined;

  /**
   * @param base the superblock page that the store file has; undefined for a store that is being made
   * @param pageCount pages of the file that count
   * @throws StoreError `STORE_TOO_LARGE`
   */
  constructor(
    private readonly files: FileSystem,
    private readonly home: HomeFile,
    base: Buffer | undefined,
    pageCount: number,
    cachePages: number,
  ) {
    super(home.path, cachePages, {
      load: (pageId, frame) => {
        this.#load(pageId, frame);
      },
      evict: (frame) => {
        this.#evict(frame);
      },
    });
    home.base = base;
    this.#journal = new Journal(files, home);
    this.#nextPageId = pageCount;
    this.#committedPages = pageCount;
    this.#batchFirstNew = pageCount;
    if (pageCount > PAGES_MAX) throw this.#tooLarge();
  }

  /** Pages that there are, uncommitted ones included: the id of the next new page. */
  get pageCount(): number {
    return this.#nextPageId;
  }

  /** A new page, for the caller to format. @throws StoreError `STORE_TOO_LARGE` */
  allocate(): Frame {
    if (this.#nextPageId === PAGES_MAX) throw this.#tooLarge();
    const frame = this.cache.take();
    const pageId = this.#nextPageId++;
    this.cache.put(pageId, frame, true);
    frame.changedIn = this.#batch;
    return frame;
  }

  /** To be called before each change of a fetched page: keeps what a failed batch goes back to. */
  change(frame: Frame): void {
    if (frame.changedIn === this.#batch) return;
    // One that is not dirty is read again when the batch fails.
    if (frame.dirty && frame.pageId < this.#batchFirstNew) this.#keep(frame);
    frame.changedIn = this.#batch;
    frame.dirty = true;
  }

  override checkIdle(): void {
    this.checkUsable();
    if (this.#inBatch) {
      throw new StoreError('INVALID_ARGUMENT', 'a batch is being applied: its steps must be run to their end first');
    }
  }

  /** @throws StoreError as `checkIdle` */
  beginBatch(): void {
    this.checkIdle();
    this.#inBatch = true;
    this.#batch++;
    this.#batchFirstNew = this.#nextPageId;
    this.generation++;
  }

  /** The batch stands, in memory. */
  endBatch(): void {
    for (const before of this.#undo.values()) this.cache.giveBack(before);
    this.#forgetUndo();
    this.#journal.endBatch();
    this.#batchFirstNew = this.#nextPageId;
  }

  /** Every page is again what it was before the batch. Needs no I/O, and so cannot fail. */
  rollBackBatch(): void {
    for (let pageId = this.#batchFirstNew; pageId < this.#nextPageId; pageId++) this.cache.drop(pageId);
    this.cache.dropWhere((frame) => frame.changedIn === this.#batch);
    this.#journal.rollBack((pageId) => {
      this.cache.drop(pageId);
    });
    for (const [pageId, before] of this.#undo) this.cache.put(pageId, before, true);
    this.#forgetUndo();
    this.#nextPageId = this.#batchFirstNew;
    this.generation++;
  }

  /**
   * Makes everything since the last commit durable, whole or not at all (`Commit`). It comes in steps, to be run to their end.
   *
   * @throws StoreError `IO_ERROR`, of a new store `STORE_EXISTS`; the fact `outcome` says whether the commit stands. Nothing works any
   *   more then before the store is opened again
   */
  *commit(superblock: Omit<Superblock, 'nextPageId'>): Steps<void> {
    this.checkIdle();
    const next = encodeSuperblock({ ...superblock, nextPageId: BigInt(this.#nextPageId) });
    const { home, cache } = this;
    const commit = new Commit(this.files, home, this.#journal, cache, {
      base: home.base,
      next,
      committedPages: this.#committedPages,
    });
    this.#commit = commit;
    this.unusable = this.#failure('a commit is going on: its steps must be run to their end first');
    let cause: unknown;
    try {
      yield* commit.steps(this.#nextPageId);
      this.#committedPages = this.#nextPageId;
      this.#batchFirstNew = this.#nextPageId;
      home.base = next;
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

  /** Nothing is to be committed: what batches that failed wrote past the end goes. */
  discardTail(): void {
    this.home.discardTail();
  }

  /** Cuts off pages that nothing points to. No batch was begun yet. */
  cutTo(pageCount: number): void {
    this.home.setLength(pageCount * PAGE_SIZE);
    this.home.keepLength();
    this.#nextPageId = pageCount;
    this.#committedPages = pageCount;
    this.#batchFirstNew = pageCount;
  }

  /** Lets go of the files. What was not committed is gone. */
  override close(): void {
    super.close();
    try {
      // A commit whose steps were never run to their end, because the process is about to end, may stand as well.
      if (this.#commit === undefined || this.#commit.outcome === NOT_COMMITTED) this.#journal.drop();
      else this.#journal.close();
    } finally {
      this.home.close();
    }
  }

  #failure(message: string, cause?: unknown): StoreError {
    const facts = { path: this.home.path, outcome: this.#commit?.outcome ?? NOT_COMMITTED };
    return new StoreError('STORE_FAILED', message, facts, undefined, { cause });
  }

  #tooLarge(): StoreError {
    const message = `${this.home.path} would have more than ${PAGES_MAX} pages`;
    return new StoreError('STORE_TOO_LARGE', message, { path: this.home.path, limit: PAGES_MAX });
  }

  #keep(frame: Frame): void {
    if (this.#undo.size >= this.cache.capacity / UNDO_SHARE) {
      sealed.copyFrom(frame);
      sealed.seal();
      this.#journal.write(entryOf(frame, sealed), sealed.bytes);
      return;
    }
    const copy = this.cache.take();
    copy.copyFrom(frame);
    copy.homeCrc = frame.homeCrc;
    this.#undo.set(frame.pageId, copy);
  }

  /** From here on no page counts as changed by a batch. */
  #forgetUndo(): void {
    this.#undo.clear();
    this.#batch++;
    this.#inBatch = false;
  }

  #load(pageId: number, frame: Frame): void {
    const fromJournal = this.#journal.has(pageId);
    if (fromJournal) this.#journal.readImage(pageId, frame.bytes);
    else this.#loadHome(pageId, frame);
    const fault = findPageFault(frame);
    if (fault !== undefined) throw damagedPage(pageId, fault);
    frame.homeCrc = fromJournal ? this.#journal.oldCrc(pageId) : frame.storedCrc;
    frame.measure();
  }

  #loadHome(pageId: number, frame: Frame): void {
    const read = this.home.readPage(pageId, frame.bytes);
    if (read !== PAGE_SIZE) throw cutOffPage(pageId, PAGE_SIZE, read);
  }

  #evict(frame: Frame): void {
    const { pageId } = frame;
    const changed = frame.changedIn === this.#batch;
    frame.seal();
    const newInBatch = pageId >= this.#batchFirstNew;
    const newBefore = !changed && pageId >= this.#committedPages && !this.#journal.has(pageId);
    if (newInBatch || newBefore) this.home.writePage(pageId, frame.bytes);
    else if (changed) this.#journal.writeChanged(entryOf(frame, frame), frame.bytes);
    else this.#journal.write(entryOf(frame, frame), frame.bytes);
  }
}

function entryOf({ pageId, homeCrc }: Frame, { storedCrc }: Page): JournalEntry {
  return { pageId, oldCrc: homeCrc, newCrc: storedCrc };
}
