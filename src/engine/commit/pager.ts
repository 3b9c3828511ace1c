import { PageCache } from '../cache/page-cache.js';
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { faultFacts, findPageFault } from '../format/page-check.js';
import { encodeSuperblock, type Superblock } from '../format/superblock.js';
import type { HomeFile } from './home-file.js';
import type { Steps } from '../steps.js';
import { SpillFile } from './spill.js';

/**
 * At most this share of the cache holds pages as they were before the running batch; the rest of them go to the spill
 * file.
 */
const UNDO_SHARE = 8;
/** Pages written between two steps of a commit. */
const PAGES_A_STEP = 256;

/** A copy to be sealed: sealing moves items, and whoever is about to change a page holds offsets into it. */
const sealed = new Page();

/**
 * The pages of a store, changed in memory: reads come from the newest copy (cache, spill file, store file), a batch
 * can be taken back whole, and nothing that the store on disk points to is touched before `commit`.
 *
 * New pages lie past the committed end of the store file, where nothing points to them; they may be written there at
 * any time. Older ones that do not fit the cache go to the spill file.
 */
export class Pager {
  readonly cache: PageCache;
  readonly #spill: SpillFile;
  /**
   * Of every older page that the running batch changed: its frame before that, or undefined where a fetch reads it
   * again.
   */
  readonly #undo = new Map<number, Frame | undefined>();
  #undoFrames = 0;
  #batch = 0;
  #inBatch = false;
  #batchFirstNew: number;
  #nextPageId: number;
  #committedPages: number;
  /** Why the store can do no more: it was closed, or a commit failed and nobody knows what is on disk. */
  #unusable: StoreError | undefined;
  /** Counts everything that can move rows between pages: a cursor that sees it changed looks for its place anew. */
  generation = 0;

  constructor(
    files: FileSystem,
    private readonly home: HomeFile,
    pageCount: number,
    cachePages: number,
  ) {
    this.cache = new PageCache(cachePages, {
      load: (pageId, frame) => {
        this.#load(pageId, frame);
      },
      evict: (frame) => {
        this.#evict(frame);
      },
    });
    this.#spill = new SpillFile(files, home.temporaryPath('spill'));
    this.#nextPageId = pageCount;
    this.#committedPages = pageCount;
    this.#batchFirstNew = pageCount;
  }

  /** Pages that there are, the superblock and uncommitted ones included: the id of the next new page. */
  get pageCount(): number {
    return this.#nextPageId;
  }

  /** The frame of a page; it stays until `release`. @throws StoreError `PAGE_CORRUPTED`, `IO_ERROR` */
  fetch(pageId: number): Frame {
    this.checkUsable();
    return this.cache.fetch(pageId);
  }

  /** Ends the use of all frames fetched so far. */
  release(): void {
    this.cache.release();
  }

  /** A new page, for the caller to format. */
  allocate(): Frame {
    const frame = this.cache.take();
    const pageId = this.#nextPageId++;
    this.cache.put(pageId, frame, true);
    frame.changedIn = this.#batch;
    return frame;
  }

