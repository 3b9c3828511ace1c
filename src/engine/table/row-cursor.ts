/** Walks the rows of a table that are visible at a position: the entries of its tree, each with one of its versions. */
import type { Frame } from '../cache/frame.js';
import type { PageReader } from '../pager/page-reader.js';
import { StoreError } from '../errors.js';
import type { U64 } from '../bytes/u64.js';
import type { AbortOptions } from '../async/slices.js';
import { END, SlicedIterator } from '../async/sliced-iterator.js';
import { type KeyBounds, TreeCursor } from '../tree/cursor.js';
import type { Table } from '../catalogue/table.js';
import { ELSEWHERE, IN_PLACE, LentRow } from './lent-row.js';
import { tableFormatOf, type VersionReader } from './table-format.js';
import type { Lifetime, RowVersion } from './versions.js';
import { withWayPast } from './way-past.js';

const NO_VALUE = new Uint8Array();
/** Keys looked at between two looks at the clock, where none has a visible row. */
const KEYS_PER_STEP = 1024;

/** A key with the version of it that a cursor's position sees. */
export interface Row extends RowVersion {
  readonly key: Uint8Array;
}

/** Which keys a cursor walks, and as of which position. */
export interface RowRange extends KeyBounds, AbortOptions {
  readonly at: U64;
  /** At most this many rows (default: all). */
  readonly limit?: number | undefined;
}

/**
 * Walks the visible rows of a range in key order, or in the opposite order. The store may change between two steps: the
 * cursor goes on after the last key that it has passed. Of a row only what is asked for is copied.
 */
export class Cursor implements Iterable<Row>, AsyncIterable<Row>, Disposable {
  readonly #items: TreeCursor;
  readonly #versions: VersionReader;
  /** Whether the cursor is on a row. */
  #onRow = false;
  /** Whether the walk has come to an item of which it is not known yet whether it has a visible version. */
  #isUndecided = false;
  #done = false;
  /** How many more entries may be looked at now. */
  #left = 0;
  /** How many more rows there may be. */
  #rowsLeft: number;
  readonly #lent = new LentRow();
  readonly #stepOnce = (): boolean => this.#step();
  readonly #leafOnce = (): Frame => this.#items.leaf();

  /** @internal Made by `BTreeStore.cursor`. */
  constructor(
    private readonly pages: PageReader,
    table: () => Table | undefined,
    private readonly applied: () => U64,
    private readonly range: RowRange,
  ) {
    this.#items = new TreeCursor(pages, () => table()?.tree, range);
    this.#rowsLeft = range.limit ?? Infinity;
    this.#done = this.#rowsLeft === 0;
    this.#versions = tableFormatOf(pages.format).reader(pages, table);
  }

  /**
   * Steps to the next visible row.
   *
   * @returns false when there is none
   * @throws StoreError damage on the way, `IO_ERROR`, `STORE_CLOSED`
   */
  next(): boolean {
    return this.advance(Infinity) === true;
  }

  /**
   * As `next`, but looks at no more than `entriesMax` keys: a program that has other things to serve can do so between
   * them, also where nothing is visible for a long way.
   *
   * @returns whether there is a row; undefined when it is not known yet
   */
  advance(entriesMax: number): boolean | undefined {
    this.#left = entriesMax;
    return this.#advance();
  }

