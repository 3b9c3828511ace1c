/** Who looks at a store as the check of it walks through the trees: one walk serves them all. */
import type { Page } from '../format/page.js';
import type { CheckedTree } from './checked-tree.js';
import type { FindingCode } from './finding-kinds.js';
import type { Location } from './findings.js';
import type { SuperblockContent, TableRecord } from './stored-superblock.js';
import type { Survey } from './survey.js';

/** Where a page is, and what leads to it. */
export interface VisitedPage {
  readonly pageId: number;
  /** The page that points to it. */
  readonly parent: number;
}

/** A page of a long value. */
export interface VisitedValuePage extends VisitedPage {
  readonly table: bigint;
  /** Of the event that has the value. */
  readonly position: bigint;
  /** Bytes of the page that are in use. */
  readonly used: number;
  readonly isSound: boolean;
}

/** Sees sound pages and items, unless it says otherwise. What it is given is good until it returns. */
export interface StoreVisitor {
  /** Whether it looks at runs and entries: a check in which nobody does is faster. */
  readonly seesEntries: boolean;
  /** The superblock can be read. */
  begin?(content: SuperblockContent): void;
  /** The tables that are walked through; those that it leaves out are not. */
  tables?(content: SuperblockContent, tables: Iterable<TableRecord>): Iterable<TableRecord>;
  /** A page of a tree, before its items and what is below it. */
  treePage(tree: CheckedTree, page: Page, visited: VisitedPage): void;
  /**
   * A page with a fault that is where a page of a tree should be.
   *
   * @param page undefined: nothing that it says can be believed
   */
  faultyPage?(tree: CheckedTree, page: Page | undefined, visited: VisitedPage): void;
  valuePage?(visited: VisitedValuePage): void;
  /** A run of older events of the key whose entry comes next. */
  run?(page: Page, index: number): void;
  /** An entry of a table, in the order of the keys. */
  entry?(page: Page, index: number): void;
  /** Something that is wrong. */
  finding?(code: FindingCode, location: Location): void;
  /** The walk is over. */
  end?(survey: Survey): void;
}
