import { type Frame, UNUSED } from '../cache/frame.js';
import type { PageSource } from '../commit/page-source.js';
import { StoreError } from '../errors.js';
import { copyBytes, type KeyRef, keyRef } from '../format/bytes.js';
import { compareKeyAt, copyKey, findKey, keyLength, keyStart, readLink } from '../format/items.js';
import { MAX_KEY_LENGTH } from '../format/layout.js';
import { NO_PAGE, readU64, type U64 } from '../format/u64.js';
import { copyVersion, findVisible, type RowVersion } from '../mvcc/versions.js';
import { Descent, isEmptyTree, type TreeRoot } from './descent.js';

/** A key with the version of it that a cursor's position sees. */
export interface Row extends RowVersion {
  readonly key: Uint8Array;
}

/** Where a cursor goes: keys from `from` (inclusive) to `to` (exclusive), seen as of position `at`. */
export interface CursorRange {
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
  readonly reverse: boolean;
  readonly at: U64;
}

/**
 * Walks the visible rows of a range in key order, or in the opposite order, one leaf at a time. It follows the tree
 * and holds the chain of the leaves against it: where the two disagree there are rows that one of them does not
 * reach, and the walk ends with `TREE_CORRUPTED` rather than without them.
 *
 * The store may change between two steps: the cursor then finds its place again, by the last key it has passed.
 */
export class Cursor implements Iterable<Row> {
  #descent: Descent | undefined;
  readonly #forward: boolean;
  /** The bound that the walk starts from, and the one that ends it. */
  readonly #start: KeyRef | undefined;
  readonly #end: KeyRef | undefined;
  /** The key that the walk passed last; its length is -1 before the first. */
  readonly #passed: KeyRef = { view: new DataView(new ArrayBuffer(MAX_KEY_LENGTH)), start: 0, length: -1 };
  #leafId = UNUSED;
  #index = 0;
  /** Whether the entry that the cursor stands on has a visible version. */
  #onRow = false;
  #generation = -1;
  #done = false;
  readonly #stepOnce = (): boolean => this.#step();

