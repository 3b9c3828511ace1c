/** The free map as a set of pages. */
import { type FreeGroup, PAGES_PER_GROUP } from '../format/superblock.js';
import type { PageSet } from './page-set.js';

/** Adds the pages of a group from `first` (inclusive) to `end` (exclusive): the store cannot have others. */
export function addGroup(free: PageSet, { group, bits }: FreeGroup, first: number, end: bigint): void {
  for (let bit = 0; bit < bits.length * 8; bit++) {
    if (((bits[bit >> 3] as number) & (1 << (bit & 7))) === 0) continue;
    const pageId = group * PAGES_PER_GROUP + bit;
    if (pageId >= first && pageId < end) free.add(pageId);
  }
}
