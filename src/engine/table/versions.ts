/** What callers get of the versions of a key, whatever the format that they are kept in. */
import type { U64 } from '../bytes/u64.js';

/** Between which positions a version is visible. `deletedAt` is null while it is current. */
export interface Lifetime {
  readonly createdAt: bigint;
  readonly deletedAt: bigint | null;
}

/** One version of a key. */
export interface RowVersion extends Lifetime {
  readonly value: Uint8Array;
}

/** A version, and the page that says so: a leaf. A long value itself is in other pages. */
export interface StoredVersion extends RowVersion {
  readonly page: bigint;
}

/** Which versions of a key, and in which order. */
export interface VersionsOptions {
  /** Only those that began at this position or before (default: the applied one). */
  readonly at?: bigint | undefined;
  /** The oldest first. */
  readonly reverse?: boolean | undefined;
}

/** The same, as tables are asked. */
export interface VersionRange {
  readonly at: U64;
  /** An end beyond this is not known yet. */
  readonly applied: U64;
  readonly reverse: boolean;
}
