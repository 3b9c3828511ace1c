/** All versions of the keys of a range. */
import { U64 } from '../bytes/u64.js';
import { Pace } from '../steps.js';
import type { RowVersion } from '../table/versions.js';
import { EntryWalk } from './entry-walk.js';
import { ENTRIES_PER_STEP, type KeySpan, type StoreView } from './view.js';

/** A version, and the key that it is of. */
export interface KeyVersion extends RowVersion {
  readonly key: Uint8Array;
}

interface KeyVersionsRange extends KeySpan {
  /** Only versions that began at this position or before. */
  readonly at: bigint;
  /** The last key first. */
  readonly reverse: boolean;
}

/** The versions key by key, of each the newest first; undefined now and then on a long way to the next one. */
export function* versionsOfKeys(
  view: StoreView,
  table: bigint,
  { at, ...range }: KeyVersionsRange,
): Generator<KeyVersion | undefined, void> {
  const walk = new EntryWalk(view, table, { ...range, at, since: 0n });
  const upTo = U64.from(at);
  const applied = U64.from(view.applied.position);
  const pace = new Pace(ENTRIES_PER_STEP);
  for (let found = walk.next(); found !== false; found = walk.next()) {
    if (found === undefined || pace.isDue()) yield undefined;
    if (found === undefined) continue;
    const key = walk.key();
    for (const { createdAt, deletedAt, value } of walk.versions(upTo, false, applied))
      yield { key, value, createdAt, deletedAt };
  }
}
