import { StoreError } from '../errors.js';
import { MAX_TABLES } from '../format/layout.js';
import { byId, type TableEntry } from '../format/superblock.js';
import { NO_PAGE } from '../format/u64.js';
import type { TreeRoot } from '../tree/descent.js';

/** The tables of a store and the roots of their trees, as the running batch has made them. */
export class TableList {
  readonly #tables = new Map<bigint, TreeRoot>();

  constructor(entries: readonly TableEntry[]) {
    this.restore(entries);
  }

  get(id: bigint): TreeRoot | undefined {
    return this.#tables.get(id);
  }

  /** Adds a table with an empty tree. @throws StoreError `TOO_MANY_TABLES` */
  add(id: bigint): TreeRoot {
    if (this.#tables.size === MAX_TABLES) throw tooManyTables(id);
    const tree = { id, root: NO_PAGE, height: 0, farRoot: undefined };
    this.#tables.set(id, tree);
    return tree;
  }

  remove(id: bigint): void {
    this.#tables.delete(id);
  }

  /** A copy of all entries, ascending by id. */
  entries(): TableEntry[] {
    return [...this.#tables.values()]
      .map(({ id, root, height, farRoot }) => ({
        id,
        root: farRoot ?? (root === NO_PAGE ? null : BigInt(root)),
        height,
      }))
      .sort(byId);
  }

  /** Makes the list what a copy of it says. */
  restore(entries: readonly TableEntry[]): void {
    this.#tables.clear();
    for (const { id, root, height } of entries) {
      const pageId = root === null ? NO_PAGE : Number(root);
      const farRoot = root !== null && root > BigInt(Number.MAX_SAFE_INTEGER) ? root : undefined;
      this.#tables.set(id, { id, root: pageId, height, farRoot });
    }
  }
}

/** The refusal of one table more than fit. */
export function tooManyTables(id: bigint): StoreError {
  const message = `the superblock of format 1 holds ${MAX_TABLES} tables, and table ${id} would be one more`;
  return new StoreError('TOO_MANY_TABLES', message, { table: id, limit: MAX_TABLES });
}
