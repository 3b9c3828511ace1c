/** What a store answers: its tables, and the rows and versions of keys, now and at earlier positions. */
import type { Frame } from '../cache/frame.js';
import { keyBytes, requireBigint } from '../bytes/arguments.js';
import { keyRef } from '../bytes/bytes.js';
import { U64 } from '../bytes/u64.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Table } from '../catalogue/table.js';
import type { FileSystem } from '../file/files.js';
import { findKey } from '../format/items.js';
import { MAX_KEY_LENGTH } from '../format/layout.js';
import { ZERO_HASH } from '../log/hash-chain.js';
import type { PageReader } from '../pager/page-reader.js';
import { KeyLookup } from '../table/key-lookup.js';
import { type KeyRange, keysOf } from '../table/ranges.js';
import { countRows, type OnCount } from '../table/row-count.js';
import { Cursor, type Row, type RowRange } from '../table/row-cursor.js';
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { ResultIterator } from '../async/result-iterator.js';
import { runSteps, type Steps } from '../steps.js';
import { tableFormatOf } from '../table/table-format.js';
import type { RowVersion, StoredVersion, VersionsOptions } from '../table/versions.js';
import { type KeyVersion, versionsOfKeys } from '../timeline/versions-of-keys.js';
import { checkKnown, forgottenAt } from '../timeline/positions.js';
import type { StoreView } from '../timeline/view.js';
import { keyFacts, withKeys } from '../tree/damaged-keys.js';
import { TreePath } from '../tree/path.js';
import { isEmptyTree } from '../tree/root.js';
import { explainKey, type Explanation } from './explain.js';
import { formatNumber } from '../format/formats.js';
import type { OpenedStore } from './open-store.js';
import {
  checkLimit,
  type CountOptions,
  type CursorOptions,
  type TableInfo,
  type VersionCursorOptions,
} from './options.js';
import { StoreTimeline } from './store-timeline.js';

/** A store as far as it is read. What it answers is as of the applied position, or as of an earlier one. */
export abstract class StoreReads extends StoreTimeline {
  /** @internal */
  protected readonly pages: PageReader;
  /** @internal */
  protected catalogue: Catalogue;
  #applied: U64;
  #appliedPosition: bigint;
  #appliedHash: Uint8Array;
  #lookup: KeyLookup | undefined;

  /** @internal */
  protected constructor(
    /** The store's file, symbolic links followed. */
    readonly path: string,
    /** @internal */
    protected readonly files: FileSystem,
    { pages, tables, superblock }: OpenedStore,
  ) {
    super();
    this.pages = pages;
    this.catalogue = tables;
    this.#appliedPosition = superblock?.appliedPosition ?? 0n;
    // Before the first batch the hash is zero, whatever the superblock says: the chain begins there.
    this.#appliedHash = this.#appliedPosition > 0n && superblock ? superblock.appliedHash : ZERO_HASH;
    this.#applied = U64.from(this.#appliedPosition);
  }

  /** The format of the store, as its superblock says it. */
  get format(): number {
    return formatNumber(this.pages.format);
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
    this.pages.checkIdle();
    return this.pages.retryOnChange(() => this.catalogue.has(id));
  }

  /** All tables, ascending by id. */
  tables(): TableInfo[] {
    this.pages.checkIdle();
    return Array.from(this.catalogue.entries(), ({ id, root, height }) => ({ id, root, height }));
  }

  /** How many rows a table has now, where the store counts them; undefined where they are to be counted. */
  rowCount(table: bigint): number | undefined {
    this.pages.checkIdle();
    requireBigint(table, 'a table id');
    const counts = this.pages.retryOnChange(() => this.catalogue.get(table)?.counts);
    // A reader may have the counts of a later commit than the one that it sees.
    return counts !== undefined && counts.lastChanged <= this.#appliedPosition ? counts.rows : undefined;
  }

  /** The current value of a key. */
  get(table: bigint, key: Uint8Array | string): Uint8Array | undefined {
    return this.#lookupIn(table, this.#applied).value(keyBytes(key));
  }

