/** The content hash of a store that is open: of what is visible at a position, whatever format, layout and history. */
import type { Steps } from '../steps.js';
import { keysOf, type KeysOptions } from '../table/ranges.js';
import type { LentRow } from '../table/lent-row.js';
import { ContentHasher, type TableHash } from './content-hasher.js';
import { ENTRIES_PER_STEP, rowsAt, type StoreView, tablesAt } from './view.js';

export interface HashOptions extends KeysOptions {
  /** As of which position (default: the applied one). */
  readonly at?: bigint | undefined;
  /** Only this table: the hash is then the table's own (default: all). */
  readonly table?: bigint | undefined;
}

/** The hash of a store, or of one of its tables, 32 bytes. */
export interface ContentHash {
  readonly at: bigint;
  readonly hash: Uint8Array;
  /** The tables with visible rows, ascending by id. */
  readonly tables: readonly TableHash[];
}

/** The content hash of a store, or of the part of it that the options name. */
export function* contentHash(view: StoreView, options: HashOptions): Steps<ContentHash> {
  const at = options.at ?? view.applied.position;
  const span = keysOf(options);
  const ids = yield* tablesAt(view, options.table, at);
  const hasher = new ContentHasher();
  const add = ({ key, keyStart, keyLength, value, valueStart, valueLength }: LentRow): boolean => {
    hasher.addRow({ view: key.view, keyStart, keyLength }, value.view, valueStart, valueLength);
    return true;
  };
  const tables: TableHash[] = [];
  for (const id of ids) {
    const cursor = rowsAt(view, id, at, span);
    while (cursor.lendRows(ENTRIES_PER_STEP, add)) yield;
    const table = hasher.endTable(id);
    if (table.rows > 0) tables.push(table);
    if (options.table !== undefined) return { at, hash: table.hash, tables };
  }
  return { at, hash: hasher.digest(), tables };
}
