/** The tables that a reader sees, however many commits a writer makes, where all of them are in the superblock. */
import type { SnapshotPager } from '../pager/snapshot-pager.js';
import type { TableEntry } from '../format/superblock.js';
import { TreePath } from '../tree/path.js';
import { isEmptyTree } from '../tree/root.js';
import type { Table } from './table.js';
import type { Catalogue } from './catalogue.js';
import { gone } from './gone.js';
import { SuperblockCatalogue } from './superblock-catalogue.js';

/**
 * The tables as of the commit that a store was opened at, and their trees as of the newest one that the pages are of:
 * what was there then is still there, because versions are not dropped, unless the table was purged.
 */
export class SnapshotCatalogue implements Catalogue {
  readonly #opened: SuperblockCatalogue;
  /** Pages that there were: a tree that was made since then has none of them. */
  readonly #pageCount: bigint;
  #newest: SuperblockCatalogue;
  #generation: number;
  /** The tables whose trees were seen to be the ones it was opened with, in this generation. */
  #known = new Set<bigint>();

  constructor(private readonly pages: SnapshotPager) {
    this.#opened = this.#tablesOf(pages);
    this.#pageCount = pages.superblock.nextPageId;
    this.#newest = this.#opened;
    this.#generation = pages.generation;
  }

  has(id: bigint): boolean {
    return this.#opened.has(id);
  }

  entries(): TableEntry[] {
    return this.#opened.entries();
  }

  /** With the trees of the table as they are now. */
  get(id: bigint): Table | undefined {
    if (this.#generation !== this.pages.generation) {
      this.#newest = this.#tablesOf(this.pages);
      this.#generation = this.pages.generation;
      this.#known.clear();
    }
    const opened = this.#opened.get(id);
    if (this.#newest === this.#opened || opened === undefined || isEmptyTree(opened.tree)) return opened;
    const table = this.#newest.get(id);
    if (table === undefined || isEmptyTree(table.tree)) throw gone(id);
    if (!this.#known.has(id)) {
      // Splits make pages to the right and above: a tree keeps its first leaf for life.
      if (new TreePath(this.pages, table.tree).seek('first').pageId >= this.#pageCount) throw gone(id);
      this.#known.add(id);
    }
    return table;
  }

  #tablesOf({ superblock, format }: SnapshotPager): SuperblockCatalogue {
    return new SuperblockCatalogue(superblock.tables, format.tablesMax);
  }
}
