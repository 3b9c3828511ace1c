/** `BTreeStore`, the public interface of a store: open, read, apply, sync, close. */
import { DEFAULT_CACHE_PAGES } from '../cache/page-cache.js';
import { temporaryPath } from '../pager/store-file.js';
import type { PageReader } from '../pager/page-reader.js';
import type { Pager } from '../pager/pager.js';
import { createNamelessFile } from '../journal/side-files.js';
import { SnapshotPager } from '../pager/snapshot-pager.js';
import { WriterLock } from '../lock/writer-lock.js';
import type { Catalogue, WritableCatalogue } from '../catalogue/catalogue.js';
import type { Table } from '../catalogue/table.js';
import { StoreError } from '../errors.js';
import type { FileHandle, FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { keyBytes, requireBigint } from '../bytes/arguments.js';
import type { WriteBatch } from '../log/batch.js';
import { keyRef } from '../bytes/bytes.js';
import { type LogPosition, nextHash, storeIdOf, ZERO_HASH } from '../log/hash-chain.js';
import { findKey } from '../format/items.js';
import { MAX_KEY_LENGTH } from '../format/layout.js';
import type { Frame } from '../cache/frame.js';
import type { Superblock } from '../format/superblock.js';
import { MAX_U64, U64 } from '../bytes/u64.js';
import { CommitGroup } from '../commit-group/commit-group.js';
import { runSteps, type Steps } from '../steps.js';
import { Cursor, type Row } from '../table/row-cursor.js';
import { tableFormatOf } from '../table/table-format.js';
import type { RowVersion, StoredVersion, VersionsOptions } from '../table/versions.js';
import { TreePath } from '../tree/path.js';
import { isEmptyTree } from '../tree/root.js';
import { applyGroup } from './apply-group.js';
import { explainKey, type Explanation } from './explain.js';
import {
  formatNumber,
  NOTHING_DONE,
  openToCreate,
  openToRead,
  openToWrite,
  type Recovery,
  requestedFormat,
} from './open-store.js';
import { type KeyRange, keysOf } from './ranges.js';
import type { CursorOptions, OpenOptions, TableInfo } from './store-options.js';

/** The position after that of the first batch. */
const SECOND = 2n;
/** A position after every batch. */
const PAST_ALL = MAX_U64;

const DEFAULT_LOCK_TIMEOUT_MS = 5000;

/** What only a store that may be written has. */
interface Writer {
  readonly files: FileSystem;
  readonly pager: Pager;
  readonly tables: WritableCatalogue;
  readonly lock: WriterLock;
}

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
export class BTreeStore {
  readonly #pages: PageReader;
  readonly #tables: Catalogue;
  readonly #writer: Writer | undefined;
  /** Each may have a file open. */
  readonly #openGroups = new Set<CommitGroup>();
  #applied: U64;
  #appliedPosition: bigint;
  #appliedHash: Uint8Array;
  #unsynced: boolean;

  private constructor(
    /** The store's file, symbolic links followed. */
    readonly path: string,
    pages: PageReader,
    tables: Catalogue,
    writer: Writer | undefined,
    superblock: Superblock | undefined,
    /**
     * What a writer before had left to be done, and opening the store has done: of a store that is only read nothing.
     */
    readonly recovery: Recovery,
  ) {
    this.#pages = pages;
    this.#tables = tables;
    this.#writer = writer;
    this.#appliedPosition = superblock?.appliedPosition ?? 0n;
    // Before the first batch the hash is zero, whatever the superblock says: the chain begins there.
    this.#appliedHash = this.#appliedPosition > 0n && superblock ? superblock.appliedHash : ZERO_HASH;
    this.#applied = U64.from(this.#appliedPosition);
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

  /**
   * As `open`, in steps of a few milliseconds; when they are not run to their end nothing was opened. @throws
   * StoreError as `open`
   */
  static *openSteps(path: string, options: OpenOptions = {}): Steps<BTreeStore> {
    const { create = false, readOnly = false, cachePages = DEFAULT_CACHE_PAGES, files = nodeFiles } = options;
    if (create && readOnly) {
      throw new StoreError('INVALID_ARGUMENT', 'a store that is opened read-only cannot be created');
    }
    const { lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = options;
    if (!(lockTimeoutMs >= 0)) throw new StoreError('INVALID_ARGUMENT', `a timeout is 0 or more, not ${lockTimeoutMs}`);
    const format = requestedFormat(options.format);
    const resolved = files.resolve(path) ?? (create ? files.resolveNewPath(path) : undefined);
    if (resolved === undefined) throw new StoreError('STORE_NOT_FOUND', `no such file: ${path}`, { path });
    const request = { files, path: resolved, cachePages, format };
    if (readOnly) {
      const { pages, tables } = openToRead(request);
      return new BTreeStore(resolved, pages, tables, undefined, pages.superblock, NOTHING_DONE);
    }
    const lock = yield* WriterLock.acquire(files, resolved, lockTimeoutMs);
    let store: BTreeStore | undefined;
    try {
      // Looked for again: somebody else may have made it while we waited.
      const isNew = create && files.resolve(resolved) === undefined;
      const { pager, tables, superblock, recovery } = isNew
        ? yield* openToCreate(request, lock)
        : yield* openToWrite(request, lock);
      store = new BTreeStore(resolved, pager, tables, { files, pager, tables, lock }, superblock, recovery);
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
    return this.#pages instanceof SnapshotPager ? this.#pages.notes : [];
  }

  /** Whether the store is open read-only. */
  get readOnly(): boolean {
    return this.#writer === undefined;
  }

  /** The format of the store, as its superblock says it. */
  get format(): number {
    return formatNumber(this.#pages.format);
  }

  /** The position of the last batch applied, synced or not; 0 before the first. */
  get appliedPosition(): bigint {
    return this.#appliedPosition;
  }

  /** Which log was applied, 32 bytes; zero when nothing was, or when it is not known. */
  get appliedHash(): Uint8Array {
    return Uint8Array.from(this.#appliedHash);
  }

  /** Whether the store has a table. */
  hasTable(id: bigint): boolean {
    this.#pages.checkIdle();
    return this.#pages.retryOnChange(() => this.#tables.has(id));
  }

  /** All tables, ascending by id. */
  tables(): TableInfo[] {
    this.#pages.checkIdle();
    return Array.from(this.#tables.entries(), ({ id, root, height }) => ({ id, root, height }));
  }

  /** How many rows a table has now, where the store counts them; undefined where they are to be counted. */
  rowCount(table: bigint): number | undefined {
    this.#pages.checkIdle();
    requireBigint(table, 'a table id');
    const counts = this.#pages.retryOnChange(() => this.#tables.get(table)?.counts);
    // A reader may have the counts of a later commit than the one that it sees.
    return counts !== undefined && counts.lastChanged <= this.#appliedPosition ? counts.rows : undefined;
  }

  /** Whether pages that a purge gives up are used again. */
  get reusesPages(): boolean {
    return this.#pages.format.newRecord !== undefined;
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
   * As `applyAll`, in steps of a few milliseconds. Between them the store answers nothing; when the steps are not run
   * to their end nothing was applied.
   *
   * @throws StoreError as `apply`
   */
  *applySteps(batches: readonly WriteBatch[]): Steps<void> {
    this.#checkWritable();
    const [first] = batches;
    if (first !== undefined) this.#identify(() => nextHash(ZERO_HASH, first));
    yield* this.#change(this.#applyInGroups(batches), batches.at(-1)?.position ?? this.#appliedPosition);
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
    if (group.firstPosition !== this.#appliedPosition + 1n) {
      throw new StoreError('INVALID_ARGUMENT', 'the store was changed after the group was begun');
    }
    this.#identify(() => group.positionBefore(SECOND).hash);
    yield* this.#change(this.#applyUpTo(group, before), group.positionBefore(before).position);
  }

  /** The current value of a key. */
  get(table: bigint, key: Uint8Array | string): Uint8Array | undefined {
    return this.getVersion(table, key)?.value;
  }

  /** The value of a key as of a position up to the applied one. @throws StoreError as `getVersion` */
  getAt(table: bigint, key: Uint8Array | string, position: bigint): Uint8Array | undefined {
    return this.getVersion(table, key, position)?.value;
  }

  /**
   * As `getAt`, with the positions between which the value was visible.
   *
   * @throws StoreError `POSITION_BEYOND_APPLIED`, `POSITION_FORGOTTEN` (the table has lost what it was then)
   */
  getVersion(table: bigint, key: Uint8Array | string, position?: bigint): RowVersion | undefined {
    const at = this.#positionWords(position);
    const versions = tableFormatOf(this.#pages.format).reader(this.#pages, () => this.#tableAt(table, at));
    return this.#withEntry(table, key, at, (leaf, index) => {
      if (!versions.find(leaf, index, at)) return undefined;
      const lifetime = versions.lifetime(this.#applied);
      return { value: versions.value(), ...lifetime };
    });
  }

  /** All versions of a key, newest first; none when the key was never there. */
  history(table: bigint, key: Uint8Array | string): RowVersion[] {
    return Array.from(this.versions(table, key), ({ value, createdAt, deletedAt }) => ({
      value,
      createdAt,
      deletedAt,
    }));
  }

  /**
   * As `history`, one by one: only the version that is asked for is copied.
   *
   * @throws StoreError as `getVersion`
   */
  versions(
    table: bigint,
    key: Uint8Array | string,
    { at: position, reverse = false }: VersionsOptions = {},
  ): Generator<StoredVersion, undefined> {
    const at = this.#positionWords(position);
    // Refused here as well as where it is read: a table can be purged meanwhile.
    if (position !== undefined) this.#pages.retryOnChange(() => this.#tableAt(table, at));
    return tableFormatOf(this.#pages.format).versions(
      this.#pages,
      () => this.#tableAt(table, at),
      (found) => this.#withEntry(table, key, at, found),
      { at, applied: this.#applied, reverse },
    );
  }

  /** How `getVersion` comes to its answer: the way through the tree, and the versions looked at. @throws as it does */
  explain(table: bigint, key: Uint8Array | string, position?: bigint): Explanation {
    // What is wrong on the way is told as it is when the answer is asked for.
    this.getVersion(table, key, position);
    const range = { at: this.#positionWords(position), applied: this.#applied, reverse: false };
    const ref = keyRef(keyBytes(key));
    return this.#pages.retryOnChange(() => explainKey(this.#pages, this.#tableAt(table, range.at), ref, range));
  }

  /** Up to `limit` current rows of a range, ascending. */
  scan(table: bigint, range: KeyRange, limit: number): Row[] {
    return this.scanAt(table, range, limit, this.#appliedPosition);
  }

  /** Up to `limit` rows of a range as of a position, ascending. @throws StoreError as `getVersion` */
  scanAt(table: bigint, range: KeyRange, limit: number, position: bigint): Row[] {
    if (!(limit >= 0)) throw new StoreError('INVALID_ARGUMENT', `a limit is 0 or more, not ${limit}`);
    const cursor = this.cursor(table, { ...range, at: position });
    const rows: Row[] = [];
    while (rows.length < limit && cursor.next()) rows.push(cursor.row());
    return rows;
  }

  /** Walks the rows of a range one by one, in bounded memory. @throws StoreError as `getVersion` */
  cursor(table: bigint, options: CursorOptions = {}): Cursor {
    requireBigint(table, 'a table id');
    const { from, to } = keysOf(options);
    const range = { from, to, reverse: options.reverse ?? false, at: this.#positionWords(options.at) };
    // Refused here as well as where it is read: a table can be purged meanwhile.
    if (options.at !== undefined) this.#pages.retryOnChange(() => this.#tableAt(table, range.at));
    return new Cursor(
      this.#pages,
      () => this.#tableAt(table, range.at),
      () => this.#applied,
      range,
    );
  }

  /**
   * Makes everything applied durable, whole or not at all; a new store gets its file. After an error the store must be
   * opened again; the fact `outcome` says whether the commit happened: `not committed`, `committed` (opening the store
   * to be written finishes it), or `unknown` before it is opened.
   *
   * @throws StoreError `READ_ONLY`, `STORE_EXISTS` (somebody else made the store meanwhile), `IO_ERROR`
   */
  sync(): void {
    runSteps(this.syncSteps());
  }

  /** As `sync`, in steps of a few milliseconds; they must be run to their end. @throws StoreError as `sync` */
  *syncSteps(): Steps<void> {
    const { pager, tables } = this.#checkWritable();
    if (!this.#unsynced) {
      pager.discardTail();
      return;
    }
    const saved = yield* tables.save(this.#appliedPosition);
    yield* pager.commit({ appliedPosition: this.#appliedPosition, appliedHash: this.#appliedHash, ...saved });
    tables.setCommitted();
    this.#unsynced = false;
  }

  /** Closes the store. What was not synced is discarded. A second call does nothing. */
  close(): void {
    try {
      for (const group of this.#openGroups) group.close();
    } finally {
      this.#closeFiles();
    }
  }

  #closeFiles(): void {
    try {
      this.#pages.close();
    } finally {
      this.#writer?.lock.release();
    }
  }

  #checkWritable(): Writer {
    this.#pages.checkIdle();
    return this.#getWriter();
  }

  #getWriter(): Writer {
    if (this.#writer !== undefined) return this.#writer;
    throw new StoreError('READ_ONLY', `${this.path} is open read-only`, { path: this.path });
  }

  #groupAtEnd(): CommitGroup {
    return this.#groupAfter({ position: this.#appliedPosition, hash: this.#appliedHash });
  }

  #groupAfter(start: LogPosition): CommitGroup {
    const { files, lock } = this.#getWriter();
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
    if (reached.position === this.#appliedPosition) return;
    this.#appliedHash = reached.hash;
    this.#appliedPosition = reached.position;
    this.#applied = U64.from(reached.position);
    this.#unsynced = true;
  }

  /** A store gets its id with the first batch, before it has any page. */
  #identify(firstHash: () => Uint8Array): void {
    if (this.#appliedPosition === 0n) this.#getWriter().tables.identify(storeIdOf(firstHash()));
  }

  #positionWords(position: bigint | undefined): U64 {
    if (position === undefined) return this.#applied;
    requireBigint(position, 'a position');
    if (position < 0n)
      throw new StoreError('INVALID_ARGUMENT', `a position is 0 or more, not ${position}`, { position });
    if (position <= this.#appliedPosition) return U64.from(position);
    const message = `position ${position} is not known yet: the store has applied ${this.#appliedPosition}`;
    throw new StoreError('POSITION_BEYOND_APPLIED', message, { position, appliedPosition: this.#appliedPosition });
  }

  /** A table, to be read as of a position. @throws StoreError `POSITION_FORGOTTEN` when it begins later */
  #tableAt(id: bigint, at: U64): Table | undefined {
    const table = this.#tables.get(id);
    const oldest = table?.counts?.oldest ?? 0n;
    if (oldest === 0n || at.compare(U64.from(oldest)) >= 0) return table;
    const position = at.toBigInt();
    const message = `what table ${id} held at position ${position} is forgotten: it is known from position ${oldest} on`;
    throw new StoreError('POSITION_FORGOTTEN', message, { table: id, position, oldest });
  }

  /** Calls back with the leaf and index of a key's entry; undefined when the key has none. */
  #withEntry<Result>(
    table: bigint,
    keyOrText: Uint8Array | string,
    at: U64,
    found: (leaf: Frame, index: number) => Result,
  ): Result | undefined {
    this.#pages.checkIdle();
    requireBigint(table, 'a table id');
    const key = keyBytes(keyOrText);
    if (key.byteLength > MAX_KEY_LENGTH) return undefined;
    const ref = keyRef(key);
    return this.#pages.retryOnChange(() => {
      const tree = this.#tableAt(table, at)?.tree;
      if (tree === undefined || isEmptyTree(tree)) return undefined;
      const leaf = new TreePath(this.#pages, tree).seek(ref);
      const index = findKey(leaf, ref);
      return index < 0 ? undefined : found(leaf, index);
    });
  }
}
