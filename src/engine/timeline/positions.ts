/** Which positions of the log a store can answer for. */
import { requireBigint } from '../bytes/arguments.js';
import { StoreError } from '../errors.js';
import type { TableEntry } from '../format/superblock.js';
import type { Steps } from '../steps.js';

/** Tables that a message names. */
const NAMED_MAX = 10;
/** Tables looked at between two steps. */
const TABLES_PER_STEP = 1024;

/** A table that cannot be read at a position, and the first position at which it can. */
interface Forgotten {
  readonly id: bigint;
  readonly oldest: bigint;
}

/** Refuses what is no position, or one that comes later. @throws StoreError `POSITION_BEYOND_APPLIED` */
export function checkKnown(position: bigint, applied: bigint): void {
  requireBigint(position, 'a position');
  if (position < 0n) throw new StoreError('INVALID_ARGUMENT', `a position is 0 or more, not ${position}`, { position });
  if (position <= applied) return;
  const message = `position ${position} is not known yet: the store has applied ${applied}`;
  throw new StoreError('POSITION_BEYOND_APPLIED', message, { position, appliedPosition: applied });
}

/**
 * The ids of tables, all of which can be read at a position.
 *
 * @throws StoreError `POSITION_FORGOTTEN`
 */
export function* idsKnownAt(position: bigint, tables: Iterable<TableEntry>): Steps<readonly bigint[]> {
  const ids: bigint[] = [];
  const forgotten: Forgotten[] = [];
  for (const { id, record } of tables) {
    ids.push(id);
    const oldest = record?.oldest ?? 0n;
    if (oldest > position) forgotten.push({ id, oldest });
    if (ids.length % TABLES_PER_STEP === 0) yield;
  }
  const [first, ...others] = forgotten;
  if (first !== undefined) throw forgottenAt(position, [first, ...others]);
  return ids;
}

/** The refusal of a position that is older than what some tables still know. */
export function forgottenAt(position: bigint, tables: readonly [Forgotten, ...Forgotten[]]): StoreError {
  const [{ id, oldest }] = tables;
  if (tables.length === 1) {
    const message = `what table ${id} held at position ${position} is forgotten: it is known from position ${oldest} on`;
    return new StoreError('POSITION_FORGOTTEN', message, { table: id, position, oldest });
  }
  const named = tables
    .slice(0, NAMED_MAX)
    .map((table) => `table ${table.id} is known from position ${table.oldest} on`);
  const more = tables.length > NAMED_MAX ? ` and ${tables.length - NAMED_MAX} more` : '';
  const message = `what ${tables.length} tables held at position ${position} is forgotten: ${named.join(', ')}${more}`;
  const latest = tables.reduce((highest, table) => (table.oldest > highest ? table.oldest : highest), oldest);
  return new StoreError('POSITION_FORGOTTEN', message, { position, oldest: latest, tables: tables.length });
}
