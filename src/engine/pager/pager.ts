/**
 * The pages of a store, changed in memory. Reads come from the newest copy; a savepoint can be rolled back whole;
 * nothing that the store on disk points to is touched before `commit`.
 *
 * Definitions
 *
 * - A page is *free* when the free map of the last commit has it; it is *taken* when it was allocated since then. What
 *   is freed now is free from the next commit on, and cannot be taken before.
 * - A page is *new* when nothing committed points to it: it is past the committed end of the store file, or taken. New
 *   pages are written in place at any time, because a crash leaves them unreachable. All others go through the journal.
 * - A *savepoint* is a group of batches that is applied whole or not at all. Savepoints do not nest.
 * - A frame is *dirty* when it differs from the copy that a later `fetch` would read.
 * - `diskCrc` of a frame is the checksum that the page has in the store file, where a commit must find it: 0 of a new
 *   page that was not written yet. With it the page counts in the page sums, where the format has them.
 * - An *extent* is a run of new pages that are written once, past the cache, and never changed.
 *
 * Where the newest copy of a page is
 *
 * | page                          | in a frame              | not in a frame                                      |
 * | ----------------------------- | ----------------------- | --------------------------------------------------- |
 * | clean                         | the frame, as on disk   | the store file                                      |
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
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import type { FreeGroup, StoreRecord, Superblock } from '../format/superblock.js';
import { decodeSuperblock } from '../format/superblock-page.js';
import { PageSum } from '../format/v2/page-sum.js';
import type { Steps } from '../steps.js';
import { Commit, NOT_COMMITTED } from './commit.js';
import type { StoreFile } from './store-file.js';
import { JournalWriter } from '../journal/writer.js';
import { checkWhole, damagedPage, freePageReached, PageReader, storeTagOf, storeTagOfId } from './page-reader.js';
import { AppendAllocator, type PageAllocator } from './page-allocator.js';
import { FreePageAllocator } from './free-page-allocator.js';
import { PageCopies } from './page-copies.js';
import type { StoredSuperblock } from './superblock-copies.js';
import { RunningSums } from './sums.js';
import { U64 } from '../bytes/u64.js';
import { PAGES_MAX } from '../journal/index.js';

/** What a commit makes the superblock say, beside what the pager knows of the pages. */
export interface CommittedState extends Omit<Superblock, 'nextPageId' | 'record'> {
  /** Present where the format has one. */
  readonly record?: Omit<StoreRecord, 'commitNumber' | 'pageSums' | 'freePages' | 'freeGroups'>;
}

export class Pager extends PageReader {
  readonly #journal: JournalWriter;
  readonly #allocator: PageAllocator;
  readonly #sums: RunningSums | undefined;
  readonly #copies: PageCopies;
  /** The superblock page of the last commit. */
  #base: Buffer | undefined;
  #commitNumber: bigint;
  #savepoint = 0;
  #inSavepoint = false;
  #stamp = U64.from(0n);
  /** The commit that is going on, or that failed: how far it has come says what may still be taken back. */
  #commit: Commit | undefined;

  /**
   * @param stored the superblock that the store file has; undefined for a store that is being made
   * @param pageCount pages of the file that count: of a new store those of its superblock
   * @throws StoreError `STORE_TOO_LARGE`
   */
  constructor(
    private readonly files: FileSystem,
    private readonly storeFile: StoreFile,
    readonly format: StoreFormat,
    stored: StoredSuperblock | undefined,
    pageCount: number,
    cachePages: number,
  ) {
    super(storeFile.path, cachePages, {
      load: (pageId, frame) => {
        this.#load(pageId, frame);
      },
      evict: (frame) => {
        this.#copies.write(frame, frame.changedIn === this.#savepoint);
      },
    });
    storeFile.base = stored?.firstPage;
    this.#base = stored?.page;
    const superblock = stored && decodeSuperblock(stored.page);
    const record = superblock === undefined ? format.newRecord : superblock.record;
    this.#commitNumber = record?.commitNumber ?? 0n;
    this.#journal = new JournalWriter(files, storeFile);
    this.#allocator = record === undefined ? new AppendAllocator(pageCount) : new FreePageAllocator(pageCount);
    this.#allocator.useFreeGroups(record?.freeGroups ?? []);
    this.#sums = record && new RunningSums(PageSum.of(record.pageSums));
    this.#copies = new PageCopies(storeFile, this.#journal, this.#allocator, this.#sums);
    if (superblock !== undefined) this.storeTag = storeTagOf(superblock);
    if (pageCount > PAGES_MAX) throw this.#tooLarge();
  }

  /** Pages that there are, uncommitted ones included. */
  get pageCount(): number {
    return this.#allocator.pageCount;
  }

  /** The id of a store that is being made, of which its pages say a part: to be called before there are any. */
  identify(storeId: bigint): void {
    this.storeTag = storeTagOfId(storeId);
  }

