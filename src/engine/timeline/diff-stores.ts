/** What differs between two stores, of any format, layout and history: both walked in key order, two cursors in all. */
import { equalBytes } from '../bytes/bytes.js';
import { StoreError } from '../errors.js';
import { stepped, type Steps } from '../steps.js';
import { keysOf } from '../table/ranges.js';
import type { Cursor } from '../table/row-cursor.js';
import { type Differences, differenceOf, type DiffOptions, type RowDifference } from './diff.js';
import { RowBlock } from './row-block.js';
import { ENTRIES_PER_STEP, type KeySpan, rowsAt, type StoreView, tablesAt } from './view.js';

/** Rows compared one by one where there is a difference, before many are compared at once again. */
const ROWS_ALONE = 32;

/** A store as of a position. */
export interface StoreAt {
  readonly view: StoreView;
  readonly at: bigint;
}

/** The rows that differ between two stores, by table and key. */
export function* diffStores(left: StoreAt, right: StoreAt, options: DiffOptions): Differences {
  const span = keysOf(options);
  const leftIds = yield* stepped(tablesAt(left.view, options.table, left.at));
  const rightIds = yield* stepped(tablesAt(right.view, options.table, right.at));
  for (const table of merged(leftIds, rightIds)) {
    yield* diffTables(table, new Side(left, table, span), new Side(right, table, span));
  }
}

function merged(left: readonly bigint[], right: readonly bigint[]): bigint[] {
  const ids = [...new Set([...left, ...right])];
  return ids.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function* diffTables(table: bigint, left: Side, right: Side): Differences {
  let alone = 0;
  for (;;) {
    if (left.rows.isEmpty) yield* stepped(left.fill());
    if (right.rows.isEmpty) yield* stepped(right.fill());
    if (left.rows.isEmpty && right.rows.isEmpty) return;
    if (alone === 0 && left.rows.passEqual(right.rows)) continue;
    alone = alone === 0 ? ROWS_ALONE : alone - 1;
    const difference = passOne(table, left.rows, right.rows);
    if (difference !== undefined) yield difference;
  }
}

/** Compares the rows that the two are on, and passes over the one that comes first, or both. */
function passOne(table: bigint, left: RowBlock, right: RowBlock): RowDifference | undefined {
  const order = left.isEmpty ? 1 : right.isEmpty ? -1 : left.compareKey(right);
  let difference: RowDifference | undefined;
  if (order !== 0 || !equalBytes(left.value(), right.value())) {
    const key = order <= 0 ? left.key() : right.key();
    const [before, after] = [order <= 0 ? left.state() : null, order >= 0 ? right.state() : null];
    difference = differenceOf(table, before, after, () => key);
  }
  if (order <= 0) left.next();
  if (order >= 0) right.next();
  return difference;
}

/** One of the two stores. */
class Side {
  readonly rows = new RowBlock();
  readonly #cursor: Cursor;
  readonly #path: string;
  #isAtEnd = false;

  constructor({ view, at }: StoreAt, table: bigint, span: KeySpan) {
    this.#path = view.path;
    this.#cursor = rowsAt(view, table, at, span);
  }

  /** Reads the next rows; none at the end. */
  *fill(): Steps<void> {
    this.rows.clear();
    while (!this.#isAtEnd && !this.rows.isFull) {
      this.#isAtEnd = !this.#lendRows();
      yield;
    }
  }

  /** An error says in which of the two stores it was met. */
  #lendRows(): boolean {
    try {
      return this.#cursor.lendRows(ENTRIES_PER_STEP, this.rows.take);
    } catch (error) {
      throw error instanceof StoreError ? error.with({ path: this.#path }) : error;
    }
  }
}
