/** Who looks at the trees of a store as the check of it walks through them: one walk serves them all. */
import type { Page } from '../format/page.js';
import type { CheckedTree } from './checked-tree.js';

/** Sees sound pages and items only. What it is given is good until it returns. */
export interface StoreVisitor {
  /** A page of a tree, before its items and what is below it. */
  treePage(tree: CheckedTree, page: Page): void;
  /** A run of older events of the key whose entry comes next. */
  run(page: Page, index: number): void;
  /** An entry of a table, in the order of the keys. */
  entry(page: Page, index: number): void;
}