  /** @internal Made by `BTreeStore.cursor`. */
  constructor(
    private readonly pager: PageSource,
    private readonly tree: () => TreeRoot | undefined,
    private readonly applied: () => U64,
    private readonly range: CursorRange,
  ) {
    const from = range.from && keyRef(range.from);
    const to = range.to && keyRef(range.to);
    this.#forward = !range.reverse;
    this.#start = this.#forward ? from : to;
    this.#end = this.#forward ? to : from;
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
   * As `next`, but looks at no more than `entriesMax` keys: a program that has other things to serve can do so between them, also
   * where nothing is visible for a long way.
   *
   * @returns whether there is a row; undefined when it is not known yet
   */
  advance(entriesMax: number): boolean | undefined {
    this.#onRow = false;
    let onRow = false;
    try {
      for (let left = entriesMax; left > 0 && !this.#done && !onRow; left--) onRow = this.pager.stable(this.#stepOnce);
    } catch (error) {
      // Half a step may have been made: the next one finds its place anew.
      this.#generation = -1;
      throw error;
    }
    this.#onRow = onRow;
    return onRow || this.#done ? onRow : undefined;
  }

  /** A copy of the row that the last `next` stepped to. @throws StoreError `INVALID_ARGUMENT` when there is none */
  row(): Row {
    if (!this.#onRow || (this.#generation !== this.pager.generation && !this.pager.isShared)) {
      throw new StoreError('INVALID_ARGUMENT', 'the cursor stands on no row: step to one, then read it');
    }
    return this.pager.stable(() => this.#row());
  }

  *[Symbol.iterator](): IterableIterator<Row> {
    while (this.next()) yield this.row();
  }

  #row(): Row {
    const leaf = this.#generation === this.pager.generation ? this.#leaf() : this.#standAgain();
    const version = findVisible(leaf, this.#index, this.range.at);
    return { key: copyKey(leaf, this.#index), ...copyVersion(leaf, version, this.applied()) };
  }

  /** Goes down to the entry that the walk passed last: entries stay, in whatever leaf. */
  #standAgain(): Frame {
    this.#descent = new Descent(this.pager, this.tree() as TreeRoot);
    const leaf = this.#stand(this.#descent.to(this.#passed));
    this.#index = findKey(leaf, this.#passed);
    if (this.#index < 0) throw this.#lostEntry(leaf);
    this.#generation = this.pager.generation;
    return leaf;
  }

  /** Goes on to the next entry, and says whether it has a visible version. */
  #step(): boolean {
    const leaf = this.#advance();
    if (leaf === undefined || this.#isPastEnd(leaf)) {
      this.#done = true;
      return false;
    }
    this.#remember(leaf);
    return findVisible(leaf, this.#index, this.range.at) >= 0;
  }

  /** The leaf with the next entry in the walk's direction, which is item `#index` there. */
  #advance(): Frame | undefined {
    let leaf: Frame | undefined;
    if (this.#generation !== this.pager.generation) {
      leaf = this.#locate();
    } else {
      leaf = this.#leaf();
      this.#index += this.#forward ? 1 : -1;
    }
    while (leaf !== undefined && (this.#index < 1 || this.#index >= leaf.itemCount)) leaf = this.#nextLeaf(leaf);
    return leaf;
  }

  /** Goes down to the first entry of the walk, or to the one behind the last that it passed. */
  #locate(): Frame | undefined {
    this.pager.checkIdle();
    const tree = this.tree();
    this.#generation = this.pager.generation;
    if (tree === undefined || isEmptyTree(tree)) return undefined;
    this.#descent = new Descent(this.pager, tree);
    const passed = this.#passed.length >= 0;
    const key = passed ? this.#passed : this.#start;
    const leaf = this.#stand(this.#descent.to(key ?? (this.#forward ? 'first' : 'last')));
    if (key === undefined) {
      this.#index = this.#forward ? 1 : leaf.itemCount - 1;
      if (!this.#forward) this.#checkChain(leaf, readLink(leaf), NO_PAGE);
      return leaf;
    }
    const found = findKey(leaf, key);
    const index = found < 0 ? ~found : found;
    if (!this.#forward) this.#index = index - 1;
    else this.#index = passed && found >= 0 ? index + 1 : index;
    return leaf;
  }

  #nextLeaf(leaf: Frame): Frame | undefined {
    if (this.#endsBefore()) return undefined;
    const link = readLink(leaf);
    const next = this.#descent?.step(this.#forward);
    if (this.#forward) this.#checkChain(leaf, link, next?.pageId ?? NO_PAGE);
    else if (next !== undefined) this.#checkChain(next, readLink(next), this.#leafId);
    if (next === undefined) return undefined;
    this.#index = this.#forward ? 1 : next.itemCount - 1;
    return this.#stand(next);
  }

  /** Whether the separator to the next leaf says that it lies wholly behind the end of the range. */
  #endsBefore(): boolean {
    if (this.#end === undefined) return false;
    const separator = this.#descent?.separator(this.#forward);
    if (separator === undefined) return false;
    const order = compareKeyAt(separator.page, separator.index, this.#end);
    return this.#forward ? order >= 0 : order <= 0;
  }

  #isPastEnd(leaf: Frame): boolean {
    if (this.#end === undefined) return false;
    const order = compareKeyAt(leaf, this.#index, this.#end);
    return this.#forward ? order >= 0 : order < 0;
  }

  #checkChain(leaf: Frame, link: number, expected: number): void {
    if (link === expected) return;
    const name = (pageId: number): string => (pageId === NO_PAGE ? 'none' : `${pageId}`);
    const message = `the leaf chain goes from page ${leaf.pageId} to ${name(link)}, the tree to ${name(expected)}`;
    throw new StoreError('TREE_CORRUPTED', message, {
      table: this.tree()?.id ?? null,
      page: leaf.pageId,
      offset: leaf.itemOffset(0),
      expected: name(expected),
      found: link === NO_PAGE ? 'none' : readU64(leaf.view, leaf.itemOffset(0)),
    });
  }

  #lostEntry(leaf: Frame): StoreError {
    const message = `page ${leaf.pageId} lacks an entry that another commit had`;
    return new StoreError('TREE_CORRUPTED', message, { table: this.tree()?.id ?? null, page: leaf.pageId });
  }

  #remember(leaf: Frame): void {
    this.#passed.length = keyLength(leaf, this.#index);
    copyBytes(leaf.view, keyStart(leaf, this.#index), this.#passed.view, 0, this.#passed.length);
  }

  #stand(leaf: Frame): Frame {
    this.#leafId = leaf.pageId;
    return leaf;
  }

  #leaf(): Frame {
    this.pager.release();
    return this.pager.fetch(this.#leafId);
  }
}
