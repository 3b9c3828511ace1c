/**
 * The versions of a table as rows, for whoever keeps them elsewhere: those that are visible at a position, or all up to
 * it. Somebody who has those of an earlier position is given what he does not know: versions that began later, and
 * versions that he has as current and that have ended.
 */
import { U64 } from '../bytes/u64.js';
import { Pace } from '../steps.js';
import type { RowVersion } from '../table/versions.js';
import { EntryWalk } from './entry-walk.js';
import { ENTRIES_PER_STEP, rowsAt, type StoreView } from './view.js';

/** A version of a key, as of the position that was asked for: what ends later has not ended. */
export interface TableVersion extends RowVersion {
  readonly key: Uint8Array;
}

export interface TableVersionsOptions {
  /** Up to which position (default: the applied one). */
  readonly at?: bigint | undefined;
  /** All versions, also those that have ended (default: only those that are visible). */
  readonly history?: boolean | undefined;
  /** Only what is not known as of this position: what began after it, and what was visible then and has ended. */
  readonly since?: bigint | undefined;
}

/**
 * Versions by key, those of a key the oldest first, with `since` the newest first; `undefined` now and then on a long
 * way to the next one.
 */
export type TableVersions = Generator<TableVersion | undefined, void>;

const WHOLE = { from: undefined, to: undefined };

/** The versions of a table. @throws StoreError `POSITION_FORGOTTEN`, `SNAPSHOT_GONE`, damage */
export function tableVersions(view: StoreView, table: bigint, options: TableVersionsOptions): TableVersions {
  const { since, history = false } = options;
  const at = options.at ?? view.applied.position;
  if (since !== undefined) return unknownSince(view, table, at, since, history);
  return history ? allVersions(view, table, at) : visibleRows(view, table, at);
}

function* visibleRows(view: StoreView, table: bigint, at: bigint): TableVersions {
  const cursor = rowsAt(view, table, at, WHOLE);
  for (let found = cursor.advance(ENTRIES_PER_STEP); found !== false; found = cursor.advance(ENTRIES_PER_STEP)) {
    if (found === undefined) yield undefined;
    else yield { ...cursor.row(), deletedAt: null };
  }
}

function* allVersions(view: StoreView, table: bigint, at: bigint): TableVersions {
  const walk = new EntryWalk(view, table, { ...WHOLE, at, since: 0n });
  const upTo = U64.from(at);
  for (let found = walk.next(); found !== false; found = walk.next()) {
    if (found === undefined) yield undefined;
    else yield* versionsOf(walk, upTo);
  }
}

function* versionsOf(walk: EntryWalk, upTo: U64): TableVersions {
  const key = walk.key();
  for (const { value, createdAt, deletedAt } of walk.versions(upTo, true)) yield { key, value, createdAt, deletedAt };
}

function* unknownSince(view: StoreView, table: bigint, at: bigint, since: bigint, history: boolean): TableVersions {
  const walk = new EntryWalk(view, table, { ...WHOLE, at: since, since });
  if (!walk.mayHaveChanged()) return;
  const upTo = U64.from(at);
  const pace = new Pace(ENTRIES_PER_STEP);
  for (let found = walk.next(); found !== false; found = walk.next()) {
    if (found === undefined || pace.isDue()) yield undefined;
    if (found === true) yield* unknownOfKey(walk, upTo, since, history);
  }
}

/** The newest first: what a key was before `since` can be long, and is not looked at. */
function* unknownOfKey(walk: EntryWalk, upTo: U64, since: bigint, history: boolean): TableVersions {
  let key: Uint8Array | undefined;
  for (const { value, createdAt, deletedAt } of walk.versions(upTo)) {
    const isNew = createdAt > since;
    const hasEnded = deletedAt !== null;
    if (!isNew && !(hasEnded && deletedAt > since)) return;
    if (!isNew || history || !hasEnded) yield { key: (key ??= walk.key()), value, createdAt, deletedAt };
    if (!isNew) return;
  }
}
