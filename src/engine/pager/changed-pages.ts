/** Pages that are changed in memory, within savepoints: pager.ts says what their states are. */
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FreeGroup, StoreRecord } from '../format/superblock.js';
import { PageSum } from '../format/v2/page-sum.js';
import { PAGES_MAX } from '../journal/index.js';
import type { JournalWriter } from '../journal/writer.js';
import { U64 } from '../bytes/u64.js';
import { FreePageAllocator } from './free-page-allocator.js';
import { AppendAllocator, type PageAllocator } from './page-allocator.js';
import { PageCopies } from './page-copies.js';
import { checkWhole, damagedPage, freePageReached, PageReader, storeTagOfId } from './page-reader.js';
import type { StoreFile } from './store-file.js';
import { RunningSums } from './sums.js';

/** So many pages that loads fill first stay in the cache: in a small store all are likely to be used again. */
const FILLED_IN_CACHE = 64;

export abstract class ChangedPages extends PageReader {
  protected readonly allocator: PageAllocator;
  /** Absent where the superblock records none. */
  protected readonly sums: RunningSums | undefined;
  readonly #copies: PageCopies;
  #savepoint = 0;
  #inSavepoint = false;
  /** Pages that loads have filled. */
  #filled = 0;
  #stamp = U64.from(0n);

  /**
   * @param record what the superblock records of the store, where it does
   * @param pageCount pages of the file that count
   * @throws StoreError `STORE_TOO_LARGE`
   */
  protected constructor(
    protected readonly storeFile: StoreFile,
    protected readonly journal: JournalWriter,
    record: StoreRecord | undefined,
    pageCount: number,
    cachePages: number,
  ) {
    super(storeFile.path, cachePages, {
      load: (pageId, frame) => {
        this.#load(pageId, frame);
        return false;
      },
      evict: (frame) => {
        this.#copies.write(frame, frame.changedIn === this.#savepoint);
      },
    });
    this.allocator = record === undefined ? new AppendAllocator(pageCount) : new FreePageAllocator(pageCount);
    this.allocator.useFreeGroups(record?.freeGroups ?? []);
    this.sums = record && new RunningSums(PageSum.of(record.pageSums));
    this.#copies = new PageCopies(storeFile, journal, this.allocator, this.sums);
    this.storeTag = storeTagOfId(record?.storeId ?? 0n);
    if (pageCount > PAGES_MAX) throw this.#tooLarge();
  }

  /** Pages that there are, uncommitted ones included. */
  get pageCount(): number {
    return this.allocator.pageCount;
  }

  /** The id of a store that is being made, of which its pages say a part: to be called before there are any. */
  identify(storeId: bigint): void {
    this.storeTag = storeTagOfId(storeId);
  }

  /** A new page of a table, without items. @throws StoreError `STORE_TOO_LARGE` */
  allocate(type: number, table: bigint): Frame {
    return this.#makePage(this.allocator.allocate(), type, table);
  }

  /**
   * As `allocate`, but never a page that was free: for what must not change the free map.
   *
   * @throws StoreError `STORE_TOO_LARGE`
   */
  allocateAppended(type: number, table: bigint): Frame {
    return this.#makePage(this.allocator.allocateAppended(), type, table);
  }

  /**
   * The first of neighbouring new pages, an extent: each is to be written by `writeDirect` before the savepoint ends,
   * once. They are given back when it is rolled back.
   *
   * @throws StoreError `STORE_TOO_LARGE`
   */
  allocateRun(pageCount: number): number {
    const first = this.allocator.allocateRun(pageCount);
    if (this.pageCount > PAGES_MAX) throw this.#tooLarge();
    return first;
  }

  /**
   * Writes neighbouring pages of an extent, whole and with their checksums, straight to the store file. The bytes may
   * be changed afterwards.
   */
  writeDirect(firstPage: number, pages: Buffer): void {
    this.checkUsable();
    this.#copies.writeDirect(firstPage, pages);
  }

  /** Uncommitted ones, too. */
  readDirect(firstPage: number, pageCount: number, into: Buffer): void {
    this.checkUsable();
    checkWhole(firstPage, pageCount, this.storeFile.readPages(firstPage, pageCount, into));
  }

  /** Not where the journal has a newer copy, nor where the page is free: a fetch says that. */
  override isInFile(pageId: number): boolean {
    return !this.journal.has(pageId) && !this.journal.hasCommitted(pageId) && !this.allocator.isFree(pageId);
  }

