/** How differences are shown. */
import type { RowDifference, RowState } from '../../engine/index.js';
import type { Column, RowView } from '../output/row-view.js';
import { escapeBytes } from '../text/escape.js';
import { byteFieldJson, u64Json } from '../text/json.js';

/** How many rows of a table differ. */
export interface DiffCounts {
  readonly table: bigint;
  added: number;
  changed: number;
  removed: number;
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

const TABLE: Column<RowDifference> = { name: 'TABLE', alignRight: true, text: ({ table }) => table.toString() };
const KEY: Column<RowDifference> = { name: 'KEY', text: ({ key }) => escapeBytes(key) };
const SIGN: Column<RowDifference> = { name: '', text: ({ change }) => SIGNS[change] };
const BEFORE: Column<RowDifference> = { name: 'BEFORE', text: ({ before }) => valueText(before) };
const AFTER: Column<RowDifference> = { name: 'AFTER', text: ({ after }) => valueText(after) };

/** The rows that differ, with the tables that they are in where rows of several are shown. */
export function diffView(tableIds: boolean): RowView<RowDifference> {
  const columns = [...(tableIds ? [TABLE] : []), SIGN, KEY];
  return {
    columns: [...columns, BEFORE, AFTER],
    fields: (row) => [...columns.map((column) => column.text(row)), ...valuesOf(row)],
    json: (row) => `{${identity(row)},"before":${stateJson(row.before)},"after":${stateJson(row.after)}}`,
  };
}

/** As `diffView`, without values. */
export function diffKeysView(tableIds: boolean): RowView<RowDifference> {
  return { columns: [...(tableIds ? [TABLE] : []), SIGN, KEY], json: (row) => `{${identity(row)}}` };
}

/** How many rows differ, a row a table. */
export const DIFF_COUNTS_VIEW: RowView<DiffCounts> = {
  columns: [
    { name: 'TABLE', alignRight: true, text: ({ table }) => table.toString() },
    { name: 'ADDED', alignRight: true, text: ({ added }) => added.toString() },
    { name: 'CHANGED', alignRight: true, text: ({ changed }) => changed.toString() },
    { name: 'REMOVED', alignRight: true, text: ({ removed }) => removed.toString() },
  ],
  json: ({ table, added, changed, removed }) =>
    `{"table":${u64Json(table)},"added":${added},"changed":${changed},"removed":${removed}}`,
};

function valuesOf({ before, after }: RowDifference): string[] {
  return [before, after].filter((state) => state !== null).map(valueText);
}

function valueText(state: RowState | null): string {
  return state === null ? '' : escapeBytes(state.value);
}

function identity({ table, key, change }: RowDifference): string {
  return `"table":${u64Json(table)},${byteFieldJson('key', key)},"change":"${change}"`;
}

function stateJson(state: RowState | null): string {
  return state === null ? 'null' : `{${byteFieldJson('value', state.value)},"createdAt":${u64Json(state.createdAt)}}`;
}
