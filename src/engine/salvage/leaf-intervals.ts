/** The versions of a leaf of format 1 as events: a put where each begins, a deletion where it ends without another. */
import { compareU64Between, isMaxU64At, readWords } from '../bytes/u64.js';
import { VERSION_HEADER } from '../format/entry-layout.js';
import { keyAt } from '../format/items.js';
import type { Page } from '../format/page.js';
import { newestVersion, olderVersion, versionCount } from '../format/v1/intervals.js';
import type { EventTaker } from './event-taker.js';

const { createdAtOffset, deletedAtOffset, size: HEADER } = VERSION_HEADER;
const NONE = -1;

export function giveIntervals(leaf: Page, index: number, taker: EventTaker): void {
  const { view } = leaf;
  const key = keyAt(leaf, index);
  let version = newestVersion(leaf, index);
  taker.entry(key, readWords(view, version + createdAtOffset));
  /** Where the next newer version begins. */
  let newer = NONE;
  for (let left = versionCount(leaf, index); left > 0; left--) {
    const [begin, end, next] = [version + createdAtOffset, version + deletedAtOffset, olderVersion(leaf, version)];
    if (compareU64Between(view, begin, view, end) !== 0) {
      const start = version + HEADER;
      taker.put(key, readWords(view, begin), view, start, next - start);
      const isReplaced = newer !== NONE && compareU64Between(view, end, view, newer) === 0;
      if (!isMaxU64At(view, end) && !isReplaced) taker.delete(key, readWords(view, end));
      newer = begin;
    }
    version = next;
  }
}