  /** The value of a key as of a position up to the applied one. @throws StoreError as `getVersion` */
  getAt(table: bigint, key: Uint8Array | string, position: bigint): Uint8Array | undefined {
    return this.#lookupIn(table, this.#positionWords(position)).value(keyBytes(key));
  }

  /** Whether a key has a value: now, or as of a position. @throws StoreError as `getVersion` */
  has(table: bigint, key: Uint8Array | string, position?: bigint): boolean {
    return this.#lookupIn(table, this.#positionWords(position)).has(keyBytes(key));
  }

  /**
   * The values of many keys, in the order of the keys: now, or as of a position. Faster than to ask for each, and all
   * values are in memory at once. @throws StoreError as `getVersion`
   */
  getMany(table: bigint, keys: readonly (Uint8Array | string)[], position?: bigint): (Uint8Array | undefined)[] {
    return this.#lookupIn(table, this.#positionWords(position)).values(keys.map(keyBytes));
  }

  /**
   * As `getAt`, with the positions between which the value was visible.
   *
   * @throws StoreError `POSITION_BEYOND_APPLIED`, `POSITION_FORGOTTEN` (the table has lost what it was then)
   */
  getVersion(table: bigint, key: Uint8Array | string, position?: bigint): RowVersion | undefined {
    const at = this.#positionWords(position);
    const versions = tableFormatOf(this.pages.format).reader(this.pages, () => this.#tableAt(table, at));
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
   * As `history`, one by one, for `for` or `for await`: only the version that is asked for is copied.
   *
   * @throws StoreError as `getVersion`
   */
  versions(
    table: bigint,
    key: Uint8Array | string,
    { at: position, reverse = false, limit, signal }: VersionsOptions = {},
  ): ResultIterator<StoredVersion> {
    const at = this.#positionWords(position);
    // Refused here as well as where it is read: a table can be purged meanwhile.
    if (position !== undefined) this.pages.retryOnChange(() => this.#tableAt(table, at));
    const versions = tableFormatOf(this.pages.format).versions(
      this.pages,
      () => this.#tableAt(table, at),
      (found) => this.#withEntry(table, key, at, found),
      { at, applied: this.#applied, reverse },
    );
    return new ResultIterator(versions, { limit: checkLimit(limit), signal });
  }

  /**
   * All versions of all keys of a range, also of keys that have no row any more: key by key, of each the newest first.
   *
   * @throws StoreError as `getVersion`
   */
  versionCursor(table: bigint, options: VersionCursorOptions = {}): ResultIterator<KeyVersion> {
    requireBigint(table, 'a table id');
    const { at, reverse = false, limit, signal, ...keys } = options;
    const view = this.viewAt([at]);
    const upTo = at ?? this.#appliedPosition;
    const found = versionsOfKeys(view, table, { ...keysOf(keys), at: upTo, reverse });
    return new ResultIterator(found, { limit: checkLimit(limit), signal });
  }

  /** How `getVersion` comes to its answer: the way through the tree, and the versions looked at. @throws as it does */
  explain(table: bigint, key: Uint8Array | string, position?: bigint): Explanation {
    // What is wrong on the way is told as it is when the answer is asked for.
    this.getVersion(table, key, position);
    const range = { at: this.#positionWords(position), applied: this.#applied, reverse: false };
    const ref = keyRef(keyBytes(key));
    return this.pages.retryOnChange(() => explainKey(this.pages, this.#tableAt(table, range.at), ref, range));
  }

  /** Up to `limit` current rows of a range, ascending. */
  scan(table: bigint, range: KeyRange, limit: number): Row[] {
    return this.scanAt(table, range, limit, this.#appliedPosition);
  }

  /** Up to `limit` rows of a range as of a position, ascending. @throws StoreError as `getVersion` */
  scanAt(table: bigint, range: KeyRange, limit: number, position: bigint): Row[] {
    return [...this.cursor(table, { ...range, limit, at: position })];
  }

  /**
   * Walks the rows of a range one by one, in bounded memory, with `for` or `for await`. @throws StoreError as
   * `getVersion`
   */
  cursor(table: bigint, { reverse = false, limit, signal, ...options }: CursorOptions = {}): Cursor {
    const range = { ...this.#rangeOf(table, options), reverse, limit: checkLimit(limit), signal };
    return new Cursor(
      this.pages,
      () => this.#tableAt(table, range.at),
      () => this.#applied,
      range,
    );
  }

  /** How many rows a cursor over the range would give, without walking to each. @throws StoreError as `cursor` */
  count(table: bigint, options: CountOptions = {}): number {
    return runSteps(this.countSteps(table, options));
  }

  /** As `count`, beside an event loop. @throws StoreError as `count` */
  async countAsync(table: bigint, { signal, ...options }: CountOptions & AbortOptions = {}): Promise<number> {
    return untilAborted(this.countSteps(table, options), { signal });
  }

  /**
   * As `count`, in steps of a few milliseconds.
   *
   * @param onCount told how many there are so far
   */
  countSteps(table: bigint, options: CountOptions = {}, onCount: OnCount = () => {}): Steps<number> {
    const { at, ...bounds } = this.#rangeOf(table, options);
    return countRows(this.pages, () => this.#tableAt(table, at), { at, ...bounds }, onCount);
  }

  /** @internal */
  protected setApplied(position: bigint, hash: Uint8Array): void {
    this.#appliedPosition = position;
    this.#appliedHash = hash;
    this.#applied = U64.from(position);
  }

  /** @internal */
  protected override viewAt(positions: readonly (bigint | undefined)[]): StoreView {
    this.pages.checkIdle();
    for (const position of positions) this.#positionWords(position);
    return {
      path: this.path,
      pages: this.pages,
      files: this.files,
      applied: { position: this.#appliedPosition, hash: this.#appliedHash },
      entries: () => this.catalogue.entries(),
      tableAt: (id, at) => this.#tableAt(id, at),
    };
  }

  /** What looks up keys; kept for the next ones, which are mostly of the same table and position. */
  #lookupIn(table: bigint, at: U64): KeyLookup {
    this.pages.checkIdle();
    requireBigint(table, 'a table id');
    if (this.#lookup?.isFor(table, at) !== true) {
      this.#lookup = new KeyLookup(this.pages, (id, position) => this.#tableAt(id, position), table, at);
    }
    return this.#lookup;
  }

  #rangeOf(table: bigint, { at: position, ...keys }: CountOptions): Omit<RowRange, 'reverse'> {
    requireBigint(table, 'a table id');
    const at = this.#positionWords(position);
    // Refused here as well as where it is read: a table can be purged meanwhile.
    if (position !== undefined) this.pages.retryOnChange(() => this.#tableAt(table, at));
    return { ...keysOf(keys), at };
  }

  #positionWords(position: bigint | undefined): U64 {
    if (position === undefined) return this.#applied;
    checkKnown(position, this.#appliedPosition);
    return U64.from(position);
  }

  /** A table, to be read as of a position. @throws StoreError `POSITION_FORGOTTEN` when it begins later */
  #tableAt(id: bigint, at: U64): Table | undefined {
    const table = this.catalogue.get(id);
    const oldest = table?.counts?.oldest ?? 0n;
    if (oldest > 0n && at.compare(U64.from(oldest)) < 0) throw forgottenAt(at.toBigInt(), [{ id, oldest }]);
    return table;
  }

  /** Calls back with the leaf and index of a key's entry; undefined when the key has none. */
  #withEntry<Result>(
    table: bigint,
    keyOrText: Uint8Array | string,
    at: U64,
    found: (leaf: Frame, index: number) => Result,
  ): Result | undefined {
    this.pages.checkIdle();
    requireBigint(table, 'a table id');
    const key = keyBytes(keyOrText);
    if (key.byteLength > MAX_KEY_LENGTH) return undefined;
    const ref = keyRef(key);
    try {
      return this.pages.retryOnChange(() => {
        const tree = this.#tableAt(table, at)?.tree;
        if (tree === undefined || isEmptyTree(tree)) return undefined;
        const leaf = new TreePath(this.pages, tree).seek(ref);
        const index = findKey(leaf, ref);
        return index < 0 ? undefined : found(leaf, index);
      });
    } catch (error) {
      throw withKeys(error, () => keyFacts(table, key));
    }
  }
}
