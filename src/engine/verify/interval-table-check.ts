/** Checks a table whose keys have all their versions in one place. */
import type { Steps } from '../steps.js';
import { entryTree } from './checked-tree.js';
import type { Forest } from './forest.js';
import type { PageChunk } from './page-file-reader.js';
import { reportPositions } from './report-positions.js';
import type { TableRecord } from './stored-superblock.js';
import { TreeWalk } from './tree-walk.js';

/** @param chunk where pages are read into */
export function* checkIntervalTable(table: TableRecord, forest: Forest, chunk: PageChunk): Steps<void> {
  const walk = new TreeWalk(entryTree(table), forest, chunk);
  for (const leaf of walk.leaves()) {
    if (leaf === undefined) yield;
    else {
      forest.tally.keys += leaf.page.itemCount - 1;
      reportPositions(walk, leaf, forest);
      if (forest.visitor?.seesEntries !== true) continue;
      for (let index = 1; index < leaf.page.itemCount; index++) forest.visitor.entry?.(leaf.page, index);
    }
  }
}
