/** The way to the answer to a question about a key: pages, separators, versions. */
import type { KeyRef } from '../bytes/bytes.js';
import type { Table } from '../catalogue/table.js';
import { findKey } from '../format/items.js';
import type { PageReader } from '../pager/page-reader.js';
import { tableFormatOf } from '../table/table-format.js';
import type { ExaminedVersion, Examination, VersionRange } from '../table/versions.js';
import { TreePath } from '../tree/path.js';
import { type PathStep, stepsOf } from '../tree/path-steps.js';
import { isEmptyTree } from '../tree/root.js';

/** How `getVersion` comes to its answer. */
export interface Explanation extends Examination {
  /** From the root to the leaf that the key belongs to; empty where the table has no pages. */
  readonly path: readonly PathStep[];
  /** The version that counts; undefined when there is none. */
  readonly visible: ExaminedVersion | undefined;
}

const NOTHING: Explanation = { path: [], historyPath: null, versions: [], visible: undefined };

/** @param table undefined: there is none */
export function explainKey(pages: PageReader, table: Table | undefined, key: KeyRef, range: VersionRange): Explanation {
  if (table === undefined || isEmptyTree(table.tree)) return NOTHING;
  const path = new TreePath(pages, table.tree);
  const leaf = path.seek(key);
  const index = findKey(leaf, key);
  if (index < 0) return { ...NOTHING, path: stepsOf(pages, table.tree, path, leaf.pageId, null) };
  const { pageId } = leaf;
  const examination = tableFormatOf(pages.format).examine(pages, table, leaf, index, range);
  const visible = examination.versions.find(({ reason }) => reason === null);
  return { ...examination, visible, path: stepsOf(pages, table.tree, path, pageId, index) };
}
