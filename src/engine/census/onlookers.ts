/** Several who look on, as one. */
import type { Page } from '../format/page.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import type { FindingCode } from '../verify/finding-kinds.js';
import type { Location } from '../verify/findings.js';
import type { StoreVisitor, VisitedPage, VisitedValuePage } from '../verify/store-visitor.js';
import type { SuperblockContent, TableRecord } from '../verify/stored-superblock.js';
import type { Survey } from '../verify/survey.js';

export class Onlookers implements StoreVisitor {
  readonly seesEntries: boolean;
  /** Those who look at entries, of which there are very many. */
  readonly #ofEntries: readonly StoreVisitor[];

  constructor(private readonly visitors: readonly StoreVisitor[]) {
    this.#ofEntries = visitors.filter((visitor) => visitor.seesEntries);
    this.seesEntries = this.#ofEntries.length > 0;
  }

  begin(content: SuperblockContent): void {
    for (const visitor of this.visitors) visitor.begin?.(content);
  }

  tables(content: SuperblockContent, tables: Iterable<TableRecord>): Iterable<TableRecord> {
    return this.visitors.reduce((seen, visitor) => visitor.tables?.(content, seen) ?? seen, tables);
  }

  treePage(tree: CheckedTree, page: Page, visited: VisitedPage): void {
    for (const visitor of this.visitors) visitor.treePage(tree, page, visited);
  }

  faultyPage(tree: CheckedTree, page: Page | undefined, visited: VisitedPage): void {
    for (const visitor of this.visitors) visitor.faultyPage?.(tree, page, visited);
  }

  valuePage(visited: VisitedValuePage): void {
    for (const visitor of this.visitors) visitor.valuePage?.(visited);
  }

  run(page: Page, index: number): void {
    for (const visitor of this.visitors) visitor.run?.(page, index);
  }

  entry(page: Page, index: number): void {
    const visitors = this.#ofEntries;
    for (let each = 0; each < visitors.length; each++) visitors[each]?.entry?.(page, index);
  }

  finding(code: FindingCode, location: Location): void {
    for (const visitor of this.visitors) visitor.finding?.(code, location);
  }

  end(survey: Survey): void {
    for (const visitor of this.visitors) visitor.end?.(survey);
  }
}
