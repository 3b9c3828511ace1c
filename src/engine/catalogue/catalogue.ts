/** The tables of a store and their trees: for whoever reads them, and for the writer. */
import type { TableEntry } from '../format/superblock.js';
import type { CommittedState } from '../pager/pager.js';
import type { Steps } from '../steps.js';
import type { Table } from './table.js';

/** The tables of a store. Where records are in a tree, what is asked here reads pages. */
export interface Catalogue {
  /**
   * A table; undefined when there is no such table.
   *
   * @throws StoreError `SNAPSHOT_GONE`, damage
   */
  get(id: bigint): Table | undefined;
  has(id: bigint): boolean;
  /** All entries, ascending by id, one by one. */
  entries(): Iterable<TableEntry>;
}

/**
 * The tables as the batches so far have made them. Within a savepoint what is about to change is remembered, so that a
 * batch costs nothing for the tables that it does not touch.
 */
export interface WritableCatalogue extends Catalogue {
  readonly size: number;
  /** Gives a store its id, before it has any page; another one, where that was rolled back. */
  identify(storeId: bigint): void;
  /** A table that is about to change; undefined when there is no such table. */
  touch(id: bigint): Table | undefined;
  /** Adds a table without pages. @throws StoreError `TOO_MANY_TABLES` */
  add(id: bigint): Table;
  /** A table loses all that it has, at a position. */
  purge(id: bigint, at: bigint): void;
  /**
   * Begins a savepoint of the pager's.
   *
   * @param last the last position that it leads to
   */
  begin(last: bigint): void;
  /** Every table is again what it was when the savepoint began. */
  rollBack(): void;
  /**
   * What the superblock of the next commit is to say of the tables. Nothing else is changed before that.
   *
   * @param applied the position that the commit leads to
   * @throws StoreError damage, `IO_ERROR`, `STORE_TOO_LARGE`: nothing was changed then
   */
  save(applied: bigint): Steps<Pick<CommittedState, 'tables' | 'record'>>;
  /** What was saved is committed. */
  setCommitted(): void;
}
