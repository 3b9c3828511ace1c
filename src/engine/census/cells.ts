/** A census as cells of a map: neighbouring pages in one cell where there are more pages than cells. */
import type { Severity } from '../verify/finding-kinds.js';
import type { PageClasses } from './classes.js';
import type { PageCensus } from './page-census.js';

export interface MapCell {
  readonly firstPage: number;
  readonly pages: number;
  /** The class that it shows. */
  readonly shown: number;
  /** The worst of what was found in its pages. */
  readonly worst: Severity | undefined;
}

/** @param perCell pages in a cell; the last one may have fewer */
export function* cellsOf(census: PageCensus, classes: PageClasses, perCell: number): Generator<MapCell, void> {
  const counts = new Uint32Array(classes.names.length);
  for (let firstPage = 0; firstPage < census.pages; firstPage += perCell) {
    const pages = Math.min(perCell, census.pages - firstPage);
    counts.fill(0);
    for (let page = firstPage; page < firstPage + pages; page++) {
      const index = classes.classOf(page);
      counts[index] = (counts[index] as number) + 1;
    }
    yield { firstPage, pages, shown: classes.combine(counts), worst: worstOf(census, firstPage, pages) };
  }
}

const BY_BADNESS: readonly (Severity | undefined)[] = ['corrupt', 'torn', 'leak', 'odd', undefined];

function worstOf({ damage }: PageCensus, firstPage: number, pages: number): Severity | undefined {
  let worst = BY_BADNESS.length - 1;
  for (let page = firstPage; page < firstPage + pages; page++) {
    if (damage.worst[page] !== 0) worst = Math.min(worst, BY_BADNESS.indexOf(damage.severity(page)));
  }
  return BY_BADNESS[worst];
}

/** Whether a page that something is wrong with is one that readers suffer from. */
export function isHarm(severity: Severity | undefined): boolean {
  return severity === 'corrupt' || severity === 'torn';
}
