/** What callers say when they open a store and walk its tables, and what they get to know of them. */
import type { FileSystem } from '../file/files.js';
import { StoreError } from '../errors.js';
import type { AbortOptions } from '../async/slices.js';
import type { KeysOptions } from '../table/ranges.js';

export interface OpenOptions {
  /** Make a store where there is none (default false). Its file appears, whole, with the first `sync`. */
  readonly create?: boolean;
  /** Refuse changes, and need no permission for them (default false). */
  readonly readOnly?: boolean;
  /** Pages kept in memory, 32 or more (default 16,384 = 64 MiB). */
  readonly cachePages?: number;
  /**
   * How long to wait for another writer to close the store (default 5,000; 0 = do not wait). Readers never wait.
   */
  readonly lockTimeoutMs?: number;
  /**
   * Commits gather in the journal beside the store, each with one sync, and are put in place when it has this many
   * bytes, or the store is closed (default 64 MiB; 0: with every commit).
   */
  readonly journalBytes?: number;
  /** The format that a new store gets, and that one must have that is there (default: 1, and any). */
  readonly format?: number;
  /** Where the store is (default: the file system of the machine). */
  readonly files?: FileSystem;
}

export const DEFAULT_LOCK_TIMEOUT_MS = 5000;

/** A table, where its tree begins, and how many levels that has. An empty table has neither. */
export interface TableInfo {
  readonly id: bigint;
  readonly root: bigint | null;
  readonly height: number;
}

/** Which rows are counted, and as of which position (default: the applied one). */
export interface CountOptions extends KeysOptions {
  readonly at?: bigint | undefined;
}

/** Which rows a cursor walks, which way, and as of which position. */
export interface CursorOptions extends CountOptions, AbortOptions {
  readonly reverse?: boolean | undefined;
  /** At most this many rows (default: all). */
  readonly limit?: number | undefined;
}

/** Which versions of which keys are walked: those that began at `at` or before. `reverse` is about the keys. */
export type VersionCursorOptions = CursorOptions;

/** @throws StoreError `INVALID_ARGUMENT` */
export function checkLimit(limit: number | undefined): number | undefined {
  if (limit === undefined || limit >= 0) return limit;
  throw new StoreError('INVALID_ARGUMENT', `a limit is 0 or more, not ${limit}`);
}
