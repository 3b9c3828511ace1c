/** How rows and versions are shown. */
import type { Lifetime, Row, RowVersion } from '../../engine/index.js';
import { escapeBytes } from '../text/escape.js';
import { byteFieldJson, nullableU64Json, u64Json } from '../text/json.js';
import type { Column, RowView } from './row-view.js';

/** The key of a row and the table that it is in. */
export interface TableKey extends Lifetime {
  readonly table: bigint;
  readonly key: Uint8Array;
}

/** A row and the table that it is in. */
export type TableRow = TableKey & Row;

const TABLE: Column<TableKey> = { name: 'TABLE', alignRight: true, text: (row) => row.table.toString() };
const KEY: Column<TableKey> = { name: 'KEY', text: (row) => escapeBytes(row.key) };
const VALUE: Column<RowVersion> = { name: 'VALUE', text: (row) => escapeBytes(row.value) };
const CREATED: Column<Lifetime> = { name: 'CREATED', alignRight: true, text: (row) => row.createdAt.toString() };
const DELETED: Column<Lifetime> = {
  name: 'DELETED',
  alignRight: true,
  text: (row) => row.deletedAt?.toString() ?? '-',
};

/** The rows of `scan`, with the tables that they are in where rows of several are shown. */
export function scanView(tableIds: boolean): RowView<TableRow> {
  return { columns: tableIds ? [TABLE, KEY, VALUE] : [KEY, VALUE], json: rowJson };
}

/** As `scanView`, of keys without values. */
export function keysView(tableIds: boolean): RowView<TableKey> {
  return { columns: tableIds ? [TABLE, KEY] : [KEY], json: keyJson };
}

/** The versions of one key. */
export const HISTORY_VIEW: RowView<TableRow> = { columns: [CREATED, DELETED, VALUE], json: rowJson };

/** A row as the line of JSON that all commands give. */
export function rowJson(row: TableRow): string {
  return `{${identity(row)},${byteFieldJson('value', row.value)},${lifetime(row)}}`;
}

function keyJson(row: TableKey): string {
  return `{${identity(row)},${lifetime(row)}}`;
}

function identity(row: TableKey): string {
  return `"table":${u64Json(row.table)},${byteFieldJson('key', row.key)}`;
}

function lifetime(row: Lifetime): string {
  return `"createdAt":${u64Json(row.createdAt)},"deletedAt":${nullableU64Json(row.deletedAt)}`;
}
