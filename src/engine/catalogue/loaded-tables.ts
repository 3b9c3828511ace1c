/**
 * The tables of a store that are in memory, and what a rollback makes of them.
 *
 * Tables that have changed stay until their records are written: by the commit, or when there are many of them by a
 * flush, which happens within a savepoint. Until the first flush of a savepoint all tables that it changes are
 * remembered as they were. From then on those need not be that the catalogue tree had like that when the savepoint
 * began: the pager takes its pages back.
 */
import { byId, type TableEntry } from '../format/superblock.js';
import { entryOf, restoreTable, stateOf, type Table, type TableState } from './table.js';

/** At most this many tables are in memory that have not changed, and as many that have. */
const TABLES_MAX = 1024;

/** What the running savepoint goes back to. */
interface Before {
  /** Undefined: there was no such table. */
  readonly state: TableState | undefined;
  readonly wasChanged: boolean;
}

export class LoadedTables {
  readonly #tables = new Map<bigint, Table>();
  /** Those that differ from their records. */
  readonly #changed = new Set<bigint>();
  readonly #before = new Map<bigint, Before>();
  /** Whether the running savepoint has written records. */
  #isFlushed = false;

  get(id: bigint): Table | undefined {
    return this.#tables.get(id);
  }

  /** Takes a table in that says what its record says; others may go. */
  load(table: Table): void {
    if (this.#tables.size - this.#changed.size >= TABLES_MAX) this.forgetUnchanged();
    this.#tables.set(table.id, table);
  }

  /** Takes a table in that has no record yet. */
  add(table: Table): void {
    this.#remember(table.id, undefined);
    this.#tables.set(table.id, table);
  }

  /** To be called before a table that is here is changed. */
  markChanged(table: Table): void {
    this.#remember(table.id, table);
  }

  /** Whether one more table can change, or be added. */
  hasRoom(id: bigint): boolean {
    return this.#changed.size < TABLES_MAX || this.#changed.has(id);
  }

  /** The entries of all tables that are here, or of those that have changed; ascending by id. */
  entries(which: 'all' | 'changed'): TableEntry[] {
    const ids = which === 'all' ? this.#tables.keys() : this.#changed;
    return Array.from(ids, (id) => entryOf(this.#tables.get(id) as Table)).sort(byId);
  }

  /**
   * Forgets all tables.
   *
   * @param inTree whether the catalogue tree had the records of all others when the savepoint began
   * @returns the entries whose records are to be written now; when that fails the savepoint is to be rolled back
   */
  flush(inTree: boolean): TableEntry[] {
    if (!this.#isFlushed) this.#keepUnwritten(inTree);
    const entries = this.entries(inTree ? 'changed' : 'all');
    this.#isFlushed = true;
    this.#tables.clear();
    this.#changed.clear();
    return entries;
  }

  beginSavepoint(): void {
    this.#before.clear();
    this.#isFlushed = false;
  }

  rollBack(): void {
    if (this.#isFlushed) {
      this.#tables.clear();
      this.#changed.clear();
    }
    for (const [id, { state, wasChanged }] of this.#before) {
      if (state === undefined) this.#tables.delete(id);
      else this.#tables.set(id, restoreTable(state));
      if (wasChanged) this.#changed.add(id);
      else this.#changed.delete(id);
    }
    this.#before.clear();
  }

  /** All records are written. */
  setWritten(): void {
    this.#changed.clear();
  }

  /** Forgets the tables that say what their records say. */
  forgetUnchanged(): void {
    for (const id of this.#tables.keys()) if (!this.#changed.has(id)) this.#tables.delete(id);
  }

  #remember(id: bigint, table: Table | undefined): void {
    if (!this.#isFlushed && !this.#before.has(id)) this.#keep(id, table);
    this.#changed.add(id);
  }

  #keep(id: bigint, table: Table | undefined): void {
    this.#before.set(id, { state: table && stateOf(table), wasChanged: this.#changed.has(id) });
  }

  /** Keeps those tables, and no others, whose record was not in the tree as it was when the savepoint began. */
  #keepUnwritten(inTree: boolean): void {
    for (const id of inTree ? this.#changed : this.#tables.keys()) {
      if (!this.#before.has(id)) this.#keep(id, this.#tables.get(id));
    }
    for (const [id, { state, wasChanged }] of this.#before) {
      if (state === undefined || (inTree && !wasChanged)) this.#before.delete(id);
    }
  }
}
