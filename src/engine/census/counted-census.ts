/** A census of pages, and a count of what is in them, on one walk. */
import { itemBytes } from '../format/items.js';
import type { Page } from '../format/page.js';
import type { StoreTally } from '../stat/store-tally.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import type { FindingCode } from '../verify/finding-kinds.js';
import type { Location } from '../verify/findings.js';
import type { StoreVisitor, VisitedPage, VisitedValuePage } from '../verify/store-visitor.js';
import type { SuperblockContent, TableRecord } from '../verify/stored-superblock.js';
import type { Survey } from '../verify/survey.js';
import type { CensusTaker } from './page-census.js';

export class CountedCensus implements StoreVisitor {
  readonly seesEntries = true;

  constructor(
    private readonly census: CensusTaker,
    private readonly tally: StoreTally,
  ) {}

  begin(content: SuperblockContent): void {
    this.census.begin(content);
  }

  tables(content: SuperblockContent, tables: Iterable<TableRecord>): Iterable<TableRecord> {
    return this.tally.tables(content, this.census.tables(content, tables));
  }

  treePage(tree: CheckedTree, page: Page, visited: VisitedPage): void {
    const items = itemBytes(page);
    this.census.addPage(tree, page, visited, items);
    this.tally.addPage(tree, page, items);
  }

  faultyPage(tree: CheckedTree, page: Page | undefined, visited: VisitedPage): void {
    this.census.faultyPage(tree, page, visited);
  }

  valuePage(visited: VisitedValuePage): void {
    this.census.valuePage(visited);
  }

  run(page: Page, index: number): void {
    this.tally.run(page, index);
  }

  entry(page: Page, index: number): void {
    this.tally.entry(page, index);
  }

  finding(code: FindingCode, location: Location): void {
    this.census.finding(code, location);
  }

  end(survey: Survey): void {
    this.census.end(survey);
  }
}
