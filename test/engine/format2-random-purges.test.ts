/** Many purges among other changes of format 2, over commits, rollbacks and openings, against the naive model. */
import { expect } from 'chai';
import { structureProblems } from '../support/any-format.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { range, refuse } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectSame, expectSameRowsAt } from '../support/model-check.js';
import { Model, type Operation } from '../support/model.js';
import { Random } from '../support/random.js';

for (const { name, others } of [
  { name: 'without a catalogue', others: [] },
  { name: 'with a catalogue', others: range(1000, 1060) },
]) {
  describe(`random purges in a store ${name}`, () => {
    for (const seed of [1, 2, 3, 4]) {
      it(`are kept or rolled back over commits and openings, and all else is as it was (seed ${seed})`, () => {
        runRandom(new Random(seed), others, seed % 2 === 0 ? 32 : 256);
      });
    }
  });
}

/** Changes of some tables with many purges among them, refused, applied, synced, or lost. */
function runRandom(random: Random, others: readonly bigint[], cachePages: number): void {
  const files = new MemoryFiles();
  let synced = new Model(2);
  for (let opening = 0; opening < 5; opening += 1) {
    const store = openMemory(files, { create: true, cachePages, format: 2 });
    const model = synced.clone();
    for (let round = 0; round < 12; round += 1) {
      const first = model.appliedPosition + 1n;
      const group = Array.from({ length: random.between(1, 4) }, (_, index) => ({
        position: first + BigInt(index),
        operations: changes(random, first === 1n && index === 0 ? others : []),
      }));
      if (random.chance(0.3)) refuse(store, toWriteBatch(group[0]!));
      store.applyAll(group.map(toWriteBatch));
      expect(model.apply(...group)).to.equal(undefined);
      if (random.chance(0.5)) continue;
      store.sync();
      synced = model.clone();
      expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
    }
    expect(store.tables().map(({ id }) => id)).to.deep.equal(model.listedIds());
    expectSame(store, model);
    for (let position = 0n; position <= model.appliedPosition; position += 5n) expectSameRowsAt(store, model, position);
    store.close();
  }
  // Purges have kept it small: all that was ever put needs many times as much.
  expect(files.get(STORE_PATH).length / 4096).to.be.lessThan(1200);
}

function changes(random: Random, others: readonly bigint[]): Operation[] {
  const puts = others.map((table): Operation => ({
    kind: 'put',
    table,
    key: Buffer.from('k'),
    value: random.bytes(9),
  }));
  const operations = Array.from({ length: random.between(1, 25) }, (): Operation => {
    const table = BigInt(random.between(1, 4));
    const key = Buffer.from(`key-${random.below(40)}`);
    if (random.chance(0.2)) return { kind: 'delete', table, key };
    const length = random.pick([10, 100, 500, 1900, 2500, 9000, 30_000]);
    return { kind: 'put', table, key, value: Buffer.alloc(length, random.below(256)) };
  });
  const purges = random.chance(0.4) ? [BigInt(random.between(1, 4))] : [];
  const at = random.below(operations.length);
  const purge = purges.map((table): Operation => ({ kind: 'purge', table }));
  return [...puts, ...operations.slice(0, at), ...purge, ...operations.slice(at)];
}
