/** The tables of a store that are all in its superblock, and nowhere else. */
import { StoreError } from '../errors.js';
import { byId, type TableEntry } from '../format/superblock.js';
import type { CommittedState } from '../pager/pager.js';
import type { Steps } from '../steps.js';
import type { WritableCatalogue } from './catalogue.js';
import { emptyTable, entryOf, restoreTable, stateOf, type Table, tableOf, type TableState } from './table.js';

/** The tables that a superblock lists; of a table that is removed nothing stays. */
export class SuperblockCatalogue implements WritableCatalogue {
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

  touch(id: bigint): Table | undefined {
    const table = this.#tables.get(id);
    if (table !== undefined) this.#remember(id, table);
    return table;
  }

  add(id: bigint): Table {
    if (this.#tables.size === this.tablesMax) throw tooManyTables(id, this.tablesMax);
    this.#remember(id, undefined);
    const table = emptyTable(id);
    this.#tables.set(id, table);
    return table;
  }

  purge(id: bigint): void {
    this.touch(id);
    this.#tables.delete(id);
  }

  begin(): void {
    this.#before.clear();
  }

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

  identify(): void {
    // Nothing says which store this is.
  }

  // In a catalogue of another kind this takes steps.
  // eslint-disable-next-line require-yield
  *save(): Steps<Pick<CommittedState, 'tables'>> {
    return { tables: this.entries() };
  }

  setCommitted(): void {
    // All tables are in memory, and all are written each time.
  }
}

/** The refusal of one table more than fit. */
export function tooManyTables(id: bigint, limit: number): StoreError {
  const message = `the superblock of format 1 holds ${limit} tables, and table ${id} would be one more`;
  return new StoreError('TOO_MANY_TABLES', message, { table: id, limit });
}
