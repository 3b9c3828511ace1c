/** Counts what is in entries, in each format in its own way. */
import type { Page } from '../format/page.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import type { AgeFigures, EntryFigures, HeadroomFigures } from './report.js';
import type { TableTally } from './table-tally.js';

/** How many keys are named. */
export const KEYS_NAMED = 10;

/** Sees the pages and entries of one table after the other. */
export interface EntryTally {
  readonly countsEvents: boolean;
  /** What comes from now on is of this table, and is counted there. */
  begin(table: bigint, tally: TableTally): void;
  /** A page of a tree of the table. */
  page(tree: CheckedTree, page: Page): void;
  /** A run of older events, before the entry of its key. */
  run(page: Page, index: number): void;
  entry(page: Page, index: number): void;
  /** What is said of the whole store. */
  figures(): {
    readonly age: readonly AgeFigures[] | null;
    readonly largest: readonly EntryFigures[];
    readonly headroom: readonly HeadroomFigures[] | null;
  };
}
