/** The tables of figures that a terminal shows. */
import type { EntryFigures, Figures, HeadroomFigures } from '../../engine/index.js';
import type { Column, RowView } from '../output/row-view.js';
import { grouped } from '../text/counts.js';
import { escapeBytes } from '../text/escape.js';
import { bar, percent } from './bars.js';

/** A part of a whole, with its bar. */
export interface Share {
  readonly name: string;
  readonly count: number;
  /** Of the whole, 0 to 1. */
  readonly fraction: number;
}

/** The columns of a table that is only shown on terminals. */
function forScreen<Row>(columns: readonly Column<Row>[]): RowView<Row> {
  return { columns, json: () => '' };
}

function countColumn<Row>(name: string, count: (row: Row) => number | null): Column<Row> {
  return { name, alignRight: true, text: (row) => countText(count(row)) };
}

export function countText(count: number | null): string {
  return count === null ? '-' : grouped(count);
}

/** A table, or all of them. */
export interface TableRow extends Figures {
  readonly name: string;
  readonly height: number | null;
  readonly oldest: bigint | null;
}

export const TABLES_STAT_VIEW = forScreen<TableRow>([
  { name: 'TABLE', alignRight: true, text: ({ name }) => name },
  countColumn('ROWS', ({ rows }) => rows),
  countColumn('KEYS', ({ keys }) => keys),
  countColumn('VERSIONS', ({ versions }) => versions),
  { name: 'HEIGHT', alignRight: true, text: ({ height }) => height?.toString() ?? '' },
  countColumn('PAGES', ({ pages }) => pages.total),
  { name: 'OLDEST', alignRight: true, text: ({ oldest }) => oldest?.toString() ?? '' },
  { name: 'FILL', alignRight: true, text: ({ fill }) => (fill === null ? '-' : percent(fill)) },
  { name: '', text: ({ fill }) => bar(fill ?? 0) },
]);

/** @param name of what the parts are parts of */
export function sharesView(name: string, unit: string): RowView<Share> {
  return forScreen([
    { name, text: (share) => share.name },
    countColumn(unit, ({ count }) => count),
    { name: 'SHARE', alignRight: true, text: ({ fraction }) => percent(fraction) },
    { name: '', text: ({ fraction }) => bar(fraction) },
  ]);
}

const ENTRY_COLUMNS: readonly Column<EntryFigures | HeadroomFigures>[] = [
  { name: 'TABLE', alignRight: true, text: ({ table }) => table.toString() },
  { name: 'KEY', text: ({ key }) => escapeBytes(key) },
  countColumn('BYTES', ({ bytes }) => bytes),
];

export const LARGEST_VIEW = forScreen<EntryFigures>([
  ...ENTRY_COLUMNS,
  countColumn('VERSIONS', ({ versions }) => versions),
]);

export const HEADROOM_VIEW = forScreen<HeadroomFigures>([
  ...ENTRY_COLUMNS,
  countColumn('OF', ({ bytesMax }) => bytesMax),
  countColumn('VALUE', ({ valueBytes }) => valueBytes),
  countColumn('UPDATES LEFT', ({ updatesLeft }) => updatesLeft),
  { name: '', text: ({ bytes, bytesMax }) => bar(bytes / bytesMax) },
]);