  /**
   * Says that nothing points to pages any more: they may be taken from the next commit on. The caller has read each,
   * and does not fetch it again. A rollback of the savepoint makes them what they were.
   *
   * @throws StoreError `TREE_CORRUPTED` for a page that is free: something else says that it points to it, too
   */
  free(pageIds: Iterable<number>): void {
    for (const pageId of pageIds) if (!this.allocator.free(pageId)) throw freePageReached(pageId);
  }

  /** How many pages were freed since the last commit: from the next one on they may be taken. */
  get freedCount(): number {
    return this.allocator.freedCount;
  }

  /** The free map of a store that has it in its catalogue. Nothing was allocated yet. */
  useFreeGroups(groups: Iterable<FreeGroup>): void {
    this.allocator.useFreeGroups(groups);
    this.cache.dropWhere(({ pageId }) => this.allocator.isFree(pageId));
  }

  /** The free map as the next commit leaves it, were it now: all groups that have free pages. */
  freeGroups(): FreeGroup[] {
    return this.allocator.freeGroups();
  }

  /**
   * Of the free map as the next commit leaves it the groups that may have changed since the last one; those without any
   * free page, too. Pages that are allocated after that can change it again.
   */
  changedFreeGroups(): FreeGroup[] {
    return this.allocator.changedFreeGroups();
  }

  /** To be called before each change of a fetched page: keeps what a rollback goes back to. */
  markDirty(frame: Frame): void {
    if (frame.changedIn === this.#savepoint) return;
    if (frame.dirty && !this.allocator.isNewInSavepoint(frame.pageId)) this.#copies.keep(frame, this.cache);
    frame.changedIn = this.#savepoint;
    if (!frame.dirty) this.cache.markDirty(frame);
    this.format.pages.stamp(frame, this.#stamp);
  }

  /**
   * Writes a page that the savepoint has allocated and that is not likely to be changed again, and gives its frame to
   * the next one: a load that fills pages from left to right touches little memory. To touch memory for the first time
   * was a sixth of the time on the processor of a load of 1,000,000 rows. The first ones stay.
   */
  passOn(pageId: number): void {
    if (++this.#filled <= FILLED_IN_CACHE) return;
    const frame = this.cache.peek(pageId);
    if (frame?.dirty !== true || !this.allocator.isNewInSavepoint(pageId)) return;
    this.#copies.write(frame, true);
    this.cache.drop(pageId);
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
    this.allocator.beginSavepoint();
    this.sums?.releaseSavepoint();
    this.generation++;
  }

  /** Keeps what was changed in the savepoint, in memory. */
  releaseSavepoint(): void {
    this.#endSavepoint();
    this.#copies.release(this.cache);
    this.allocator.releaseSavepoint();
  }

  /** Makes every page again what it was before the savepoint. Needs no I/O, and so cannot fail. */
  rollBack(): void {
    for (const pageId of this.allocator.rollBack()) this.cache.drop(pageId);
    this.cache.dropWhere((frame) => frame.changedIn === this.#savepoint);
    this.#copies.rollBack(this.cache);
    this.#endSavepoint();
    this.generation++;
  }

  #makePage(pageId: number, type: number, table: bigint): Frame {
    if (pageId >= PAGES_MAX) throw this.#tooLarge();
    const frame = this.cache.allocateFrame();
    this.format.pages.initialize(frame, { type, pageId, table, storeTag: this.storeTag });
    this.format.pages.stamp(frame, this.#stamp);
    this.cache.put(pageId, frame, true);
    frame.changedIn = this.#savepoint;
    frame.diskCrc = 0;
    return frame;
  }

  #tooLarge(): StoreError {
    const message = `${this.storeFile.path} would have more than ${PAGES_MAX} pages`;
    return new StoreError('STORE_TOO_LARGE', message, { path: this.storeFile.path, limit: PAGES_MAX });
  }

  /** From here on no page counts as changed in a savepoint. */
  #endSavepoint(): void {
    this.#savepoint++;
    this.#inSavepoint = false;
  }

  #load(pageId: number, frame: Frame): void {
    if (this.allocator.isFree(pageId)) throw freePageReached(pageId);
    this.#copies.read(pageId, frame);
    const fault = this.format.pages.findFault(frame, { pageId, storeTag: this.storeTag });
    if (fault !== undefined) throw damagedPage(pageId, fault);
    frame.measure();
  }
}
