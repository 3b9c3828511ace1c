/** What a recovery did, as text. */
import type { Recovery } from '../../engine/index.js';

/** What was done to a store that a crash had left, as a sentence. */
export function recoveryText({
  journal,
  pages,
  tailBytes,
  uncountedPages,
  position,
}: Recovery & { position: bigint }): string {
  const done = [];
  if (journal === 'played') done.push(`played in ${pages} pages, to position ${position}`);
  if (journal === 'dropped') done.push('dropped the journal of an unfinished commit');
  if (tailBytes > 0) done.push(`cut off ${tailBytes} bytes past the end of the store`);
  if (uncountedPages > 0) done.push(`corrected the next page id: ${uncountedPages} pages in use were not counted`);
  return done.length === 0 ? `nothing to do, the store is at position ${position}` : done.join('; ');
}