  /**
   * Walks on as `advance` does, and lends each row to `visit`, without copying it where that can be avoided. `visit`
   * must not use the store. It says whether it takes more.
   *
   * @param withValues without them the rows' values mean nothing
   * @returns false at the end of the walk
   * @throws StoreError as `next`; what `visit` throws
   */
  lendRows(entriesMax: number, visit: (row: LentRow) => boolean, withValues = true): boolean {
    this.#left = entriesMax;
    while (this.#left > 0) {
      const found = this.#advance();
      if (found !== true) return found !== false;
      if (!this.#lendThis(visit, withValues) || !this.#lendRestOfLeaf(visit, withValues)) break;
    }
    return true;
  }

  /** Lends the row that the cursor is on. */
  #lendThis(visit: (row: LentRow) => boolean, withValues: boolean): boolean {
    const items = this.#items;
    const leaf = this.pages.retryOnChange(this.#leafOnce);
    const placed = this.#versions.findInPlace(leaf, items.index, this.range.at, this.#lent, withValues);
    if (placed !== IN_PLACE) this.#holdThis(withValues);
    return visit(this.#lent) && !this.#done;
  }

  #holdThis(withValues: boolean): void {
    this.#read((versions) => {
      const lifetime = versions.lifetime(this.applied());
      this.#lent.hold(this.#items.key(), withValues ? versions.lendValue() : NO_VALUE, lifetime);
    });
  }

  /** Lends what is left of the leaf that the cursor is in, as far as its rows are in place. */
  #lendRestOfLeaf(visit: (row: LentRow) => boolean, withValues: boolean): boolean {
    const items = this.#items;
    const leaf = this.pages.retryOnChange(this.#leafOnce);
    let takesMore = true;
    try {
      while (takesMore && this.#left > 0 && items.stepWithin(leaf)) {
        const placed = this.#versions.findInPlace(leaf, items.index, this.range.at, this.#lent, withValues);
        if (placed === ELSEWHERE) {
          items.stepBack();
          break;
        }
        this.#left--;
        if (placed !== IN_PLACE) continue;
        this.#countRow();
        takesMore = visit(this.#lent) && !this.#done;
      }
    } finally {
      items.settle(leaf);
      this.#onRow = false;
    }
    return takesMore;
  }

  /** Steps to the next row, or until enough entries were looked at. */
  #advance(): boolean | undefined {
    this.#onRow = false;
    let onRow = false;
    try {
      for (; this.#left > 0 && !this.#done && !onRow; this.#left--) onRow = this.pages.retryOnChange(this.#stepOnce);
    } catch (error) {
      this.#items.invalidate();
      throw this.#isUndecided ? withWayPast(error, this.#items) : error;
    }
    this.#onRow = onRow;
    if (onRow) this.#countRow();
    return onRow || this.#done ? onRow : undefined;
  }

  #countRow(): void {
    this.#rowsLeft--;
    if (this.#rowsLeft <= 0) this.#done = true;
  }

  /** A copy of the key of the row. @throws StoreError `INVALID_ARGUMENT` when the cursor is not on a row */
  key(): Uint8Array {
    this.#checkOnRow();
    return this.#items.key();
  }

  /** A copy of the value of the row. @throws StoreError as `key`, damage */
  value(): Uint8Array {
    return this.#read((versions) => versions.value());
  }

  /** A copy of the row. @throws StoreError as `value` */
  row(): Row {
    return this.#read((versions) => {
      const lifetime = versions.lifetime(this.applied());
      return { key: this.#items.key(), value: versions.value(), ...lifetime };
    });
  }

  /** The positions between which the row is visible, without its value. @throws StoreError as `value` */
  lifetime(): Lifetime {
    return this.#read((versions) => versions.lifetime(this.applied()));
  }

  /** Ends the walk: there is no next row. Nothing is open in a cursor; a store can be closed before its cursors. */
  close(): void {
    this.#done = true;
    this.#onRow = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  *[Symbol.iterator](): IterableIterator<Row> {
    while (this.next()) yield this.row();
  }

  /** The same rows for `for await`, which lets the event loop run every few milliseconds. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Row, undefined> {
    const pull = (): Row | typeof END | undefined => {
      const found = this.advance(KEYS_PER_STEP);
      if (found === true) return this.row();
      return found === false ? END : undefined;
    };
    return new SlicedIterator(pull, () => {}, this.range);
  }

  #read<Result>(copy: (versions: VersionReader) => Result): Result {
    this.#checkOnRow();
    try {
      return this.pages.retryOnChange(() => {
        const leaf = this.#items.leaf();
        if (!this.#versions.find(leaf, this.#items.index, this.range.at)) throw this.#lostVersion(leaf);
        return copy(this.#versions);
      });
    } catch (error) {
      throw withWayPast(error, this.#items);
    }
  }

  #lostVersion({ pageId }: Frame): StoreError {
    const message = `page ${pageId} lacks a version that another commit had`;
    return new StoreError('TREE_CORRUPTED', message, { page: pageId });
  }

  #checkOnRow(): void {
    if (this.#onRow && (this.#items.isUnchanged || this.pages.isShared)) return;
    throw new StoreError('INVALID_ARGUMENT', 'the cursor is not on a row: step to one, then read it');
  }

  /**
   * Goes on to the next entry, and says whether it has a visible version. Another commit can be met when only the first
   * is done, or a read can fail: the step is then done again, and must not pass the entry that it has come to.
   */
  #step(): boolean {
    const leaf = this.#isUndecided ? this.#items.leaf() : this.#items.next();
    this.#done = leaf === undefined;
    if (leaf === undefined) return false;
    this.#isUndecided = true;
    const isVisible = this.#versions.find(leaf, this.#items.index, this.range.at);
    this.#isUndecided = false;
    return isVisible;
  }
}
