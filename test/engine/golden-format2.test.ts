/**
 * Stores of format 2 that the engine has written, and stores that it has not and would not lay out like that: read at
 * every position, and written on.
 */
import { expect } from 'chai';
import { ownStores } from '../fixtures/stores.js';
import { structureProblems } from '../support/any-format.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { modelOfSpec } from '../support/format2-history.js';
import { SOUND_STORES_2 } from '../support/format2-stores.js';
import { writeFormat2 } from '../support/format2-writer.js';
import { goldenStores } from '../support/golden.js';
import { HistoryMaker } from '../support/histories.js';
import { memoryWith, replayed, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectSame, expectSameRowsAt, expectSameVersionAt, knownPosition } from '../support/model-check.js';
import { Model } from '../support/model.js';
import { Random } from '../support/random.js';

interface Subject {
  readonly name: string;
  readonly bytes: () => Buffer;
  readonly model: () => Model;
}

const written: readonly Subject[] = [...goldenStores(), ...ownStores()].map(({ name, log, batches }) => ({
  name: `the engine's store of the log ${name}`,
  bytes: () => replayed(log, 7, 256, 2).get(STORE_PATH),
  model: () => {
    const model = new Model(2);
    for (const batch of batches) model.apply(batch);
    return model;
  },
}));

const described: readonly Subject[] = SOUND_STORES_2.map(({ name, spec }) => ({
  name: `a store with ${name}`,
  bytes: () => writeFormat2(spec),
  model: () => modelOfSpec(spec),
}));

for (const { name, bytes, model: makeModel } of described) {
  describe(`${name}, that the engine did not write`, () => {
    it('gives what is in it at every position', () => {
      const model = makeModel();
      const random = new Random(1);
      usingStore(memoryWith(bytes()), { readOnly: true, cachePages: 32 }, (store) => {
        expect(store.tables().map(({ id }) => id)).to.deep.equal(model.listedIds());
        expectSame(store, model);
        for (let position = 0n; position <= model.appliedPosition; position += 1n) {
          expectSameRowsAt(store, model, position);
        }
        for (const table of model.tableIds()) {
          for (const key of model.keys(table)) {
            for (let count = 0; count < 20; count += 1) {
              expectSameVersionAt(store, model, table, key, knownPosition(random, model, table));
            }
          }
        }
      });
    });
  });
}

for (const { name, bytes, model: makeModel } of [...written, ...described]) {
  describe(name, () => {
    it('takes more random batches and stays sound', () => {
      const model = makeModel();
      const files = memoryWith(bytes());
      const tables = [...model.listedIds().slice(0, 3), 1n];
      const options = { format: 2, tables, purges: true } as const;
      const maker = new HistoryMaker(new Random(files.get(STORE_PATH).length), options, model);
      for (let round = 0; round < 3; round += 1) {
        usingStore(files, { cachePages: 32 }, (store) => {
          for (let batch = 0; batch < 20; batch += 1) store.apply(toWriteBatch(maker.next()));
          expectSame(store, model);
          store.sync();
        });
        expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
      }
      usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
        expectSame(store, model);
        for (let count = 0n; count < 20n; count += 1n) {
          expectSameRowsAt(store, model, (model.appliedPosition * count) / 20n);
        }
      });
    });
  });
}
