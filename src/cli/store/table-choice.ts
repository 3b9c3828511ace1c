/** Which table a command is about. */
import type { BTreeStore } from '../../engine/index.js';
import { tableNotFound, UsageError } from '../cli-error.js';

const MOST_LISTED = 50;

/** The table that a command is about: the one asked for, else the only one of the store, or 1 when it has none. */
export function chooseTable(store: BTreeStore, asked: bigint | undefined): bigint {
  if (asked !== undefined) return asked;
  const ids = store.tables().map((table) => table.id);
  if (ids.length <= 1) return ids[0] ?? 1n;
  throw new UsageError(
    'TABLE_REQUIRED',
    `the store has ${ids.length} tables, and none was named: ${listed(ids)}`,
    { tables: ids },
    'name one with --table ID',
  );
}

/** Ends the command with a clean no when the store does not have the table. */
export function requireTable(store: BTreeStore, id: bigint, quiet = false): void {
  if (!store.hasTable(id)) throw tableNotFound(id, quiet);
}

function listed(ids: readonly bigint[]): string {
  const shown = ids.slice(0, MOST_LISTED).join(', ');
  return ids.length > MOST_LISTED ? `${shown} and ${ids.length - MOST_LISTED} more` : shown;
}
