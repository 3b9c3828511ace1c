/** Leaves of a tree of format 2 for tests of a look at a glance: as the engine writes them, and with bytes changed. */
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { pageFaults } from '../../src/engine/format/page-check.js';
import { Page } from '../../src/engine/format/page.js';
import { findEventFault } from '../../src/engine/format/v2/event-check.js';
import { VERSION } from '../../src/engine/format/v2/pages.js';
import { toWriteBatch } from './engine-rows.js';
import { HistoryMaker } from './histories.js';
import { MemoryFiles } from './memory-files.js';
import { STORE_PATH, usingStore } from './memory-store.js';
import { Random } from './random.js';

const ROUNDS = 20_000;

/** The leaves of a type that a store of random batches has. */
export function leavesOf(type: number, seed: number): Page[] {
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
    if (page.type === type) leaves.push(page);
  }
  return leaves;
}

/** Copies of such leaves with a byte or two changed, still of this type. */
export function* changedLeaves(type: number, seed: number): Generator<Page> {
  const random = new Random(seed);
  const leaves = leavesOf(type, seed);
  for (let round = 0; round < ROUNDS; round += 1) {
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
    if (copy.type === type && copy.version === VERSION) yield copy;
  }
}

/** Whether the full checks, which find more than one fault, find none; where the page is is not looked at. */
export function isSound(page: Page): boolean {
  page.seal();
  const rules = {
    version: VERSION,
    types: new Set([page.type]),
    findIdentityFault: () => undefined,
    findEntryFault: findEventFault,
  };
  return pageFaults(page, rules, {}).length === 0;
}
