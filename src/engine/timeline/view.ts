/** A store as the questions about its past see it: pages, tables, and how far it is known. */
import { U64 } from '../bytes/u64.js';
import type { Table } from '../catalogue/table.js';
import type { FileSystem } from '../file/files.js';
import type { TableEntry } from '../format/superblock.js';
import type { LogPosition } from '../log/hash-chain.js';
import type { PageReader } from '../pager/page-reader.js';
import type { Steps } from '../steps.js';
import { Cursor } from '../table/row-cursor.js';
import { idsKnownAt } from './positions.js';

export interface StoreView {
  readonly path: string;
  readonly pages: PageReader;
  readonly files: FileSystem;
  /** The position that the store answers for without another, and the hash there. */
  readonly applied: LogPosition;
  /** All tables, ascending by id. */
  entries(): Iterable<TableEntry>;
  /** A table to be read as of a position. @throws StoreError `POSITION_FORGOTTEN`, `SNAPSHOT_GONE` */
  tableAt(id: bigint, at: U64): Table | undefined;
}

/** Entries looked at between two steps. */
export const ENTRIES_PER_STEP = 1024;
/** Keys of a range, ascending. */
export interface KeySpan {
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
}

/**
 * The ids of the tables that a question is about, ascending: one, or all of the store.
 *
 * @param at the oldest position that is asked about
 * @throws StoreError `POSITION_FORGOTTEN` when one of them has lost what it held there, `SNAPSHOT_GONE`
 */
export function* tablesAt(view: StoreView, table: bigint | undefined, at: bigint): Steps<readonly bigint[]> {
  if (table === undefined) return yield* idsKnownAt(at, view.entries());
  const words = U64.from(at);
  view.pages.retryOnChange(() => view.tableAt(table, words));
  return [table];
}

/** Walks the rows of a table that are visible at a position, ascending. */
export function rowsAt(view: StoreView, table: bigint, at: bigint, { from, to }: KeySpan): Cursor {
  const words = U64.from(at);
  const applied = U64.from(view.applied.position);
  const range = { from, to, reverse: false, at: words };
  return new Cursor(
    view.pages,
    () => view.tableAt(table, words),
    () => applied,
    range,
  );
}
