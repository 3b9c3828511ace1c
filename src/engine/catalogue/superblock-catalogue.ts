import { StoreError } from '../errors.js';
import { byId, type TableEntry } from '../format/superblock.js';
import { NO_PAGE } from '../bytes/u64.js';
import type { TreeRoot } from '../tree/path.js';

/** The tables of a store and their trees. */
export interface Catalogue {
  /** The tree of a table; undefined when there is no such table. */
  get(id: bigint): TreeRoot | undefined;
  has(id: bigint): boolean;
  readonly size: number;
  /** A copy of all entries, ascending by id. */
  entries(): TableEntry[];
}

/** A table as it was when a savepoint began: undefined when it was not there. */
type Before = Pick<TreeRoot, 'root' | 'height'> & { readonly tree: TreeRoot };

/**
 * The tables that the superblock lists, as the batches so far have made them. Within a savepoint what is about to
 * change is remembered, so that a batch costs nothing for the tables that it does not touch.
 */
export class SuperblockCatalogue implements Catalogue {
  readonly #tables = new Map<bigint, TreeRoot>();
  /** What the running savepoint goes back to, of the tables that it has touched. */
  readonly #before = new Map<bigint, Before | undefined>();

  constructor(
    entries: readonly TableEntry[],
    private readonly tablesMax: number,
  ) {
    for (const entry of entries) this.#tables.set(entry.id, treeOf(entry));
  }

  get size(): number {
    return this.#tables.size;
  }

  has(id: bigint): boolean {
    return this.#tables.has(id);
  }

  get(id: bigint): TreeRoot | undefined {
    return this.#tables.get(id);
  }

  /** The tree of a table, which is about to change; undefined when there is no such table. */
  touch(id: bigint): TreeRoot | undefined {
    const tree = this.#tables.get(id);
    if (tree !== undefined) this.#remember(id, tree);
    return tree;
  }

  /** Adds a table with an empty tree. @throws StoreError `TOO_MANY_TABLES` */
  add(id: bigint): TreeRoot {
    if (this.#tables.size === this.tablesMax) throw tooManyTables(id, this.tablesMax);
    this.#remember(id, undefined);
    const tree = { id, root: NO_PAGE, height: 0, farRoot: undefined };
    this.#tables.set(id, tree);
    return tree;
  }

  remove(id: bigint): void {
    this.touch(id);
    this.#tables.delete(id);
  }

  /** Begins a savepoint. */
  begin(): void {
    this.#before.clear();
  }

  /** Every table is again what it was when the savepoint began. */
  rollBack(): void {
    for (const [id, before] of this.#before) {
      if (before === undefined) this.#tables.delete(id);
      else this.#tables.set(id, Object.assign(before.tree, { root: before.root, height: before.height }));
    }
    this.#before.clear();
  }

  #remember(id: bigint, tree: TreeRoot | undefined): void {
    if (!this.#before.has(id)) this.#before.set(id, tree && { tree, root: tree.root, height: tree.height });
  }

  entries(): TableEntry[] {
    return [...this.#tables.values()]
      .map(({ id, root, height, farRoot }) => ({
        id,
        root: farRoot ?? (root === NO_PAGE ? null : BigInt(root)),
        height,
      }))
      .sort(byId);
  }
}

function treeOf({ id, root, height }: TableEntry): TreeRoot {
  const pageId = root === null ? NO_PAGE : Number(root);
  const farRoot = root !== null && root > BigInt(Number.MAX_SAFE_INTEGER) ? root : undefined;
  return { id, root: pageId, height, farRoot };
}

/** The refusal of one table more than fit. */
export function tooManyTables(id: bigint, limit: number): StoreError {
  const message = `the superblock of format 1 holds ${limit} tables, and table ${id} would be one more`;
  return new StoreError('TOO_MANY_TABLES', message, { table: id, limit });
}
