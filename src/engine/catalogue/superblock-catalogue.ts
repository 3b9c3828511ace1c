/** The tables of a store as the superblock lists them, with savepoints. */
import { StoreError } from '../errors.js';
import { byId, type TableEntry } from '../format/superblock.js';
import { emptyTable, entryOf, restoreTable, stateOf, type Table, tableOf, type TableState } from './table.js';

/** The tables of a store and their trees. */
export interface Catalogue {
  /** A table; undefined when there is no such table. */
  get(id: bigint): Table | undefined;
  has(id: bigint): boolean;
  readonly size: number;
  /** A copy of all entries, ascending by id. */
  entries(): TableEntry[];
}

/**
 * The tables that the superblock lists, as the batches so far have made them. Within a savepoint what is about to
 * change is remembered, so that a batch costs nothing for the tables that it does not touch.
 */
export class SuperblockCatalogue implements Catalogue {
  readonly #tables = new Map<bigint, Table>();
  /** What the running savepoint goes back to, of the tables that it has touched; undefined: not there. */
  readonly #before = new Map<bigint, TableState | undefined>();

  constructor(
    entries: readonly TableEntry[],
    private readonly tablesMax: number,
  ) {
    for (const entry of entries) this.#tables.set(entry.id, tableOf(entry));
  }

  get size(): number {
    return this.#tables.size;
  }

  has(id: bigint): boolean {
    return this.#tables.has(id);
  }

  get(id: bigint): Table | undefined {
    return this.#tables.get(id);
  }

  /** A table that is about to change; undefined when there is no such table. */
  touch(id: bigint): Table | undefined {
    const table = this.#tables.get(id);
    if (table !== undefined) this.#remember(id, table);
    return table;
  }

  /** Adds a table without pages. @throws StoreError `TOO_MANY_TABLES` */
  add(id: bigint): Table {
    if (this.#tables.size === this.tablesMax) throw tooManyTables(id, this.tablesMax);
    this.#remember(id, undefined);
    const table = emptyTable(id);
    this.#tables.set(id, table);
    return table;
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
      else this.#tables.set(id, restoreTable(before));
    }
    this.#before.clear();
  }

  #remember(id: bigint, table: Table | undefined): void {
    if (!this.#before.has(id)) this.#before.set(id, table && stateOf(table));
  }

  entries(): TableEntry[] {
    return [...this.#tables.values()].map(entryOf).sort(byId);
  }
}

/** The refusal of one table more than fit. */
export function tooManyTables(id: bigint, limit: number): StoreError {
  const message = `the superblock of format 1 holds ${limit} tables, and table ${id} would be one more`;
  return new StoreError('TOO_MANY_TABLES', message, { table: id, limit });
}