  /** To be called before each change of a fetched page: keeps what a failed batch goes back to. */
  change(frame: Frame): void {
    if (frame.changedIn === this.#batch) return;
    if (frame.pageId < this.#batchFirstNew && !this.#undo.has(frame.pageId)) {
      this.#undo.set(frame.pageId, frame.dirty ? this.#keep(frame) : undefined);
    }
    frame.changedIn = this.#batch;
    frame.dirty = true;
  }

  /** @throws StoreError `STORE_CLOSED`, `STORE_FAILED` */
  checkUsable(): void {
    if (this.#unusable !== undefined) throw this.#unusable;
  }

  /** Whether the pages are those of a whole number of batches. @throws StoreError as `checkUsable`, `INVALID_ARGUMENT` */
  checkIdle(): void {
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
    for (const before of this.#undo.values()) if (before !== undefined) this.cache.giveBack(before);
    this.#forgetUndo();
    this.#spill.endBatch();
    this.#batchFirstNew = this.#nextPageId;
  }

  /** Every page is again what it was before the batch. Needs no I/O, and so cannot fail. */
  rollBackBatch(): void {
    for (let pageId = this.#batchFirstNew; pageId < this.#nextPageId; pageId++) this.cache.drop(pageId);
    for (const [pageId, before] of this.#undo) {
      this.cache.drop(pageId);
      if (before !== undefined) this.cache.put(pageId, before, true);
    }
    this.#forgetUndo();
    this.#spill.rollBack();
    this.#nextPageId = this.#batchFirstNew;
    this.generation++;
  }

  /**
   * Makes everything since the last commit durable: new pages first, then the older ones and the superblock in place. It comes in
   * steps, to be run to their end.
   *
   * @throws StoreError `IO_ERROR`: what is on disk is not known then before the store is opened again, and nothing works any
   *   more
   */
  *commit(superblock: Omit<Superblock, 'nextPageId'>): Steps<void> {
    this.checkIdle();
    this.#unusable = this.#failure('a commit is going on: its steps must be run to their end first');
    let cause: unknown;
    try {
      yield* this.#commit({ ...superblock, nextPageId: BigInt(this.#nextPageId) });
      this.#unusable = undefined;
    } catch (error) {
      cause = error;
      throw error;
    } finally {
      if (this.#unusable !== undefined) {
        this.#unusable = this.#failure(
          'a commit failed, and what it left on disk is not known: open the store again',
          cause,
        );
      }
    }
  }

  /** Nothing is to be committed: what batches that failed wrote past the end goes. */
  discardTail(): void {
    this.home.discardTail();
  }

  /** Lets go of the files. What was not committed is gone. */
  close(): void {
    this.#unusable = new StoreError('STORE_CLOSED', `the store ${this.home.path} is closed`);
    this.generation++;
    try {
      this.#spill.close();
    } finally {
      this.home.close();
    }
  }

  #failure(message: string, cause?: unknown): StoreError {
    return new StoreError('STORE_FAILED', message, { path: this.home.path }, undefined, { cause });
  }

  *#commit(superblock: Superblock): Steps<void> {
    const changed = this.#changedPages();
    const firstNew = changed.findIndex((pageId) => pageId >= this.#committedPages);
    const older = firstNew < 0 ? changed : changed.slice(0, firstNew);
    const fresh = firstNew < 0 ? [] : changed.slice(firstNew);
    const file = this.home.file();

    yield* this.#writeHome(fresh);
    this.home.setLength(this.#nextPageId * PAGE_SIZE);
    file.sync();
    this.home.keepLength();

    file.write(encodeSuperblock(superblock), 0, PAGE_SIZE, 0);
    yield* this.#writeHome(older);
    file.sync();
    this.home.publish();

    this.#spill.clear();
    this.#committedPages = this.#nextPageId;
    this.#batchFirstNew = this.#nextPageId;
  }

  /** The ids of all pages whose newest copy is not in its place in the store file, ascending. */
  #changedPages(): number[] {
    const pageIds = this.cache.dirtyFrames().map(({ pageId }) => pageId);
    for (const pageId of this.#spill.pageIds()) if (this.cache.peek(pageId)?.dirty !== true) pageIds.push(pageId);
    return pageIds.sort((a, b) => a - b);
  }

  *#writeHome(pageIds: readonly number[]): Steps<void> {
    const home = this.home.pages();
    const spilled = Buffer.allocUnsafe(PAGE_SIZE);
    for (const pageId of pageIds) {
      const frame = this.cache.peek(pageId);
      if (frame?.dirty === true) {
        frame.seal();
        home.write(pageId, frame.bytes);
        frame.dirty = false;
      } else {
        this.#spill.read(pageId, spilled);
        home.write(pageId, spilled);
      }
      if (pageId % PAGES_A_STEP === 0) yield;
    }
    home.flush();
  }

  #keep(frame: Frame): Frame | undefined {
    if (this.#undoFrames >= this.cache.capacity / UNDO_SHARE) {
      sealed.copyFrom(frame);
      sealed.seal();
      this.#spill.writeBefore(frame.pageId, sealed.bytes);
      return undefined;
    }
    const copy = this.cache.take();
    this.#undoFrames++;
    copy.copyFrom(frame);
    return copy;
  }

  /** From here on no page counts as changed by a batch. */
  #forgetUndo(): void {
    this.#undo.clear();
    this.#undoFrames = 0;
    this.#batch++;
    this.#inBatch = false;
  }

  #load(pageId: number, frame: Frame): void {
    if (this.#spill.has(pageId)) this.#spill.read(pageId, frame.bytes);
    else this.#loadHome(pageId, frame);
    const fault = findPageFault(frame);
    if (fault !== undefined) {
      const facts = { page: pageId, ...faultFacts(fault) };
      throw new StoreError('PAGE_CORRUPTED', `page ${pageId} is damaged: ${fault.message}`, facts);
    }
    frame.measure();
  }

  #loadHome(pageId: number, frame: Frame): void {
    const read = this.home.pages().read(pageId, frame.bytes);
    if (read === PAGE_SIZE) return;
    const message = `page ${pageId} is cut off: the file ends after ${read} of its bytes`;
    throw new StoreError('PAGE_CORRUPTED', message, { page: pageId, expected: PAGE_SIZE, found: read });
  }

  #evict(frame: Frame): void {
    const { pageId } = frame;
    const changed = frame.changedIn === this.#batch;
    frame.seal();
    const newInBatch = pageId >= this.#batchFirstNew;
    const newBefore = !changed && pageId >= this.#committedPages && !this.#spill.has(pageId);
    if (newInBatch || newBefore) this.home.pages().write(pageId, frame.bytes);
    else if (changed) this.#spill.writeChanged(pageId, frame.bytes);
    else this.#spill.writeBefore(pageId, frame.bytes);
  }
}
