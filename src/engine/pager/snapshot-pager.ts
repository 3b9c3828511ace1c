/** Pages for a reader beside a writer: as one commit left them, without locks and without waiting. */
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Page } from '../format/page.js';
import type { PageFault, PagePlace } from '../format/page-check.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Superblock } from '../format/superblock.js';
import { formatOfSuperblock } from '../format/superblock-page.js';
import type { StoreFile } from './store-file.js';
import { checkWhole, cutOffPage, damagedPage, PageReader, storeTagOf } from './page-reader.js';
import { ReadAhead } from './read-ahead.js';
import { Snapshot } from './snapshot.js';

/** How often a page that looks damaged is read: a writer in another process may be just writing it. */
const READS_MAX = 3;
/** Gives up after this many commits during a single read; kmb-store itself cannot commit that fast. */
const ATTEMPTS_MAX = 1000;

/** What was read may be of two commits. */
class SnapshotMoved extends Error {
  override readonly name = 'SnapshotMoved';
}

/**
 * The pages of a store as one commit left them, beside a writer that may be at work and is not asked to wait. When that
 * one has committed, what was being done is done again on the pages of its commit.
 */
export class SnapshotPager extends PageReader {
  override readonly isShared = true;
  readonly format: StoreFormat;
  #snapshot: Snapshot;
  readonly #ahead = new ReadAhead();
  /** Page 0 is looked at after the whole run, and before any of it is used. */
  readonly #readRun = (first: number, count: number, into: Buffer): number => {
    const read = this.#snapshot.readPages(first, count, into);
    if (!this.#snapshot.isCurrent()) throw new SnapshotMoved();
    return read;
  };

  /** @throws StoreError as `Snapshot.take` */
  constructor(
    private readonly files: FileSystem,
    private readonly storeFile: StoreFile,
    cachePages: number,
  ) {
    super(storeFile.path, cachePages, {
      load: (pageId, frame) => {
        this.#load(pageId, frame);
        return this.#ahead.isInOrder;
      },
      evict: () => {
        throw new Error('a page was changed that is only read');
      },
    });
    this.#snapshot = Snapshot.take(files, storeFile);
    this.format = formatOfSuperblock(this.#snapshot.superblockPage);
    this.storeTag = storeTagOf(this.superblock);
  }

  /** The superblock of the commit that the pages are of. */
  get superblock(): Superblock {
    return this.#snapshot.superblock;
  }

  /** What a reader should know: that a file has the journal's name and is no journal, that page 0 is damaged. */
  get notes(): readonly StoreError[] {
    const { foreignFile, copyUsed } = this.#snapshot;
    return [foreignFile, copyUsed].filter((note) => note !== undefined);
  }

  /** Whether the commit that the pages are of cannot be undone by any crash. */
  isDurable(): boolean {
    this.checkUsable();
    return this.#snapshot.isDurable();
  }

  /** Whether the store's path leads to another file by now, or to none. */
  isReplaced(): boolean {
    this.checkUsable();
    return this.storeFile.pathLeadsTo() !== 'this file';
  }

  /** Goes on to the newest commit. @throws StoreError as `Snapshot.take`, `STORE_REPLACED` */
  moveOn(): void {
    this.checkUsable();
    if (!this.#snapshot.isNewest(this.files)) this.#renew();
  }

  get pageCount(): number {
    return this.#snapshot.pageCount;
  }

  override glance(pageId: number): Page {
    this.checkUsable();
    const cached = this.cache.peek(pageId);
    if (cached !== undefined) return cached;
    const page = this.#ahead.page(pageId, this.pageCount, this.#readRun);
    const isSound = page !== undefined && this.format.pages.findHeadFault(page, this.#placeOf(pageId)) === undefined;
    return isSound ? page : this.fetch(pageId);
  }

  /**
   * As of the commit that the pages are of; that is looked at after the pages were read, so that `retryOnChange` is to
   * be around it.
   */
  readDirect(firstPage: number, pageCount: number, into: Buffer): void {
    this.checkUsable();
    checkWhole(firstPage, pageCount, this.#readRun(firstPage, pageCount, into));
  }

  /** As of the commit that the pages are of, as `readDirect`. */
  override readRun(first: number, count: number, into: Buffer): number {
    this.checkUsable();
    return this.#readRun(first, count, into);
  }

  override retryOnChange<Result>(work: () => Result): Result {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof SnapshotMoved)) throw error;
        this.#renew();
      }
    }
    const message = `${this.path} is being changed faster than it can be read`;
    throw new StoreError('STORE_CHANGING', message, { path: this.path });
  }

  override close(): void {
    if (this.unusable !== undefined) return;
    super.close();
    this.#snapshot.close();
    this.storeFile.close();
  }

  #renew(): void {
    this.cache.dropWhere(() => true);
    this.#ahead.clear();
    this.generation++;
    const before = this.superblock;
    const snapshot = this.#snapshot.renewed(this.files);
    this.#snapshot = snapshot;
    const isSameFormat = formatOfSuperblock(snapshot.superblockPage) === this.format;
    if (!isSameFormat || !follows(snapshot.superblock, before)) throw overwritten(this.path);
    this.storeTag = storeTagOf(this.superblock);
  }

  #load(pageId: number, frame: Frame): void {
    const wasAhead = this.#ahead.read(pageId, this.pageCount, frame.bytes, this.#readRun);
    if (!wasAhead || this.#findFault(pageId, frame) !== undefined) this.#loadAlone(pageId, frame);
    frame.measure();
  }

  #loadAlone(pageId: number, frame: Frame): void {
    for (let attempt = 1; ; attempt++) {
      const read = this.#snapshot.readPage(pageId, frame.bytes);
      if (!this.#snapshot.isCurrent()) throw new SnapshotMoved();
      const fault = read === PAGE_SIZE ? this.#findFault(pageId, frame) : undefined;
      if (read === PAGE_SIZE && fault === undefined) return;
      if (attempt < READS_MAX) continue;
      throw fault === undefined ? cutOffPage(pageId, PAGE_SIZE, read) : damagedPage(pageId, fault);
    }
  }

  #findFault(pageId: number, frame: Frame): PageFault | undefined {
    return this.format.pages.findFault(frame, this.#placeOf(pageId));
  }

  #placeOf(pageId: number): PagePlace {
    return { pageId, storeTag: this.storeTag };
  }
}

/** Whether a superblock may be that of a later commit. A writer does not go back, nor change what it has applied. */
function follows(superblock: Superblock, before: Superblock): boolean {
  if (!isOfStore(superblock, before)) return false;
  if (superblock.appliedPosition !== before.appliedPosition) {
    return superblock.appliedPosition > before.appliedPosition && commitsSince(superblock, before) > 0n;
  }
  return Buffer.from(superblock.appliedHash).equals(before.appliedHash) && commitsSince(superblock, before) >= 0n;
}

/** Whether it is of the same store, as far as it says so: a store gets its id with its first batch. */
function isOfStore({ record }: Superblock, { record: before }: Superblock): boolean {
  return before === undefined || before.storeId === 0n || record?.storeId === before.storeId;
}

/** Where commits are not counted there may have been one. */
function commitsSince({ record }: Superblock, { record: before }: Superblock): bigint {
  return record === undefined || before === undefined ? 1n : record.commitNumber - before.commitNumber;
}

function overwritten(path: string): StoreError {
  const message = `${path} was overwritten with another store while it was being read`;
  const hint = 'what was given until now is of the store before: run the command again';
  return new StoreError('STORE_REPLACED', message, { path }, hint);
}
