/** How rows and versions are shown. */
import type { Lifetime, Row, RowVersion, StoredVersion } from '../../engine/index.js';
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
const PAGE: Column<StoredVersion> = { name: 'PAGE', alignRight: true, text: (row) => row.page.toString() };

/** What the rows of `scan` show beside key and value. */
export interface ScanColumns {
  /** The position that wrote each row. */
  readonly positions: boolean;
  /** The tables that they are in. */
  readonly tableIds: boolean;
}

/** The rows of `scan`. */
export function scanView(shown: ScanColumns): RowView<TableRow> {
  return { columns: [...leadingColumns(shown), KEY, VALUE], json: rowJson };
}

/** As `scanView`, of keys without values. */
export function keysView(shown: ScanColumns): RowView<TableKey> {
  return { columns: [...leadingColumns(shown), KEY], json: keyJson };
}

function leadingColumns({ positions, tableIds }: ScanColumns): Column<TableKey>[] {
  return [...(positions ? [CREATED] : []), ...(tableIds ? [TABLE] : [])];
}

/** A version of a key, and where it is. */
export type TableVersion = TableKey & StoredVersion;

/** The versions of one key; with the pages that they are in. */
export function historyView(pages: boolean): RowView<TableVersion> {
  return pages
    ? { columns: [CREATED, DELETED, PAGE, VALUE], json: versionJson }
    : { columns: [CREATED, DELETED, VALUE], json: rowJson };
}

function versionJson(version: TableVersion): string {
  return `{${rowFields(version)},"page":${u64Json(version.page)}}`;
}

/** A row as the line of JSON that all commands give. */
export function rowJson(row: TableRow): string {
  return `{${rowFields(row)}}`;
}

function rowFields(row: TableRow): string {
  return `${identity(row)},${byteFieldJson('value', row.value)},${lifetime(row)}`;
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
