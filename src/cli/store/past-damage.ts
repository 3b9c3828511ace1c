/** The rows that can be read of a damaged store, ascending: where a page cannot be, the walk goes on after it. */
import type { BTreeStore, Cursor, CursorOptions } from '../../engine/index.js';
import { StoreError } from '../../engine/index.js';
import { EXIT, STORE_EXIT_CODES } from '../exit-codes.js';
import type { TableKey, TableRow } from '../output/versions-view.js';
import { keysText } from '../text/keys.js';
import type { RowSelection } from './row-selection.js';

const KEYS_PER_STEP = 4096;

/** Is told what was left out, in a sentence. */
export type OnSkipped = (message: string) => void;

/** As `selectedRows` and `selectedKeys`, without what cannot be read. */
export function* rowsPastDamage<Row extends TableKey | TableRow>(
  store: BTreeStore,
  { tables, options, limit }: RowSelection,
  read: (table: bigint, cursor: Cursor) => Row,
  onSkipped: OnSkipped,
): Generator<Row | undefined> {
  let left = limit ?? -1n;
  for (const table of tables) {
    let rest: CursorOptions | undefined = options;
    while (rest !== undefined && left !== 0n) {
      const walk: Walk = { options: rest, last: undefined, left };
      rest = yield* rowsUpToDamage(store, table, walk, read, onSkipped);
      left = walk.left;
    }
  }
}

interface Walk {
  readonly options: CursorOptions;
  /** Where what comes after the last row begins. */
  last: Uint8Array | undefined;
  /** How many rows are wanted still; below 0 for any number. */
  left: bigint;
}

/** @returns what is left to be read; undefined for nothing */
function* rowsUpToDamage<Row extends TableKey | TableRow>(
  store: BTreeStore,
  table: bigint,
  walk: Walk,
  read: (table: bigint, cursor: Cursor) => Row,
  onSkipped: OnSkipped,
): Generator<Row | undefined, CursorOptions | undefined> {
  try {
    const cursor = store.cursor(table, walk.options);
    while (walk.left !== 0n) {
      const found = cursor.advance(KEYS_PER_STEP);
      if (found === false) return undefined;
      const row = found ? read(table, cursor) : undefined;
      if (row !== undefined) {
        walk.left -= 1n;
        walk.last = Buffer.concat([row.key, Buffer.alloc(1)]);
      }
      yield row;
    }
    return undefined;
  } catch (error) {
    return pastDamage(error, table, walk, onSkipped);
  }
}

/** What is left to be read after the damage; undefined for nothing. */
function pastDamage(
  error: unknown,
  table: bigint,
  { options, last }: Walk,
  onSkipped: OnSkipped,
): CursorOptions | undefined {
  if (!(error instanceof StoreError) || STORE_EXIT_CODES[error.code] !== EXIT.damaged) throw error;
  const { nextKeyHex } = error.facts;
  const to = typeof nextKeyHex === 'string' ? Buffer.from(nextKeyHex, 'hex') : null;
  const from = bytesOf(last ?? options.from);
  onSkipped(`left out of table ${table}: ${keysText({ from, to })}: ${error.message}`);
  // Where the damage does not move on there is no way past it.
  if (to === null || (from !== null && last === undefined && to.equals(from))) return undefined;
  return { ...options, from: to };
}

function bytesOf(key: Uint8Array | string | undefined): Buffer | null {
  return key === undefined ? null : Buffer.from(key as Uint8Array);
}

export function rowOf(table: bigint, cursor: Cursor): TableRow {
  return { table, ...cursor.row() };
}

export function keyOf(table: bigint, cursor: Cursor): TableKey {
  return { table, key: cursor.key(), ...cursor.lifetime() };
}
