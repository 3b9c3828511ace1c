/** Random bytes in a random page, its checksum made right again: nothing may crash, hang or run out of order. */
import { expect } from 'chai';
import { ownStores } from '../fixtures/stores.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { openDamaged } from '../support/damaged-store.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { seal } from '../support/format2/encode.js';
import { PAGE_BYTES, pageOf } from '../support/format2/layout.js';
import { reseal } from '../support/format2/plant.js';
import { modelOfSpec } from '../support/format2-history.js';
import { everything, everythingWithCatalogue } from '../support/format2-stores.js';
import { writeFormat2 } from '../support/format2-writer.js';
import { HistoryMaker } from '../support/histories.js';
import { memoryWith, replayed, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { isInOrder, type KeyName, readEverything } from '../support/read-everything.js';
import { attempt, DAMAGE_MET_BY_WRITES, refusalOf } from '../support/store-errors.js';

/** What a harmed superblock or entry can make of an innocent batch. */
const DAMAGED_LIMITS = ['ENTRY_TOO_LARGE', 'POSITIONS_EXHAUSTED'] as const;

interface Healthy {
  readonly bytes: Buffer;
  readonly keys: readonly KeyName[];
}

const own = ownStores().filter(({ name }) => ['own-sparse', 'own-full', 'own-deep'].includes(name));

const HEALTHY: Readonly<Record<FormatNumber, readonly Healthy[]>> = {
  1: own.map(({ bytes, rowsAt, appliedPosition }) => ({ bytes, keys: rowsAt.get(appliedPosition) ?? [] })),
  2: [
    ...own.slice(0, 1).map(({ log, rowsAt, appliedPosition }) => ({
      bytes: replayed(log, 7, 256, 2).get(STORE_PATH),
      keys: rowsAt.get(appliedPosition) ?? [],
    })),
    ...[everything, everythingWithCatalogue].map((spec) => {
      const model = modelOfSpec(spec);
      const keys = model.tableIds().flatMap((table) => model.keys(table).map((keyHex) => ({ table, keyHex })));
      return { bytes: writeFormat2(spec), keys };
    }),
  ],
};

for (const format of FORMATS) {
  describe(`random damage to a store of format ${format}`, () => {
    for (const seed of [11, 12, 13]) {
      it(`with the checksum made right again is read and written without a surprise (seed ${seed})`, () => {
        const random = new Random(seed);
        for (let round = 0; round < 60; round += 1) {
          const store = random.pick(HEALTHY[format]);
          const bytes = randomlyDamaged(random, store.bytes, format);
          const keys = store.keys.filter(() => random.chance(0.1));
          for (const scan of readEverything(memoryWith(bytes), keys).scans)
            expect(isInOrder(scan), `round ${round}`).to.equal(true);
          writeOn(bytes, random, format);
        }
      });
    }
  });
}

function randomlyDamaged(random: Random, sound: Buffer, format: FormatNumber): Buffer {
  const bytes = Buffer.from(sound);
  const page = random.below(bytes.length / PAGE_BYTES);
  for (let count = random.between(1, 4); count > 0; count -= 1) {
    const at = random.chance(0.5) ? random.below(100) : random.below(PAGE_BYTES);
    bytes[page * PAGE_BYTES + at] = random.chance(0.5) ? random.pick([0, 1, 0x7f, 0xff]) : random.below(256);
  }
  if (random.chance(0.9)) seal(pageOf(bytes, page));
  // Both superblocks, too, and the page sums.
  if (format === 2 && random.chance(0.5)) reseal(bytes);
  return random.chance(0.1) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** Random batches until the first that meets the damage, and what they come to is committed. */
function writeOn(bytes: Buffer, random: Random, format: FormatNumber): void {
  const store = openDamaged(memoryWith(bytes));
  if (store === undefined) return;
  const maker = new HistoryMaker(random, { format, smallValues: format === 1, purges: true });
  let position = store.appliedPosition;
  for (let count = 0; count < 5; count += 1) {
    position += 1n;
    const batch = toWriteBatch({ ...maker.next(), position });
    if (refusalOf(() => store.apply(batch), ...DAMAGE_MET_BY_WRITES, ...DAMAGED_LIMITS) !== undefined) break;
  }
  attempt(() => store.sync());
  store.close();
}
