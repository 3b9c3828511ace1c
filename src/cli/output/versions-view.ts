import type { Row, RowVersion } from '../../engine/index.js';
import { escapeBytes } from '../text/escape.js';
import { byteFieldJson, nullableU64Json, u64Json } from '../text/json.js';
import type { Column, RowView } from './row-view.js';

/** A row and the table it stands in. */
export interface TableRow extends Row {
  readonly table: bigint;
}

const TABLE: Column<TableRow> = { name: 'TABLE', alignRight: true, text: (row) => row.table.toString() };
const KEY: Column<TableRow> = { name: 'KEY', text: (row) => escapeBytes(row.key) };
const VALUE: Column<RowVersion> = { name: 'VALUE', text: (row) => escapeBytes(row.value) };
const CREATED: Column<RowVersion> = { name: 'CREATED', alignRight: true, text: (row) => row.createdAt.toString() };
const DELETED: Column<RowVersion> = {
  name: 'DELETED',
  alignRight: true,
  text: (row) => row.deletedAt?.toString() ?? '-',
};

/** The rows of `scan`. */
export function scanView(shown: { readonly tableIds: boolean; readonly values: boolean }): RowView<TableRow> {
  const columns: Column<TableRow>[] = [];
  if (shown.tableIds) columns.push(TABLE);
  columns.push(KEY);
  if (shown.values) columns.push(VALUE);
  return { columns, json: shown.values ? rowJson : keyJson };
}

/** The versions of one key. */
export const HISTORY_VIEW: RowView<TableRow> = { columns: [CREATED, DELETED, VALUE], json: rowJson };

/** A row as the line of JSON that all commands give. */
export function rowJson(row: TableRow): string {
  return `{${identity(row)},${byteFieldJson('value', row.value)},${lifetime(row)}}`;
}

function keyJson(row: TableRow): string {
  return `{${identity(row)},${lifetime(row)}}`;
}

function identity(row: TableRow): string {
  return `"table":${u64Json(row.table)},${byteFieldJson('key', row.key)}`;
}

function lifetime(row: RowVersion): string {
  return `"createdAt":${u64Json(row.createdAt)},"deletedAt":${nullableU64Json(row.deletedAt)}`;
}
