/** How the tables of a store keep the versions of their keys: one implementation for each format. */
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { FORMAT_1 } from '../format/v1/format.js';
import { FORMAT_2 } from '../format/v2/format.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Operation } from '../log/operation.js';
import type { KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import type { Pager } from '../pager/pager.js';
import type { PageReader } from '../pager/page-reader.js';
import type { Steps } from '../steps.js';
import { EVENT_TABLES } from './event-tables.js';
import { INTERVAL_TABLES } from './interval-tables.js';
import type { IN_EXTENT, LentRow, Placed } from './lent-row.js';
import type { EntryTally } from './row-count.js';
import type { Examination, Lifetime, StoredVersion, VersionRange } from './versions.js';

/** Changes one table, inside a savepoint of the pager's. */
export interface TableWriter {
  /**
   * Gives a key a new value from position `at` on.
   *
   * @throws StoreError `ENTRY_TOO_LARGE`, `VALUE_TOO_LARGE`, `TORN_VERSION`, damage
   */
  put(operation: Operation, at: U64): void;
  /**
   * Ends a key's current version at `at`; does nothing when it has none.
   *
   * @throws StoreError `TORN_VERSION`, damage
   */
  delete(operation: Operation, at: U64): void;
}

/**
 * Looks for versions of keys, one after the other. What it finds is in pages that may be evicted: it is read before
 * the next page is.
 */
export interface VersionReader {
  /**
   * Looks for the version of an entry that is visible at a position, and says whether there is one. Afterwards the
   * leaf may no longer be in memory.
   */
  find(leaf: Frame, index: number, at: U64): boolean;
  /**
   * As `find`, for the many entries whose newest version is the visible one and in the leaf: then `row` points to it.
   * Reads no other page. The value is not pointed to where it is not in the leaf; that is `ELSEWHERE` only
   * `withValue`.
   */
  findInPlace(leaf: Frame, index: number, at: U64, row: LentRow, withValue: boolean): Placed;
  /**
   * As `find`, within the leaf, of versions of any age: `span` points to a value that is there, `value` reads one that
   * is `IN_EXTENT`. `ELSEWHERE` is a version of which an older run tells.
   */
  locate(leaf: Frame, index: number, at: U64, span: ValueSpan): Placed | typeof IN_EXTENT;
  /**
   * The same in a leaf of the tree of older versions.
   *
   * @param key of an entry of which `locate` has said `ELSEWHERE`, with the position after it
   * @returns `ELSEWHERE` where the leaf alone does not tell
   */
  locateOlder(leaf: Frame, key: KeyRef, at: U64, span: ValueSpan): Placed | typeof IN_EXTENT;
  /**
   * Counts the entries up to `end` that have a visible version, from `tally.index` on, and moves that on. It comes to a
   * stop at one of which the leaf does not say whether it has: that is for `find`.
   */
  countInPlace(leaf: Frame, tally: EntryTally, end: number, at: U64): void;
  /** A copy of the value that was found. */
  value(): Uint8Array;
  /** The same, in memory that the next one may be in, too. */
  lendValue(): Uint8Array;
  /** When the version that was found begins and ends; an end beyond `applied` is not known yet. */
  lifetime(applied: U64): Lifetime;
}

/** Where in a page a value is. */
export interface ValueSpan {
  start: number;
  length: number;
}

/** Calls back with the leaf and index of a key's entry, as it is now; undefined when the key has none. */
export type WithEntry = <Result>(found: (leaf: Frame, index: number) => Result) => Result | undefined;

export interface TableFormat {
  writer(pager: Pager, table: Table): TableWriter;
  /** @param table gives the table as it is now */
  reader(pages: PageReader, table: () => Table | undefined): VersionReader;
  /** The versions of a key, one by one; without those that no position can see. */
  versions(
    pages: PageReader,
    table: () => Table | undefined,
    withEntry: WithEntry,
    range: VersionRange,
  ): Generator<StoredVersion, undefined>;
  /** What `find` of a reader looks at, newest first, up to what decides. The leaf may no longer be in memory then. */
  examine(pages: PageReader, table: Table, leaf: Frame, index: number, range: VersionRange): Examination;
  /**
   * The pages of a table that can be used again when it has lost all it has; each was seen to be the table's.
   *
   * @throws StoreError damage, `IO_ERROR`
   */
  reusablePages(pages: PageReader, table: Table): Steps<readonly number[]>;
}

const TABLE_FORMATS = new Map<StoreFormat, TableFormat>([
  [FORMAT_1, INTERVAL_TABLES],
  [FORMAT_2, EVENT_TABLES],
]);

/** How the tables of a store of this format work. */
export function tableFormatOf(format: StoreFormat): TableFormat {
  return TABLE_FORMATS.get(format) as TableFormat;
}
