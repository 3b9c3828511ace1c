/** `BTreeStore`, the public interface of a store: open, read, apply, sync, close. */
import { DEFAULT_CACHE_PAGES } from '../cache/page-cache.js';
import { temporaryPath } from '../pager/store-file.js';
import { createNamelessFile } from '../journal/side-files.js';
import { SnapshotPager } from '../pager/snapshot-pager.js';
import { isSalvaged } from '../format/v2/features.js';
import { resolveStore } from '../pager/store-name.js';
import { WriterLock } from '../lock/writer-lock.js';
import { StoreError } from '../errors.js';
import type { FileHandle, FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import type { WriteBatch } from '../log/batch.js';
import { type LogPosition, nextHash, storeIdOf, ZERO_HASH } from '../log/hash-chain.js';
import { MAX_U64, U64 } from '../bytes/u64.js';
import { CommitGroup } from '../commit-group/commit-group.js';
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { runSteps, type Steps } from '../steps.js';
import { applyGroup } from './apply-group.js';
import {
  NOTHING_DONE,
  openToCreate,
  openToRead,
  type OpenedStore,
  openToWrite,
  snapshotTables,
  type Recovery,
  requestedFormat,
  type Writer,
} from './open-store.js';
import { StoreReads } from './store-reads.js';
import { DEFAULT_LOCK_TIMEOUT_MS, type OpenOptions } from './options.js';

/** The position after that of the first batch. */
const SECOND = 2n;
/** A position after every batch. */
const PAST_ALL = MAX_U64;

/**
 * A projection store: tables of keys with their version history, derived from a log batch by batch.
 *
 * Table ids and positions are u64, as `bigint`. A key is bytes, or a string that stands for its UTF-8 bytes. An absent
 * table reads as an empty one. Keys and values that are returned are copies. All calls are synchronous and throw
 * StoreError; beside what each names: `STORE_CLOSED`, `STORE_FAILED`, `IO_ERROR`, and for damage where the answer is
 * `PAGE_CORRUPTED` or `TREE_CORRUPTED`.
 *
 * A store that is only read answers as of the commit at which it was opened, whatever a writer in another process does
 * meanwhile: `SNAPSHOT_GONE` when that one has purged the table, `STORE_CHANGING` when it leaves no time to read.
 */
export class BTreeStore extends StoreReads implements Disposable, AsyncDisposable {
  /** What a writer before had left to be done, and opening the store has done: of a store that is only read nothing. */
  readonly recovery: Recovery;
  /** Whether it was salvaged, and a part of it was lost, as far as its format can say so: its history is not known. */
  readonly isSalvaged: boolean;
  readonly #writer: Writer | undefined;
  /** Each may have a file open. */
  readonly #openGroups = new Set<CommitGroup>();
  #unsynced: boolean;

  private constructor(path: string, files: FileSystem, opened: OpenedStore) {
    super(path, files, opened);
    const { writer, superblock, recovery } = opened;
    this.#writer = writer;
    this.recovery = recovery;
    this.isSalvaged = superblock !== undefined && isSalvaged(superblock);
    this.#unsynced = superblock === undefined || recovery.uncountedPages > 0;
  }

  /**
   * Opens a store. To be written, it is first recovered from whatever ended the writer before; to be read, nothing is
   * changed.
   *
   * @throws StoreError `STORE_NOT_FOUND`, `NOT_A_STORE`, `UNSUPPORTED_VERSION`, `SUPERBLOCK_CORRUPTED`, `IO_ERROR`,
   *   `JOURNAL_FOREIGN`, `JOURNAL_CORRUPTED`, `FORMAT_MISMATCH`, `STORE_TRUNCATED`, `STORE_HAS_LINKS`,
   *   `STORE_NAME_TOO_LONG`, `FEATURE_UNSUPPORTED` and `STORE_LOCKED` (to be written only), `STORE_CHANGING` (to be
   *   read only), `INVALID_ARGUMENT`
   */
  static open(path: string, options: OpenOptions = {}): BTreeStore {
    return runSteps(BTreeStore.openSteps(path, options));
  }

  /** As `open`, beside an event loop: recovery takes long, and so may another writer. @throws StoreError as `open` */
  static async openAsync(path: string, { signal, ...options }: OpenOptions & AbortOptions = {}): Promise<BTreeStore> {
    return untilAborted(BTreeStore.openSteps(path, options), { signal });
  }

  /**
   * As `open`, in steps of a few milliseconds; when they are not run to their end nothing was opened. @throws
   * StoreError as `open`
   */
  static *openSteps(path: string, options: OpenOptions = {}): Steps<BTreeStore> {
    const {
      create = false,
      readOnly = false,
      cachePages = DEFAULT_CACHE_PAGES,
      files = nodeFiles,
      journalBytes,
    } = options;
    if (create && readOnly) {
      throw new StoreError('INVALID_ARGUMENT', 'a store that is opened read-only cannot be created');
    }
    const { lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = options;
    if (journalBytes !== undefined && !(journalBytes >= 0)) {
      throw new StoreError('INVALID_ARGUMENT', `a journal is put in place at 0 bytes or more, not ${journalBytes}`);
    }
    if (!(lockTimeoutMs >= 0)) throw new StoreError('INVALID_ARGUMENT', `a timeout is 0 or more, not ${lockTimeoutMs}`);
    const format = requestedFormat(options.format);
    const resolved = resolveStore(files, path, create);
    const request = { files, path: resolved, cachePages, format, journalBytes };
    if (readOnly) {
      const { pages, tables } = openToRead(request);
      const { superblock } = pages;
      return new BTreeStore(resolved, files, { pages, tables, superblock, recovery: NOTHING_DONE });
    }
    const lock = yield* WriterLock.acquire(files, resolved, lockTimeoutMs);
    let store: BTreeStore | undefined;
    try {
      // Looked for again: somebody else may have made it while we waited.
      const isNew = create && files.resolve(resolved) === undefined;
      const opened = isNew ? yield* openToCreate(request, lock) : yield* openToWrite(request, lock);
      const { pager, tables } = opened;
      store = new BTreeStore(resolved, files, { ...opened, pages: pager, writer: { pager, tables, lock } });
      return store;
    } finally {
      if (store === undefined) lock.release();
    }
  }

  /**
   * What a reader should know about the store and the files beside it, as errors of which a writer may be refused with
   * some; none for a writer.
   */
  get notes(): readonly StoreError[] {
    return this.pages instanceof SnapshotPager ? this.pages.notes : [];
  }

  /**
   * What there is to know about the file beneath a store that is only read: whether the commit that it sees is on
   * disk, so that no crash can undo it, and whether another file has the store's name by now, or none has.
   */
  get standing(): { readonly isDurable: boolean; readonly isReplaced: boolean } {
    const pages = this.pages;
    if (!(pages instanceof SnapshotPager)) return { isDurable: !this.#unsynced, isReplaced: false };
    return { isDurable: pages.isDurable(), isReplaced: pages.isReplaced() };
  }

  /**
   * Lets a store that is only read answer as of the newest commit from now on. When it throws, close the store.
   *
   * @param table the only one whose loss matters (default: any)
   * @throws StoreError `SNAPSHOT_GONE` when a table was purged meanwhile, `STORE_REPLACED`, `STORE_CHANGING`
   */
  refresh(table?: bigint): void {
    const pages = this.pages;
    if (!(pages instanceof SnapshotPager)) return;
    const before = table === undefined ? this.tables().map(({ id }) => id) : [table];
    pages.moveOn();
    for (const id of before) pages.retryOnChange(() => this.catalogue.get(id));
    this.catalogue = snapshotTables(pages);
    this.setApplied(pages.superblock.appliedPosition, pages.superblock.appliedHash);
  }

  /** Whether the store is open read-only. */
  get readOnly(): boolean {
    return this.#writer === undefined;
  }

  /** Whether pages that a purge gives up are used again. */
  get reusesPages(): boolean {
    return this.pages.format.newRecord !== undefined;
  }

  /**
   * How many pages the batches since the last `sync` have given up, by purges: they are used again after the next one.
   * Always 0 where pages are not used again.
   */
  get pagesFreed(): number {
    return this.#writer?.pager.freedCount ?? 0;
  }

  /**
   * Applies a batch, in memory: all of it, or when it throws nothing.
   *
   * @throws StoreError `NON_SEQUENTIAL_BATCH`, `ENTRY_TOO_LARGE`, `TOO_MANY_TABLES`, `TORN_VERSION`, `READ_ONLY`
   */
  apply(batch: WriteBatch): void {
    this.applyAll([batch]);
  }

  /**
   * Applies consecutive batches together, in memory: all of them, or when it throws none. Much faster than one by one,
   * because each page is visited once for all of them. The fact `position` of an error says which batch was refused.
   *
   * @throws StoreError as `apply`
   */
  applyAll(batches: readonly WriteBatch[]): void {
    runSteps(this.applySteps(batches));
  }

  /**
   * As `applyAll`, beside an event loop. Until it has ended the store answers nothing; when the signal ends it nothing
   * was applied.
   *
   * @throws StoreError as `apply`
   */
  async applyAllAsync(batches: readonly WriteBatch[], options: AbortOptions = {}): Promise<void> {
    return untilAborted(this.applySteps(batches), options);
  }

  /**
   * As `applyAll`, in steps of a few milliseconds. Between them the store answers nothing; when the steps are not run
   * to their end nothing was applied.
   *
   * @throws StoreError as `apply`
   */
  *applySteps(batches: readonly WriteBatch[]): Steps<void> {
    this.#checkWritable();
    const [first] = batches;
    if (first !== undefined) this.#identify(() => nextHash(ZERO_HASH, first));
    yield* this.#change(this.#applyInGroups(batches), batches.at(-1)?.position ?? this.appliedPosition);
  }

  /** @internal A group for the batches after the last one applied. It is closed with the store at the latest. */
  newGroup(): CommitGroup {
    const group = this.#groupAtEnd();
    this.#openGroups.add(group);
    return group;
  }

  /**
   * @internal Applies the batches of a group below a position, as `applySteps`.
   *
   * @param before the first position not to be applied (default: all are)
   */
  *applyGroupSteps(group: CommitGroup, before = PAST_ALL): Steps<void> {
    this.#checkWritable();
    if (group.firstPosition !== this.appliedPosition + 1n) {
      throw new StoreError('INVALID_ARGUMENT', 'the store was changed after the group was begun');
    }
    this.#identify(() => group.positionBefore(SECOND).hash);
    yield* this.#change(this.#applyUpTo(group, before), group.positionBefore(before).position);
  }

  /**
   * Makes everything applied durable, whole or not at all; a new store gets its file. Changed pages may stay in the
   * journal beside it while the store is open: `checkpoint` and `close` put them in place. After an error the store
   * must be opened again; the fact `outcome` says whether the commit happened: `not committed`, `committed` (opening
   * the store to be written finishes it), or `unknown` before it is opened.
   *
   * @throws StoreError `READ_ONLY`, `STORE_EXISTS` (somebody else made the store meanwhile), `IO_ERROR`
   */
  sync(): void {
    runSteps(this.syncSteps());
  }

  /** As `sync`, beside an event loop. Nothing can end it: a commit is whole. @throws StoreError as `sync` */
  async syncAsync(): Promise<void> {
    return untilAborted(this.syncSteps());
  }

  /** As `sync`, in steps of a few milliseconds; they must be run to their end. @throws StoreError as `sync` */
  *syncSteps(): Steps<void> {
    yield* this.#syncSteps(false);
  }

  /**
   * As `sync`, and puts in place what the journal beside the store holds: the store is one file then, whole, as it is
   * after `close`.
   *
   * @throws StoreError as `sync`
   */
  checkpoint(): void {
    runSteps(this.checkpointSteps());
  }

  /** As `checkpoint`, beside an event loop. Nothing can end it. @throws StoreError as `sync` */
  async checkpointAsync(): Promise<void> {
    return untilAborted(this.checkpointSteps());
  }

  /** As `checkpoint`, in steps of a few milliseconds; they must be run to their end. @throws StoreError as `sync` */
  *checkpointSteps(): Steps<void> {
    yield* this.#syncSteps(true);
  }

  *#syncSteps(atRest: boolean): Steps<void> {
    const { pager, tables } = this.#checkWritable();
    if (!this.#unsynced) {
      pager.discardTail();
      if (atRest) yield* pager.checkpoint();
      return;
    }
    const saved = yield* tables.save(this.appliedPosition);
    yield* pager.commit({ appliedPosition: this.appliedPosition, appliedHash: this.appliedHash, ...saved }, atRest);
    tables.setCommitted();
    this.#unsynced = false;
  }

  /**
   * Closes the store: what was synced is put in place, what was not is discarded. A second call does nothing.
   *
   * @throws StoreError `IO_ERROR`, `LOCK_LOST`, `STORE_REPLACED`: what was synced stays in the journal beside the store
   */
  close(): void {
    try {
      for (const group of this.#openGroups) group.close();
    } finally {
      this.#closeFiles();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this).then((store) => {
      store.close();
    });
  }

  #closeFiles(): void {
    try {
      this.pages.close();
    } finally {
      this.#writer?.lock.release();
    }
  }

  #checkWritable(): Writer {
    this.pages.checkIdle();
    return this.#getWriter();
  }

  #getWriter(): Writer {
    if (this.#writer !== undefined) return this.#writer;
    throw new StoreError('READ_ONLY', `${this.path} is open read-only`, { path: this.path });
  }

  #groupAtEnd(): CommitGroup {
    return this.#groupAfter({ position: this.appliedPosition, hash: this.appliedHash });
  }

  #groupAfter(start: LogPosition): CommitGroup {
    const { lock } = this.#getWriter();
    const { files } = this;
    const makeFile = (): FileHandle => createNamelessFile(files, temporaryPath(this.path, 'sort'), lock.id);
    return new CommitGroup(start, makeFile, (group) => this.#openGroups.delete(group));
  }

  *#applyInGroups(batches: readonly WriteBatch[]): Steps<LogPosition> {
    let group = this.#groupAtEnd();
    for (const batch of batches) {
      if (!group.takes(batch)) group = this.#groupAfter(yield* this.#applyUpTo(group, PAST_ALL));
      group.add(batch);
      yield;
    }
    return yield* this.#applyUpTo(group, PAST_ALL);
  }

  *#applyUpTo(group: CommitGroup, before: bigint): Steps<LogPosition> {
    const { pager, tables } = this.#getWriter();
    yield* applyGroup(pager, tables, group, U64.from(before));
    return group.positionBefore(before);
  }

  /**
   * Makes changes that lead to another position in the log, or none when that throws or is not run to its end.
   *
   * @param last where they lead
   */
  *#change(work: Steps<LogPosition>, last: bigint): Steps<void> {
    const { pager, tables } = this.#checkWritable();
    let reached: LogPosition | undefined;
    pager.beginSavepoint(U64.from(last));
    tables.begin(last);
    try {
      reached = yield* work;
    } finally {
      if (reached === undefined) {
        pager.rollBack();
        tables.rollBack();
      } else {
        pager.releaseSavepoint();
      }
    }
    if (reached.position === this.appliedPosition) return;
    this.setApplied(reached.position, reached.hash);
    this.#unsynced = true;
  }

  /** A store gets its id with the first batch, before it has any page. */
  #identify(firstHash: () => Uint8Array): void {
    if (this.appliedPosition === 0n) this.#getWriter().tables.identify(storeIdOf(firstHash()));
  }
}
