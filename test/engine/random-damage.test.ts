/** Random bytes in a random page, its checksum made right again: nothing may crash, hang or run out of order. */
import { expect } from 'chai';
import { ownStores } from '../fixtures/stores.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { PAGE_BYTES } from '../support/format1-decode.js';
import { resealPage } from '../support/format1-writer.js';
import { HistoryMaker } from '../support/histories.js';
import { memoryWith, openMemory } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { isInOrder, readEverything } from '../support/read-everything.js';
import { attempt, DAMAGE_MET_BY_WRITES, refusalOf } from '../support/store-errors.js';

/** What a harmed superblock or entry can make of an innocent batch. */
const DAMAGED_LIMITS = ['ENTRY_TOO_LARGE', 'POSITIONS_EXHAUSTED'] as const;

describe('random damage', () => {
  const healthy = ownStores().filter(({ name }) => ['own-sparse', 'own-full', 'own-deep'].includes(name));
  for (const seed of [11, 12, 13]) {
    it(`with the checksum made right again is read and written without a surprise (seed ${seed})`, () => {
      const random = new Random(seed);
      for (let round = 0; round < 60; round += 1) {
        const store = random.pick(healthy);
        const bytes = randomlyDamaged(random, store.bytes);
        const keys = (store.rowsAt.get(store.appliedPosition) ?? []).filter(() => random.chance(0.1));
        for (const scan of readEverything(memoryWith(bytes), keys).scans)
          expect(isInOrder(scan), `round ${round}`).to.equal(true);
        writeOn(bytes, random);
      }
    });
  }
});

function randomlyDamaged(random: Random, sound: Buffer): Buffer {
  const bytes = Buffer.from(sound);
  const page = random.below(bytes.length / PAGE_BYTES);
  for (let count = random.between(1, 4); count > 0; count -= 1) {
    const at = random.chance(0.5) ? random.below(100) : random.below(PAGE_BYTES);
    bytes[page * PAGE_BYTES + at] = random.chance(0.5) ? random.pick([0, 1, 0x7f, 0xff]) : random.below(256);
  }
  if (random.chance(0.9)) resealPage(bytes, page);
  return random.chance(0.1) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** Random batches until the first that meets the damage. */
function writeOn(bytes: Buffer, random: Random): void {
  const opening = attempt(() => openMemory(memoryWith(bytes), { cachePages: 32 }));
  if ('damage' in opening) return;
  const store = opening.value;
  const maker = new HistoryMaker(random, { smallValues: true });
  let position = store.appliedPosition;
  for (let count = 0; count < 5; count += 1) {
    position += 1n;
    const batch = toWriteBatch({ ...maker.next(), position });
    if (refusalOf(() => store.apply(batch), ...DAMAGE_MET_BY_WRITES, ...DAMAGED_LIMITS) !== undefined) break;
  }
  store.close();
}
