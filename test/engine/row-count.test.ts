/** What is counted is what a cursor walks through, in any range, at any position. */
import { expect } from 'chai';
import { type BTreeStore, type CursorOptions, WriteBatch } from '../../src/engine/index.js';
import { runSteps } from '../../src/engine/steps.js';
import { FORMATS } from '../support/any-format.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';

const TABLES = [1n, 2n];

function walked(store: BTreeStore, table: bigint, options: CursorOptions): number {
  let rows = 0;
  for (const cursor = store.cursor(table, options); cursor.next();) rows += 1;
  return rows;
}

/** @returns how many rows were counted in all */
function expectSame(store: BTreeStore, random: Random): number {
  let seen = 0;
  for (let round = 0; round < 80; round += 1) {
    const table = TABLES[round % TABLES.length] as bigint;
    const keys = [...store.cursor(table)].map(({ key }) => key);
    const bound = () => (random.chance(0.6) ? keys[random.between(0, keys.length - 1)] : undefined);
    const prefix = random.chance(0.3) ? bound()?.subarray(0, random.between(0, 3)) : undefined;
    const at = random.chance(0.6) ? { at: BigInt(random.between(0, Number(store.appliedPosition))) } : {};
    const options = { from: bound(), to: bound(), prefix, ...at };
    const expected = walked(store, table, options);
    expect(store.count(table, options)).to.equal(expected);
    seen += expected;
  }
  return seen;
}

for (const format of FORMATS) {
  describe(`rows that are counted, format ${format}`, () => {
    for (const seed of [1111, 1112]) {
      it(`are as many as a cursor gives (seed ${seed})`, () => {
        const random = new Random(seed);
        const files = new MemoryFiles();
        const maker = new HistoryMaker(random, { format, tables: TABLES, operationsMax: 12 });
        usingStore(files, { create: true, cachePages: 64, format }, (store) => {
          for (let count = 0; count < 150; count += 1) store.apply(toWriteBatch(maker.next()));
          store.sync();
          expect(expectSame(store, random)).to.be.above(500);
        });
        usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
          expectSame(store, random);
        });
      });
    }

    it('are counted without looking at entries where no key was ever deleted, and rightly when one is', () => {
      const files = new MemoryFiles();
      usingStore(files, { create: true, format }, (store) => {
        const batch = new WriteBatch(1n);
        for (let key = 1000; key < 4000; key += 1) batch.put(1n, `key:${key}`, 'v'.repeat(40));
        store.apply(batch);
        const range = { from: 'key:1500', to: 'key:3500' };
        expect(store.count(1n, range)).to.equal(2000);
        expect(store.count(1n, { ...range, at: 0n })).to.equal(0);
        expect(store.count(1n, { from: 'key:4', to: 'key:5' })).to.equal(0);
        expect(store.count(1n, { from: 'key:3', to: 'key:2' })).to.equal(0);
        expect(store.count(9n)).to.equal(0);
        const later = new WriteBatch(2n);
        later.delete(1n, 'key:2000');
        later.put(1n, 'key:1500x', '');
        store.apply(later);
        later.delete(1n, 'key:2001');
        expect(store.count(1n, range)).to.equal(2000);
        expect(store.count(1n, { ...range, at: 1n })).to.equal(2000);
        expect(store.count(1n, { to: 'key:2002' })).to.equal(1002);
      });
    });

    it('are those of the position at which a reader has begun, while a writer goes on', () => {
      const files = new MemoryFiles();
      const load = (store: BTreeStore, position: bigint, step: number): void => {
        const batch = new WriteBatch(position);
        for (let key = 1000; key < 3000; key += step) batch.put(1n, `key:${key}:${position % 3n}`, 'v'.repeat(30));
        if (position > 1n) batch.delete(1n, `key:${1000n + position}:1`);
        store.apply(batch);
        store.sync();
      };
      usingStore(files, { create: true, format, cachePages: 32 }, (writer) => {
        load(writer, 1n, 1);
        const reader = openMemory(files, { readOnly: true, cachePages: 32 });
        const steps = reader.countSteps(1n, { from: 'key:1100' });
        let position = 2n;
        for (; steps.next().done !== true; position += 1n) load(writer, position, 7);
        expect(runSteps(reader.countSteps(1n, { from: 'key:1100' }))).to.equal(1900);
        let stepped = 0;
        for (const again = reader.countSteps(1n, { from: 'key:1100' }, (rows) => (stepped = rows)); ;) {
          const { done, value } = again.next();
          if (done === true) {
            expect(value).to.equal(1900);
            break;
          }
          load(writer, position++, 7);
        }
        expect(stepped).to.be.most(1900);
        reader.close();
      });
    });
  });
}
