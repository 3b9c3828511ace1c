/** Where in a page its items are, as every writer of this format leaves them: no reader needs it. */
import { type AdvisoryFault, unusedFaults } from '../advisory-faults.js';
import { CRC_OFFSET, MAX_ITEMS, PAGE_HEADER, SLOT_SIZE } from '../layout.js';
import type { Page } from '../page.js';

/** Items follow each other from the end of a page on, in the order of their slots; what is before them is zero. */
export function* layoutFaults(page: Page): Generator<AdvisoryFault> {
  const { itemCount } = page;
  const slotsEnd = PAGE_HEADER.size + itemCount * SLOT_SIZE;
  if (itemCount > MAX_ITEMS) return;
  let end = CRC_OFFSET;
  for (let index = 0; index < itemCount; index++) {
    const found = page.itemOffset(index);
    const expected = end - page.itemLength(index);
    if (found !== expected) {
      const offset = PAGE_HEADER.size + index * SLOT_SIZE;
      const message = `item ${index} is at ${found}, and a writer puts it at ${expected}`;
      yield { code: 'page-layout', offset, expected, found, message };
      return;
    }
    end = found;
  }
  if (end > slotsEnd) yield* unusedFaults(page, slotsEnd, end);
}
