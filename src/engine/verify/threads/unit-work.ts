/** What the second thread does with lists of pages: reads them, and looks at each by itself. */
import { PAGE_SIZE } from '../../format/layout.js';
import { LeafGlance } from '../../format/v2/leaf-glance.js';
import type { PageFileReader } from '../page-file-reader.js';
import type { PageJudge } from '../page-problems.js';
import { type PageList, UNIT_PAGES } from './page-list.js';
import type { SharedState } from './shared-state.js';

const glance = new LeafGlance();

/** Looks at some pages of the lists; false when there are none that nobody has looked at. */
export function lookAtUnit(source: PageFileReader, judge: PageJudge, { lists, olderList }: SharedState): boolean {
  for (const which of [olderList, 1 - olderList]) {
    const list = lists[which] as PageList;
    const unit = list.takeLast();
    if (unit === undefined) continue;
    try {
      lookAt(source, judge, list, unit * UNIT_PAGES, Math.min(list.count, (unit + 1) * UNIT_PAGES));
    } finally {
      list.finish(unit);
    }
    return true;
  }
  return false;
}

function lookAt(source: PageFileReader, judge: PageJudge, list: PageList, from: number, to: number): void {
  for (let index = from; index < to; index++) list.note(index, undefined);
  for (let index = from; index < to;) {
    const run = runLength(list, index, to);
    const read = source.read(list.pageId(index), run, list.room(index, run));
    const end = index + Math.floor(read / PAGE_SIZE);
    for (let next = index; next < end; next++) {
      if (judge.isTidy(list.page(next), list.pageId(next), glance)) list.note(next, glance);
    }
    index += run;
  }
}

/** How many pages of a list from one on are neighbours in the file. */
function runLength(list: PageList, from: number, to: number): number {
  let length = 1;
  while (from + length < to && list.pageId(from + length) === list.pageId(from) + length) length++;
  return length;
}
