/** What callers get of the versions of a key, whatever the format that they are kept in. */
import type { AbortOptions } from '../async/slices.js';
import type { U64 } from '../bytes/u64.js';
import type { PathStep } from '../tree/path-steps.js';

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
export interface VersionsOptions extends AbortOptions {
  /** Only those that began at this position or before (default: the applied one). */
  readonly at?: bigint | undefined;
  /** The oldest first. */
  readonly reverse?: boolean | undefined;
  /** At most this many (default: all). */
  readonly limit?: number | undefined;
}

/** The same, as tables are asked. */
export interface VersionRange {
  readonly at: U64;
  /** An end beyond this is not known yet. */
  readonly applied: U64;
  readonly reverse: boolean;
}

/** Why a version does not count at a position; of a deletion, that it does. */
export type NotVisible =
  /** It was written later. */
  | 'later'
  /** It was replaced or deleted before, or at the position. */
  | 'ended'
  /** The key was deleted there, and not written again until the position. */
  | 'deletion'
  /** It was replaced in the batch that wrote it. */
  | 'empty';

/** A version, or a deletion, that was looked at on the way to an answer. */
export interface ExaminedVersion {
  /** Null for a deletion. */
  readonly createdAt: bigint | null;
  readonly deletedAt: bigint | null;
  readonly page: bigint;
  /** Bytes of its value; null for a deletion. */
  readonly valueBytes: number | null;
  /** Null: it is the one that counts. */
  readonly reason: NotVisible | null;
}

/** What was looked at of an entry, and of the history tree where the answer is not in the entry. */
export interface Examination {
  readonly versions: readonly ExaminedVersion[];
  /** The way through the history tree; null where that was not asked. Its keys end in a position, big-endian. */
  readonly historyPath: readonly PathStep[] | null;
}
