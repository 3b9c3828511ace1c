/** Which rows a command is about: tables, range, position, limit. */
import type { BTreeStore, Cursor, CursorOptions, LentRow, Steps } from '../../engine/index.js';
import { defined } from '../defined.js';
import { parseKey } from '../input/byte-args.js';
import type { Progress } from '../output/progress.js';
import type { TableKey, TableRow } from '../output/versions-view.js';
import { counted } from '../text/counts.js';
import { inSlices, TimeSlice } from '../time-slice.js';
import { chooseTable, requireTable } from './table-choice.js';

/** What the flags of `rangeFlags` say; `reverse` where a command has it. */
export interface RangeRequest {
  readonly table?: bigint | undefined;
  readonly 'key-hex'?: boolean;
  readonly 'all-tables'?: boolean;
  readonly at?: bigint | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly prefix?: string | undefined;
  readonly limit?: bigint | undefined;
  readonly reverse?: boolean;
}

/** The rows that were asked for: which tables, which part of each, how many. */
export interface RowSelection {
  readonly tables: readonly bigint[];
  readonly options: CursorOptions;
  readonly limit: bigint | undefined;
}

/** Reads the flags that choose rows, before the store is opened. */
export function readRange(request: RangeRequest): CursorOptions {
  const hex = request['key-hex'] === true;
  const bytes = (name: 'from' | 'to' | 'prefix') => {
    const text = request[name];
    return text === undefined ? undefined : parseKey(text, `--${name}`, hex);
  };
  return defined({
    from: bytes('from'),
    to: bytes('to'),
    prefix: bytes('prefix'),
    at: request.at,
    reverse: request.reverse,
  });
}

/** Keys looked at in a few milliseconds. */
const KEYS_PER_STEP = 4096;

/** Finds the tables that were asked for; one that the store does not have is a clean no. */
export function selectRows(store: BTreeStore, request: RangeRequest, options: CursorOptions): RowSelection {
  const { at } = options;
  // A cursor refuses a position that is not known yet, or no longer; it must be refused before any row comes out, and
  // also where there is nothing to walk through.
  if (at !== undefined) store.cursor(0n, { at });
  const tables = selectTables(store, request);
  if (at !== undefined) for (const table of tables) store.cursor(table, { at });
  return { tables, options, limit: request.limit };
}

function selectTables(store: BTreeStore, request: RangeRequest): readonly bigint[] {
  if (request['all-tables'] === true) {
    const ids = store.tables().map((table) => table.id);
    return request.reverse === true ? ids.reverse() : ids;
  }
  const table = chooseTable(store, request.table);
  requireTable(store, table);
  return [table];
}

/** The selected rows in key order, table by table; `undefined` now and then on a long way to the next one. */
export function* selectedRows(store: BTreeStore, selection: RowSelection): Generator<TableRow | undefined> {
  for (const step of walk(store, selection)) yield step && { table: step.table, ...step.cursor.row() };
}

/** As `selectedRows`, without copying a value. */
export function* selectedKeys(store: BTreeStore, selection: RowSelection): Generator<TableKey | undefined> {
  for (const step of walk(store, selection)) {
    yield step && { table: step.table, key: step.cursor.key(), ...step.cursor.lifetime() };
  }
}

/** What rows are lent to, one after the other. */
export interface RowTaker {
  /** The next rows are of this table. */
  beginTable(id: bigint): void;
  /** Takes a row, which is good until this returns, and says whether there is room for more just now. */
  add(row: LentRow): boolean;
}

/** As `selectedRows`, with nothing copied that can be used where it is. */
export function* lendSelected(
  store: BTreeStore,
  { tables, options, limit }: RowSelection,
  taker: RowTaker,
  withValues: boolean,
): Steps<void> {
  // Counting rows that are not limited took a twentieth of a scan: a number past 2^31 is an object each time.
  let left = limit === undefined ? 1 : Number(limit);
  const visit =
    limit === undefined
      ? (row: LentRow) => taker.add(row)
      : (row: LentRow) => {
          left -= 1;
          return taker.add(row) && left > 0;
        };
  for (const table of tables) {
    if (left === 0) return;
    taker.beginTable(table);
    const cursor = store.cursor(table, options);
    while (left > 0 && cursor.lendRows(KEYS_PER_STEP, visit, withValues)) yield;
  }
}

/** How many rows are selected: of whole tables what the store counts, where it does. */
export async function countRows(store: BTreeStore, selection: RowSelection, progress: Progress): Promise<number> {
  const recorded = recordedRows(store, selection);
  if (recorded !== undefined) return recorded;
  let shown = 0;
  const steps = countSelected(store, selection, (rows) => {
    shown = rows;
  });
  return inSlices(steps, new TimeSlice(), () => progress.show(() => counted(shown, 'row', 'rows')));
}

function* countSelected(
  store: BTreeStore,
  { tables, options, limit }: RowSelection,
  onCount: (rows: number) => void,
): Steps<number> {
  const most = limit === undefined ? Infinity : Number(limit);
  let count = 0;
  for (const table of tables) {
    let inTable = 0;
    const steps = store.countSteps(table, options, (rows) => {
      inTable = rows;
      onCount(count + rows);
    });
    for (let step = steps.next(); count + inTable < most; step = steps.next()) {
      if (step.done === true) {
        inTable = step.value;
        break;
      }
      yield;
    }
    count += inTable;
    if (count >= most) return most;
  }
  return count;
}

function recordedRows(store: BTreeStore, { tables, options, limit }: RowSelection): number | undefined {
  const { from, to, prefix, at } = options;
  if ([from, to, prefix, at, limit].some((narrowing) => narrowing !== undefined)) return undefined;
  let rows = 0;
  for (const table of tables) {
    const recorded = store.rowCount(table);
    if (recorded === undefined) return undefined;
    rows += recorded;
  }
  return rows;
}

/** A cursor that is on a selected row. */
interface Step {
  readonly table: bigint;
  readonly cursor: Cursor;
}

/** Steps a cursor through each table in turn; `undefined` after many keys without a row. */
function* walk(store: BTreeStore, selection: RowSelection): Generator<Step | undefined> {
  let left = selection.limit ?? -1n;
  for (const table of selection.tables) {
    const cursor = store.cursor(table, selection.options);
    const step = { table, cursor };
    while (left !== 0n) {
      const found = cursor.advance(KEYS_PER_STEP);
      if (found === false) break;
      if (found) left -= 1n;
      yield found ? step : undefined;
    }
  }
}
