import { PageCache } from '../cache/page-cache.js';
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { faultFacts, findPageFault } from '../format/page-check.js';
import { encodeSuperblock, type Superblock } from '../format/superblock.js';
import type { HomeFile } from './home-file.js';
import { PageWriter } from './page-writer.js';
import { SpillFile } from './spill.js';

/**
 * At most this share of the cache holds pages as they were before the running batch; the rest of them go to the spill
 * file.
 */
const UNDO_SHARE = 8;

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

  beginBatch(): void {
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
   * Makes everything since the last commit durable: new pages first, then the older ones and the superblock in place.
   *
   * @throws StoreError `IO_ERROR`: what is on disk is not known then before the store is opened again, and nothing works any more
   */
  commit(superblock: Omit<Superblock, 'nextPageId'>): void {
    try {
      this.#commit({ ...superblock, nextPageId: this.#nextPageId });
    } catch (error) {
      const message = 'a commit failed, and what it left on disk is not known: close the store and open it again';
      this.#unusable = new StoreError('STORE_FAILED', message, { path: this.home.path }, undefined, { cause: error });
      throw error;
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

  #commit(superblock: Superblock): void {
    const dirty = this.cache.dirtyFrames();
    const spilled = this.#spill.pageIds().filter((pageId) => this.cache.peek(pageId)?.dirty !== true);
    const isNew = (pageId: number): boolean => pageId >= this.#committedPages;
    const file = this.home.file();
    const writer = new PageWriter(file);

    writer.writeFrames(dirty.filter((frame) => isNew(frame.pageId)));
    this.#copySpilled(writer, spilled.filter(isNew));
    writer.flush();
    this.home.setLength(this.#nextPageId * PAGE_SIZE);
    file.sync();
    this.home.keepLength();

    file.write(encodeSuperblock(superblock), 0, PAGE_SIZE, 0);
    writer.writeFrames(dirty.filter((frame) => !isNew(frame.pageId)));
    this.#copySpilled(
      writer,
      spilled.filter((pageId) => !isNew(pageId)),
    );
    writer.flush();
    file.sync();
    this.home.publish();

    for (const frame of dirty) frame.dirty = false;
    this.#spill.clear();
    this.#committedPages = this.#nextPageId;
    this.#batchFirstNew = this.#nextPageId;
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
    const read = this.home.file().read(frame.bytes, 0, PAGE_SIZE, pageId * PAGE_SIZE);
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
    if (newInBatch || newBefore) this.home.file().write(frame.bytes, 0, PAGE_SIZE, pageId * PAGE_SIZE);
    else if (changed) this.#spill.writeChanged(pageId, frame.bytes);
    else this.#spill.writeBefore(pageId, frame.bytes);
  }

  #copySpilled(writer: PageWriter, pageIds: readonly number[]): void {
    const bytes = Buffer.allocUnsafe(PAGE_SIZE);
    for (const pageId of pageIds) {
      this.#spill.read(pageId, bytes);
      writer.write(pageId, bytes);
    }
  }
}
