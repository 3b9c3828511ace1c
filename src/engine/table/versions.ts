/** What callers get of the versions of a key, whatever the format that they are kept in. */

/** Between which positions a version is visible. `deletedAt` is null while it is current. */
export interface Lifetime {
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
}

/** One version of a key. */
export interface RowVersion extends Lifetime {
  readonly value: Uint8Array;
}
