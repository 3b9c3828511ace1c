/**
 * Counts the rows of a range, leaf by leaf: without looking at entries where the table says that each key has a row,
 * else by the newest version of each, and by older ones only where that is too new. A leaf that is in memory and wholly
 * in the range then takes no longer than one row of a walk.
 */
import { U64 } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import type { TableCounts } from '../format/superblock.js';
import type { PageReader } from '../pager/page-reader.js';
import type { Steps } from '../steps.js';
import { TreeCursor } from '../tree/cursor.js';
import { withWayPast } from './way-past.js';
import type { RowRange } from './row-cursor.js';
import { tableFormatOf, type VersionReader } from './table-format.js';

/** How far the entries of a leaf were counted. */
export interface EntryTally {
  /** The next entry. */
  index: number;
  rows: number;
}

/** Told how many rows there are so far. */
export type OnCount = (rows: number) => void;

/** Leaves counted in a step of a few milliseconds. */
const LEAVES_PER_STEP = 64;

/**
 * How many rows a cursor over the range would give.
 *
 * @param table gives the table as it is now
 * @param range the direction means nothing
 */
export function* countRows(
  pages: PageReader,
  table: () => Table | undefined,
  range: Omit<RowRange, 'reverse'>,
  onCount: OnCount,
): Steps<number> {
  const counter = new RowCounter(pages, table, range);
  let told = 0;
  while (counter.countNext()) {
    if (counter.leaves - told < LEAVES_PER_STEP) continue;
    told = counter.leaves;
    onCount(counter.rows);
    yield;
  }
  return counter.rows;
}

class RowCounter {
  rows = 0;
  /** Leaves, or parts of them, that were counted. */
  leaves = 0;
  readonly #items: TreeCursor;
  readonly #versions: VersionReader;
  /** Whether the walk is at an entry that was not counted. */
  #isPending = false;
  readonly #tally: EntryTally = { index: 0, rows: 0 };
  /** `#hasAllRows`, and when it was asked for. */
  #isFull = false;
  #generation = -1;
  readonly #nextOnce = (): boolean => this.#next();
  readonly #takeWhole = (leaf: Frame): boolean => this.#countWhole(leaf);

  constructor(
    private readonly pages: PageReader,
    private readonly table: () => Table | undefined,
    private readonly range: Omit<RowRange, 'reverse'>,
  ) {
    this.#items = new TreeCursor(pages, () => table()?.tree, { ...range, reverse: false });
    this.#versions = tableFormatOf(pages.format).reader(pages, table);
  }

  /**
   * Counts what is left of a leaf and the leaves after it, or up to an entry whose newest version is too new; false at
   * the end.
   */
  countNext(): boolean {
    try {
      return this.pages.retryOnChange(this.#nextOnce);
    } catch (error) {
      this.#items.invalidate();
      throw this.#isPending ? withWayPast(error, this.#items) : error;
    }
  }

  /** May be left midway when another commit is met: what was counted by then is not counted again. */
  #next(): boolean {
    const items = this.#items;
    const leaf = this.#isPending ? items.leaf() : items.next();
    if (leaf === undefined) return false;
    this.#isPending = true;
    this.leaves++;
    const end = items.endInLeaf(leaf);
    const tally = this.#tally;
    tally.index = items.index;
    this.#countIn(leaf, end);
    this.rows += tally.rows;
    this.#passTo(leaf, Math.min(tally.index, end - 1));
    const isWhole = tally.index === end;
    if (!isWhole && this.#versions.find(leaf, items.index, this.range.at)) this.rows++;
    this.#isPending = false;
    if (isWhole) this.leaves += items.passLeaves(leaf, this.#takeWhole, LEAVES_PER_STEP);
    return true;
  }

  /** Counts entries from `tally.index` on, as far as the leaf tells. */
  #countIn(leaf: Frame, end: number): void {
    const tally = this.#tally;
    tally.rows = 0;
    if (this.#hasAllRows()) {
      tally.rows = end - tally.index;
      tally.index = end;
    } else this.#versions.countInPlace(leaf, tally, end, this.range.at);
  }

  /** Counts a leaf if it alone tells of all its entries. */
  #countWhole(leaf: Frame): boolean {
    this.#tally.index = 1;
    this.#countIn(leaf, leaf.itemCount);
    if (this.#tally.index < leaf.itemCount) return false;
    this.rows += this.#tally.rows;
    return true;
  }

  #passTo(leaf: Frame, index: number): void {
    this.#items.index = index;
    this.#items.settle(leaf);
  }

  /** Whether every key of the table has a row at the position, by what the table counts. */
  #hasAllRows(): boolean {
    // Asked once for each state of the table, and not once a leaf.
    if (this.#generation !== this.pages.generation) {
      const counts = this.table()?.counts;
      this.#isFull = counts?.rows === counts?.keys && isUnchangedSince(counts, this.range.at);
      this.#generation = this.pages.generation;
    }
    return this.#isFull;
  }
}

function isUnchangedSince(counts: TableCounts | undefined, at: U64): boolean {
  return counts !== undefined && U64.from(counts.lastChanged).compare(at) <= 0;
}
