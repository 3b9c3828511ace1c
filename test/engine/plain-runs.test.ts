/** Runs that are plain at a glance have no fault by the full checks, and runs as they are written are plain. */
import { expect } from 'chai';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { pageFaults } from '../../src/engine/format/page-check.js';
import { Page } from '../../src/engine/format/page.js';
import { findEventFault } from '../../src/engine/format/v2/event-check.js';
import { VERSION } from '../../src/engine/format/v2/pages.js';
import { hasPlainRuns } from '../../src/engine/format/v2/plain-runs.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';

const LEAF = 4;
/** As those of histories, without what the header says of where a page is. */
const RULES = {
  version: VERSION,
  types: new Set([LEAF]),
  findIdentityFault: () => undefined,
  findEntryFault: findEventFault,
};

function leavesOf(seed: number): Page[] {
  const files = new MemoryFiles();
  const maker = new HistoryMaker(new Random(seed), { format: 2, tables: [1n, 2n], operationsMax: 20 });
  usingStore(files, { create: true, format: 2, cachePages: 64 }, (store) => {
    for (let count = 0; count < 150; count += 1) store.apply(toWriteBatch(maker.next()));
    store.sync();
  });
  const bytes = files.get(STORE_PATH);
  const leaves: Page[] = [];
  for (let start = 2 * PAGE_SIZE; start < bytes.length; start += PAGE_SIZE) {
    const page = new Page(Buffer.from(bytes.subarray(start, start + PAGE_SIZE)));
    if (page.type === LEAF) leaves.push(page);
  }
  return leaves;
}

/** Of the full checks, which find more than one. */
function isSound(page: Page): boolean {
  page.seal();
  return pageFaults(page, RULES, {}).length === 0;
}

describe('a leaf of a history that is looked at once', () => {
  it('is plain as the engine writes it', () => {
    const leaves = leavesOf(1621);
    expect(leaves.length).to.be.above(10);
    for (const leaf of leaves) expect(hasPlainRuns(leaf)).to.equal(true);
  });

  it('is never plain with a fault, whichever of its bytes were changed (seed 1622)', () => {
    const random = new Random(1622);
    const leaves = leavesOf(1622);
    const counts = { plain: 0, faulty: 0 };
    for (let round = 0; round < 20_000; round += 1) {
      const leaf = leaves[round % leaves.length] as Page;
      const copy = new Page(Buffer.from(leaf.bytes));
      const slots = 32 + 4 * copy.itemCount;
      const item = copy.itemOffset(random.between(0, copy.itemCount - 1));
      const places = [10, 12, random.between(32, slots), item + random.between(0, 60), random.between(slots, 4091)];
      for (let changes = random.between(1, 2); changes > 0; changes -= 1) {
        const place = Math.min(4091, places[random.between(0, places.length - 1)] as number);
        copy.bytes[place] = random.chance(0.5)
          ? random.between(0, 255)
          : ((copy.bytes[place] as number) + random.between(-2, 2)) & 0xff;
      }
      // It may be of another type now.
      if (copy.type !== LEAF || copy.version !== VERSION) continue;
      const isPlain = hasPlainRuns(copy);
      const sound = isSound(copy);
      counts[sound ? 'plain' : 'faulty'] += 1;
      if (isPlain) expect(sound, `round ${round}`).to.equal(true);
    }
    expect(counts.plain).to.be.above(1000);
    expect(counts.faulty).to.be.above(1000);
  });
});
