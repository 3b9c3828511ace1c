/** What differs between two stores, of any format, layout and history: both walked in key order, two cursors in all. */
import { StoreError } from '../errors.js';
import { stepped, type Steps } from '../steps.js';
import { keysOf } from '../table/ranges.js';
import type { Cursor } from '../table/row-cursor.js';
import { type Differences, differenceOf, type DiffOptions, type RowState } from './diff.js';
import { ENTRIES_PER_STEP, type KeySpan, rowsAt, type StoreView, tablesAt } from './view.js';

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
  yield* stepped(left.next());
  yield* stepped(right.next());
  for (let looked = 1; left.key !== undefined || right.key !== undefined; looked++) {
    const order = compareKeys(left.key, right.key);
    const key = (order <= 0 ? left.key : right.key) as Uint8Array;
    const difference = differenceOf(
      table,
      order <= 0 ? left.state() : null,
      order >= 0 ? right.state() : null,
      () => key,
    );
    if (difference !== undefined) yield difference;
    else if (looked % ENTRIES_PER_STEP === 0) yield undefined;
    if (order <= 0) yield* stepped(left.next());
    if (order >= 0) yield* stepped(right.next());
  }
}

/** No key is after all others. */
function compareKeys(a: Uint8Array | undefined, b: Uint8Array | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  return Buffer.compare(a, b);
}

/** One of the two stores, on a row. */
class Side {
  /** Undefined at the end. */
  key: Uint8Array | undefined;
  readonly #cursor: Cursor;
  readonly #path: string;

  constructor({ view, at }: StoreAt, table: bigint, span: KeySpan) {
    this.#path = view.path;
    this.#cursor = rowsAt(view, table, at, span);
  }

  *next(): Steps<void> {
    let found: boolean | undefined;
    while ((found = this.#attributed(() => this.#cursor.advance(ENTRIES_PER_STEP))) === undefined) yield;
    this.key = found ? this.#cursor.key() : undefined;
  }

  state(): RowState {
    const { value, createdAt } = this.#attributed(() => this.#cursor.row());
    return { value, createdAt };
  }

  /** An error says in which of the two stores it was met. */
  #attributed<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw error instanceof StoreError ? error.with({ path: this.#path }) : error;
    }
  }
}
