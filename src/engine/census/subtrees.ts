/** What is below each page of a tree, the page itself included. */
import { MAX_HEIGHT } from '../format/layout.js';
import type { CensusTaker } from './page-census.js';
import { kindNumber } from './page-kinds.js';

const SUPERBLOCK = kindNumber('superblock');
const CATALOGUE = kindNumber('catalogue');

/** How many pages are below each page, those of values included. */
export class SubtreeSizes {
  readonly pages: Uint32Array;

  constructor(census: CensusTaker) {
    const pages = (this.pages = new Uint32Array(census.pages));
    for (let page = 0; page < census.pages; page++) {
      forEachAbove(census, page, (above) => {
        pages[above] = (pages[above] as number) + 1;
      });
    }
  }
}

/** How full the pages below each page are, as far as that is known. */
export class SubtreeFills {
  readonly pages: Uint32Array;
  readonly used: Float64Array;

  constructor(census: CensusTaker) {
    const pages = (this.pages = new Uint32Array(census.pages));
    const sums = (this.used = new Float64Array(census.pages));
    for (let page = 0; page < census.pages; page++) {
      const used = census.used(page);
      if (used === undefined) continue;
      forEachAbove(census, page, (above) => {
        pages[above] = (pages[above] as number) + 1;
        sums[above] = (sums[above] as number) + used;
      });
    }
  }
}

/** How many pages above a page are in its tree. */
export function pagesAbove(census: CensusTaker, page: number): number {
  let count = -1;
  forEachAbove(census, page, () => count++);
  return count;
}

/** A page, and all pages above it in its tree. */
function forEachAbove(census: CensusTaker, page: number, visit: (above: number) => void): void {
  let above: number | undefined = page;
  for (let left = MAX_HEIGHT + 2; above !== undefined && left > 0; left--) {
    visit(above);
    const parent = census.parent(above);
    above = parent !== undefined && isInTree(census, parent) ? parent : undefined;
  }
}

function isInTree({ kinds }: CensusTaker, page: number): boolean {
  return kinds[page] !== SUPERBLOCK && kinds[page] !== CATALOGUE;
}
