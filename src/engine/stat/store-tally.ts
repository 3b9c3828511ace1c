/** What is counted of a whole store: the visitor of the walk hands on what it sees to the tally of each table. */
import { itemBytes } from '../format/items.js';
import type { Page } from '../format/page.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import type { SuperblockContent, TableRecord } from '../verify/stored-superblock.js';
import type { StoreVisitor } from '../verify/store-visitor.js';
import type { EntryTally } from './entry-tally.js';
import { EventTally } from './event-tally.js';
import { IntervalTally } from './interval-tally.js';
import type { PositionPart } from './position-counts.js';
import type { StatReport, TableFigures } from './report.js';
import { TableTally } from './table-tally.js';

export class StoreTally implements StoreVisitor {
  readonly seesEntries = true;
  cataloguePages = 0;
  readonly #figures: TableFigures[] = [];
  readonly #total = new TableTally();
  #entries: EntryTally = new IntervalTally(0n, false);

  /**
   * @param table the only one that is counted; undefined: all
   * @param countsPositions whether what each range of positions wrote is counted, too
   */
  constructor(
    private readonly table: bigint | undefined,
    private readonly countsPositions: boolean,
  ) {}

  /** The tables that are to be walked through: what the walk sees is counted for the one that was given last. */
  *tables({ record, appliedPosition }: SuperblockContent, tables: Iterable<TableRecord>): Generator<TableRecord, void> {
    const Tally = record === undefined ? IntervalTally : EventTally;
    this.#entries = new Tally(appliedPosition, this.countsPositions);
    for (const table of tables) {
      if (this.table !== undefined && table.id !== this.table) continue;
      const tally = new TableTally();
      this.#entries.begin(table.id, tally);
      yield table;
      this.#total.add(tally);
      this.#figures.push(figuresOf(table, tally, this.#entries.countsEvents));
    }
  }

  treePage(tree: CheckedTree, page: Page): void {
    this.addPage(tree, page, itemBytes(page));
  }

  /** The same of a page whose items have so many bytes. */
  addPage(tree: CheckedTree, page: Page, items: number): void {
    if (tree.table === undefined) this.cataloguePages++;
    else this.#entries.page(tree, page, items);
  }

  run(page: Page, index: number): void {
    this.#entries.run(page, index);
  }

  entry(page: Page, index: number): void {
    this.#entries.entry(page, index);
  }

  /** What each range of positions wrote; empty where that was not asked for. */
  positions(): readonly PositionPart[] {
    return this.#entries.positions();
  }

  figures(): Pick<StatReport, 'tables' | 'total' | 'spread' | 'age' | 'largest' | 'hottest' | 'headroom'> {
    const tables = this.#figures.sort((a, b) => (a.id < b.id ? -1 : 1));
    const { versions, valueBytes, ...named } = this.#entries.figures();
    const spread = { fill: this.#total.fills.figures(), versions, valueBytes };
    return { tables, total: this.#total.figures(this.#entries.countsEvents), spread, ...named };
  }
}

function figuresOf({ id, height, record }: TableRecord, tally: TableTally, countsEvents: boolean): TableFigures {
  return {
    id,
    height,
    historyHeight: record?.historyHeight ?? 0,
    oldest: record?.oldest ?? 0n,
    lastChanged: record?.lastChanged ?? null,
    ...tally.figures(countsEvents),
  };
}
