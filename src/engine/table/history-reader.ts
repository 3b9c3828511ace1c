/**
 * Finds runs in the history tree of a table. It remembers the leaf of the last search (its finger): keys that ascend,
 * as a scan asks for them, find their runs without going down the tree again.
 */
import type { KeyRef } from '../bytes/bytes.js';
import { compareU64At, readU64, U64 } from '../bytes/u64.js';
import { type Frame, UNUSED } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { StoreError } from '../errors.js';
import { compareKeyAt, findKey } from '../format/items.js';
import { newestEvent } from '../format/v2/events.js';
import type { PageReader } from '../pager/page-reader.js';
import { TreePath } from '../tree/path.js';
import { isEmptyTree, type TreeRoot } from '../tree/root.js';
import { HistoryKey, runPosition } from './history-key.js';

/** No event is at this position, nor before it. */
const BEFORE_ALL = U64.from(0n);

/** A run, where it is. */
export interface FoundRun {
  readonly page: Frame;
  /** The offset of its marker; its events follow, newest first. */
  readonly marker: number;
}

export class HistoryReader {
  readonly #key = new HistoryKey();
  #path: TreePath | undefined;
  #leafId = UNUSED;
  #generation = -1;

  constructor(private readonly pages: PageReader) {}

  /**
   * The run of a key that has the newest of its events up to a position; undefined when all are later. Only the run's
   * page is in use afterwards.
   *
   * @param key of an entry that says that it has runs, all events of the entry being later than `at`
   * @throws StoreError `TREE_CORRUPTED` when the run is lost, other damage
   */
  find(table: Table, key: KeyRef, at: U64): FoundRun | undefined {
    const tree = table.history;
    const search = this.#key.set(key, at);
    if (isEmptyTree(tree)) throw this.#lost(table, at);
    const leaf = this.#seek(tree);
    const found = findKey(leaf, search);
    // A leaf whose separator is a run of this key has that run: it need not be looked for in the leaf before.
    const index = found >= 0 ? found : ~found - 1;
    if (index < 1 || !search.isOfSameKey(leaf, index)) {
      this.#laterRun(table, at);
      return undefined;
    }
    const marker = newestEvent(leaf, index);
    if (compareU64At(leaf.view, marker, at) > 0) return { page: leaf, marker };
    throw this.#lost(table, at, readU64(leaf.view, marker), leaf.pageId);
  }

  /**
   * The position of the oldest event of a key.
   *
   * @param key of an entry that says that it has runs
   * @throws StoreError as `find`
   */
  oldest(table: Table, key: KeyRef): U64 {
    this.#key.set(key, BEFORE_ALL);
    if (isEmptyTree(table.history)) throw this.#lost(table, BEFORE_ALL);
    return U64.from(this.#laterRun(table, BEFORE_ALL));
  }

  /** The leaf that the search key belongs to. */
  #seek(tree: TreeRoot): Frame {
    if (this.#generation === this.pages.generation) {
      this.pages.release();
      const leaf = this.pages.fetch(this.#leafId);
      const last = leaf.itemCount - 1;
      const isHere = last >= 1 && compareKeyAt(leaf, 1, this.#key) <= 0 && compareKeyAt(leaf, last, this.#key) >= 0;
      if (isHere) return leaf;
    }
    return this.#descend(tree);
  }

  #descend(tree: TreeRoot): Frame {
    this.#path = new TreePath(this.pages, tree);
    const leaf = this.#path.seek(this.#key);
    this.#leafId = leaf.pageId;
    this.#generation = this.pages.generation;
    return leaf;
  }

  /**
   * All events of the key are later than the position: then its first run follows, and none was before it.
   *
   * @returns where that begins
   */
  #laterRun(table: Table, at: U64): bigint {
    let leaf: Frame | undefined = this.#descend(table.history);
    let index = ~findKey(leaf, this.#key);
    const due = index === 1 ? this.#separatingRun() : undefined;
    if (due !== undefined) throw this.#lost(table, at, due, leaf.pageId);
    if (index >= leaf.itemCount) {
      this.#generation = -1;
      leaf = this.#path?.nextLeaf();
      index = 1;
    }
    if (leaf === undefined || index >= leaf.itemCount || !this.#key.isOfSameKey(leaf, index))
      throw this.#lost(table, at);
    return runPosition(leaf, index);
  }

  /**
   * Where the run of the key begins that the separator before the leaf says is the first there; where the leaf before
   * has none of its runs the separator has no position.
   */
  #separatingRun(): bigint | undefined {
    const separator = this.#path?.separator(false);
    if (separator === undefined || !this.#key.isOfSameKey(separator.page, separator.index)) return undefined;
    return runPosition(separator.page, separator.index) || undefined;
  }

  #lost({ id }: Table, at: U64, since?: bigint, page?: number): StoreError {
    const until = since === undefined ? '' : ` from ${since} on`;
    const message = `older events of a key of table ${id} are missing${until}: its version at position ${at.toBigInt()} is lost`;
    const facts = { table: id, position: at.toBigInt(), ...(page === undefined ? {} : { page }) };
    return new StoreError('TREE_CORRUPTED', message, facts);
  }
}