  /** A new page of a table, without items. @throws StoreError `STORE_TOO_LARGE` */
  allocate(type: number, table: bigint): Frame {
    return this.#makePage(this.#allocator.allocate(), type, table);
  }

  /**
   * As `allocate`, but never a page that was free: for what must not change the free map.
   *
   * @throws StoreError `STORE_TOO_LARGE`
   */
  allocateAppended(type: number, table: bigint): Frame {
    return this.#makePage(this.#allocator.allocateAppended(), type, table);
  }

  /**
   * The first of neighbouring new pages, an extent: each is to be written by `writeDirect` before the savepoint ends,
   * once. They are given back when it is rolled back.
   *
   * @throws StoreError `STORE_TOO_LARGE`
   */
  allocateRun(pageCount: number): number {
    const first = this.#allocator.allocateRun(pageCount);
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

  /**
   * Says that nothing points to pages any more: they may be taken from the next commit on. The caller has read each,
   * and does not fetch it again. A rollback of the savepoint makes them what they were.
   *
   * @throws StoreError `TREE_CORRUPTED` for a page that is free: something else says that it points to it, too
   */
  free(pageIds: Iterable<number>): void {
    for (const pageId of pageIds) if (!this.#allocator.free(pageId)) throw freePageReached(pageId);
  }

  /** The free map of a store that has it in its catalogue. Nothing was allocated yet. */
  useFreeGroups(groups: Iterable<FreeGroup>): void {
    this.#allocator.useFreeGroups(groups);
    this.cache.dropWhere(({ pageId }) => this.#allocator.isFree(pageId));
  }

  /** The free map as the next commit leaves it, were it now: all groups that have free pages. */
  freeGroups(): FreeGroup[] {
    return this.#allocator.freeGroups();
  }

  /**
   * Of the free map as the next commit leaves it the groups that may have changed since the last one; those without any
   * free page, too. Pages that are allocated after that can change it again.
   */
  changedFreeGroups(): FreeGroup[] {
    return this.#allocator.changedFreeGroups();
  }

  /** To be called before each change of a fetched page: keeps what a rollback goes back to. */
  markDirty(frame: Frame): void {
    if (frame.changedIn === this.#savepoint) return;
    if (frame.dirty && !this.#allocator.isNewInSavepoint(frame.pageId)) this.#copies.keep(frame, this.cache);
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
    this.#sums?.releaseSavepoint();
    this.generation++;
  }

  /** Keeps what was changed in the savepoint, in memory. */
  releaseSavepoint(): void {
    this.#endSavepoint();
    this.#copies.release(this.cache);
    this.#allocator.releaseSavepoint();
  }

  /** Makes every page again what it was before the savepoint. Needs no I/O, and so cannot fail. */
  rollBack(): void {
    for (const pageId of this.#allocator.rollBack()) this.cache.drop(pageId);
    this.cache.dropWhere((frame) => frame.changedIn === this.#savepoint);
    this.#copies.rollBack(this.cache);
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
  *commit(state: CommittedState): Steps<void> {
    this.checkIdle();
    const { storeFile, cache, format } = this;
    const commit = new Commit(this.files, storeFile, this.#journal, cache, {
      format,
      base: this.#base,
      allocator: this.#allocator,
      sums: this.#sums,
      makeNext: () => format.superblock.encode(this.#superblockOf(state)),
    });
    this.#commit = commit;
    this.unusable = this.#failure('a commit is going on: its steps must be run to their end first');
    let cause: unknown;
    try {
      this.#setCommitted(yield* commit.steps());
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
    this.#allocator.truncateTo(pageCount);
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

  #superblockOf({ record, ...state }: CommittedState): Superblock {
    const superblock = { ...state, nextPageId: BigInt(this.#allocator.nextPageCount) };
    if (record === undefined) return superblock;
    const { sum0, sum1 } = (this.#sums as RunningSums).total;
    const counted = {
      commitNumber: this.#commitNumber + 1n,
      pageSums: { sum0, sum1 },
      freePages: this.#allocator.freePages,
      freeGroups: record.catalogue === null ? this.freeGroups() : [],
    };
    return { ...superblock, record: { ...record, ...counted } };
  }

  #setCommitted(next: Buffer): void {
    this.#allocator.setCommitted();
    this.#base = next;
    this.storeFile.base = next;
    this.#commitNumber++;
  }

  #failure(message: string, cause?: unknown): StoreError {
    const facts = { path: this.storeFile.path, outcome: this.#commit?.outcome ?? NOT_COMMITTED };
    return new StoreError('STORE_FAILED', message, facts, undefined, { cause });
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
    if (this.#allocator.isFree(pageId)) throw freePageReached(pageId);
    this.#copies.read(pageId, frame);
    const fault = this.format.pages.findFault(frame, { pageId, storeTag: this.storeTag });
    if (fault !== undefined) throw damagedPage(pageId, fault);
    frame.measure();
  }
}
