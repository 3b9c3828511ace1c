/** Damage in a version, or in a value, is that of one row: a walk can go on past it. */
import { isDamage, StoreError } from '../errors.js';
import type { TreeCursor } from '../tree/cursor.js';

/** The error with where a walk can go on past the item that it is on; what is no damage as it is. */
export function withWayPast(error: unknown, items: TreeCursor): unknown {
  return error instanceof StoreError && isDamage(error)
    ? error.with({ ...items.factsPastItem(), ...error.facts })
    : error;
}
