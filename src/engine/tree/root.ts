/** Where a tree begins: what the superblock, or the record of a table, says about it. */
import { NO_PAGE } from '../bytes/u64.js';
import type { Facts } from '../errors.js';
import { CATALOGUE_TREE, HISTORY_TREE, type TreeKind } from '../format/page-types.js';

/** A tree as it is now; the writer changes it when the root does. */
export interface TreeRoot {
  /** The table that the tree belongs to; 0 of the catalogue. */
  readonly id: bigint;
  readonly kind: TreeKind;
  root: number;
  height: number;
  /** A root beyond 2^53, which no file has: to be told and kept exactly. */
  readonly farRoot: bigint | undefined;
  /** What counts the pages of the tree, where anything does. */
  readonly counts: { treePages: number } | undefined;
}

/** A tree that has no pages yet. */
export function emptyTree(id: bigint, kind: TreeKind, counts?: TreeRoot['counts']): TreeRoot {
  return { id, kind, root: NO_PAGE, height: 0, farRoot: undefined, counts };
}

/** Whether a tree has no pages at all. One without a root that is said to have levels is damage, not emptiness. */
export function isEmptyTree(tree: TreeRoot): boolean {
  return tree.root === NO_PAGE && tree.height === 0;
}

/** What a tree is called in messages. */
export function treeName({ id, kind }: TreeRoot): string {
  if (kind === CATALOGUE_TREE) return 'the catalogue';
  return kind === HISTORY_TREE ? `the history of table ${id}` : `table ${id}`;
}

/** Which table an error is about: of the catalogue none. */
export function treeFacts({ id, kind }: TreeRoot): Facts {
  return kind === CATALOGUE_TREE ? {} : { table: id };
}
