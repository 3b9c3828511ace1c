/** What the engine answers, in the plain terms of the model, by every way there is to ask. */
import { type BTreeStore, type CursorOptions, type Row, type RowVersion, WriteBatch } from '../../src/engine/index.js';
import { hex } from './bytes.js';
import type { Batch, ModelRow, ModelVersion } from './model.js';
import type { StoredRow } from './read-rows.js';

/** More rows than any test store has: a reader that gives more is going round in circles. */
export const ROWS_MAX = 100_000;

export function toWriteBatch({ position, operations, hash }: Batch): WriteBatch {
  const batch = new WriteBatch(position, hash);
  for (const operation of operations) batch.push(operation);
  return batch;
}

export const plainVersion = ({ value, createdAt, deletedAt }: RowVersion): ModelVersion => ({
  value: hex(value),
  createdAt,
  deletedAt,
});

export const plainRow = (row: Row): ModelRow => ({ key: hex(row.key), ...plainVersion(row) });

/** Rows of a table through a cursor; `onRow` sees each before the next is asked for. */
export function cursorRows(
  store: BTreeStore,
  table: bigint,
  options: CursorOptions,
  onRow: (row: Row) => void = () => {},
): ModelRow[] {
  const rows: ModelRow[] = [];
  const cursor = store.cursor(table, options);
  while (cursor.next()) {
    const row = cursor.row();
    onRow(row);
    if (rows.push(plainRow(row)) > ROWS_MAX) throw new Error(`more than ${ROWS_MAX} rows: the cursor runs in circles`);
  }
  return rows;
}

const toStored = (table: bigint, row: Row): StoredRow => ({
  table,
  keyHex: hex(row.key),
  valueHex: hex(row.value),
});

/** All rows of all tables, at a position or now, by each kind of reading call. */
export const waysToReadAll: Readonly<Record<string, (store: BTreeStore, at: bigint | undefined) => StoredRow[]>> = {
  scan: (store, at) =>
    perTable(store, (table) =>
      at === undefined ? store.scan(table, {}, ROWS_MAX) : store.scanAt(table, {}, ROWS_MAX, at),
    ),
  cursor: (store, at) => perTable(store, (table) => [...store.cursor(table, atOption(at))]),
  'reverse cursor': (store, at) =>
    perTable(store, (table) => [...store.cursor(table, { reverse: true, ...atOption(at) })].reverse()),
};

export const atOption = (at: bigint | undefined): { at?: bigint } => (at === undefined ? {} : { at });

const perTable = (store: BTreeStore, read: (table: bigint) => Row[]): StoredRow[] =>
  store.tables().flatMap(({ id }) => read(id).map((row) => toStored(id, row)));
