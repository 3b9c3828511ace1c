import type { SnapshotPager } from '../commit/snapshot-pager.js';
import { StoreError } from '../errors.js';
import type { TableEntry } from '../format/superblock.js';
import { Descent, isEmptyTree, type TreeRoot } from '../tree/descent.js';
import { TableList } from './table-list.js';

/**
 * The tables as of the commit that a store was opened at, and their trees as of the newest one that the pages are of: what was there
 * then is still there, because versions are not dropped, unless the table was purged.
 */
export class PinnedTables {
  readonly #pinned: TableList;
  /** Pages that there were: a tree that was made since then has none of them. */
  readonly #pageCount: bigint;
  #trees: TableList;
  #generation: number;
  /** The tables whose trees were seen to be the pinned ones, in this generation. */
  #known = new Set<bigint>();

  constructor(private readonly pages: SnapshotPager) {
    this.#pinned = new TableList(pages.superblock.tables);
    this.#pageCount = pages.superblock.nextPageId;
    this.#trees = this.#pinned;
    this.#generation = pages.generation;
  }

  /** A copy of all entries, ascending by id. */
  entries(): TableEntry[] {
    return this.#pinned.entries();
  }

  /** The tree of a table. @throws StoreError `SNAPSHOT_GONE`, damage */
  get(id: bigint): TreeRoot | undefined {
    if (this.#generation !== this.pages.generation) {
      this.#trees = new TableList(this.pages.superblock.tables);
      this.#generation = this.pages.generation;
      this.#known.clear();
    }
    const pinned = this.#pinned.get(id);
    if (this.#trees === this.#pinned || pinned === undefined || isEmptyTree(pinned)) return pinned;
    const tree = this.#trees.get(id);
    if (tree === undefined || isEmptyTree(tree)) throw gone(id);
    if (!this.#known.has(id)) {
      // Splits make pages to the right and above: a tree keeps its first leaf for life.
      if (new Descent(this.pages, tree).to('first').pageId >= this.#pageCount) throw gone(id);
      this.#known.add(id);
    }
    return tree;
  }
}

function gone(table: bigint): StoreError {
  const message = `table ${table} was purged while it was read`;
  return new StoreError('SNAPSHOT_GONE', message, { table }, 'open the store again');
}
