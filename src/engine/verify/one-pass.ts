/**
 * Goes through a store once, where the check goes twice: on the way through the trees each page is looked at by itself
 * too, and its checksum is added up. That is enough to see that there is nothing to be found, as in nearly all stores,
 * in two thirds of the time; where there is, the check itself says what, as if this had not been.
 */
import type { Steps } from '../steps.js';
import type { FindingLog } from './findings.js';
import { PageChunk } from './page-file-reader.js';
import { PageSet } from './page-set.js';
import type { SumCheck } from './sum-check.js';
import type { Survey } from './survey.js';
import { checkTables } from './tables-check.js';
import { LeafHelper } from './threads/leaf-helper.js';

/**
 * Walks through all trees, and ends early where there is something to be found.
 *
 * @param sums are told of every page that is not free
 * @param onReached told how many pages the trees have reached
 * @returns how many pages are free; undefined when something is not as it should be
 */
export function* walkOnce(
  survey: Survey,
  sums: SumCheck,
  log: FindingLog,
  onReached: (pages: number) => void,
): Steps<number | undefined> {
  const { forest, freeMap, stored } = survey;
  if (stored.content === undefined || freeMap === 'unknown') return undefined;
  const seen = new PageSet();
  forest.onSound = (pageId, page) => {
    seen.add(pageId);
    sums.add(pageId, page, undefined);
  };
  if (forest.second !== undefined) {
    forest.second.give(forest.judge.data);
    forest.helper = new LeafHelper(forest.second.state);
  }
  const walk = checkTables(survey.tables(), forest, onReached);
  while (log.isEmpty && walk.next().done !== true) yield;
  if (!log.isEmpty || forest.tally.blind) return undefined;

  const { source, judge, reached, free, firstPage, pages } = forest;
  const chunk = new PageChunk(source);
  let freePages = 0;
  for (let pageId = firstPage; pageId < pages; pageId++) {
    if (seen.has(pageId)) continue;
    if (free.has(pageId)) {
      freePages++;
      continue;
    }
    // Those of the catalogue were reached before anything was added up; others are leaks.
    const page = reached.has(pageId) && chunk.load(pageId, 1) === 1 ? chunk.page(pageId) : undefined;
    if (page === undefined || judge.findFault(page, pageId) !== undefined) return undefined;
    sums.add(pageId, page, undefined);
    yield;
  }
  return freePages;
}
