/** Counts what is in entries, in each format in its own way. */
import { copyKey } from '../format/items.js';
import type { Page } from '../format/page.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import type { PositionPart } from './position-counts.js';
import type { AgeFigures, EntryFigures, HeadroomFigures, SpreadStep } from './report.js';
import { Spread } from './spread.js';
import type { TableTally } from './table-tally.js';
import { TopList } from './top-list.js';

/** How many keys are named. */
export const KEYS_NAMED = 10;

/** What both formats say of keys. */
export class KeyFigures {
  readonly versions = new Spread();
  readonly valueBytes = new Spread();
  readonly #largest = new TopList<EntryFigures>(KEYS_NAMED);
  readonly #hottest = new TopList<EntryFigures>(KEYS_NAMED);

  /** @param bytes with older events and long values */
  add(table: bigint, page: Page, index: number, bytes: number, versions: number): void {
    this.versions.add(versions);
    const isLarge = this.#largest.takes(-bytes);
    const isHot = this.#hottest.takes(-versions);
    if (!isLarge && !isHot) return;
    const figures = { table, key: copyKey(page, index), bytes, versions };
    if (isLarge) this.#largest.add(-bytes, figures);
    if (isHot) this.#hottest.add(-versions, figures);
  }

  figures(): Pick<ReturnType<EntryTally['figures']>, 'largest' | 'hottest' | 'versions' | 'valueBytes'> {
    return {
      largest: this.#largest.items(),
      hottest: this.#hottest.items(),
      versions: this.versions.figures(),
      valueBytes: this.valueBytes.figures(),
    };
  }
}

/** Sees the pages and entries of one table after the other. */
export interface EntryTally {
  readonly countsEvents: boolean;
  /** What comes from now on is of this table, and is counted there. */
  begin(table: bigint, tally: TableTally): void;
  /** A page of a tree of the table, whose items have so many bytes. */
  page(tree: CheckedTree, page: Page, items: number): void;
  /** A run of older events, before the entry of its key. */
  run(page: Page, index: number): void;
  entry(page: Page, index: number): void;
  /** What each range of positions wrote; empty where that is not counted. */
  positions(): readonly PositionPart[];
  /** What is said of the whole store. */
  figures(): {
    readonly age: readonly AgeFigures[] | null;
    readonly largest: readonly EntryFigures[];
    readonly hottest: readonly EntryFigures[];
    readonly versions: readonly SpreadStep[];
    readonly valueBytes: readonly SpreadStep[];
    readonly headroom: readonly HeadroomFigures[] | null;
  };
}
