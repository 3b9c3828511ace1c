/** The values of many keys are those that each of them is asked for alone. */
import { expect } from 'chai';
import { type BTreeStore, MAX_KEY_LENGTH, WriteBatch } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const TABLES = [1n, 2n];

/** In any order, some of them twice, some of them not there. */
function someKeys(store: BTreeStore, table: bigint, random: Random): Uint8Array[] {
  const keys = [...store.cursor(table, { at: BigInt(random.between(1, Number(store.appliedPosition))) })];
  return Array.from({ length: random.between(0, 60) }, () => {
    const key = keys[random.between(0, keys.length - 1)]?.key ?? Buffer.from('none');
    if (random.chance(0.8)) return key;
    return random.chance(0.5) ? key.subarray(0, random.between(0, key.length)) : Buffer.concat([key, Buffer.alloc(1)]);
  });
}

/** By the history of each key: a way of its own. */
function valueOf(store: BTreeStore, table: bigint, key: Uint8Array, at: bigint): Uint8Array | undefined {
  return store
    .history(table, key)
    .find(({ createdAt, deletedAt }) => createdAt <= at && (deletedAt === null || at < deletedAt))?.value;
}

function expectSame(store: BTreeStore, random: Random): void {
  let found = 0;
  for (let round = 0; round < 60; round += 1) {
    const table = TABLES[round % TABLES.length] as bigint;
    const at = random.chance(0.5) ? BigInt(random.between(0, Number(store.appliedPosition))) : undefined;
    const keys = someKeys(store, table, random);
    const expected = keys.map((key) => valueOf(store, table, key, at ?? store.appliedPosition));
    const values = store.getMany(table, keys, at);
    expect(values).to.deep.equal(expected);
    keys.forEach((key, index) => {
      const value = at === undefined ? store.get(table, key) : store.getAt(table, key, at);
      expect(value).to.deep.equal(expected[index]);
    });
    found += values.filter((value) => value !== undefined).length;
  }
  expect(found).to.be.above(200);
}

const textsOf = (values: readonly (Uint8Array | undefined)[]): Set<string> =>
  new Set(values.map((value) => (value === undefined ? 'none' : Buffer.from(value).toString())));

for (const format of FORMATS) {
  describe(`the values of many keys, format ${format}`, () => {
    for (const seed of [1121, 1122]) {
      it(`are those of each (seed ${seed})`, () => {
        const random = new Random(seed);
        const files = new MemoryFiles();
        const maker = new HistoryMaker(random, { format, tables: TABLES, operationsMax: 12 });
        usingStore(files, { create: true, cachePages: 64, format }, (store) => {
          for (let count = 0; count < 150; count += 1) store.apply(toWriteBatch(maker.next()));
          store.sync();
          expectSame(store, random);
        });
        usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
          expectSame(store, random);
        });
      });
    }

    it('are copies, follow the batches of a writer, and stay what they were for a reader beside it', () => {
      const files = new MemoryFiles();
      const load = (store: BTreeStore, position: bigint): void => {
        const batch = new WriteBatch(position);
        for (let key = 0; key < 500; key += 1) batch.put(1n, `key:${key}`, `${position}`);
        if (position > 1n) batch.put(1n, `more:${position}`, 'x'.repeat(500));
        store.apply(batch);
        store.sync();
      };
      const keys = Array.from({ length: 500 }, (_, key) => `key:${499 - key}`);
      usingStore(files, { create: true, format, cachePages: 32 }, (writer) => {
        expect(writer.getMany(1n, keys)).to.deep.equal(keys.map(() => undefined));
        load(writer, 1n);
        const reader = openMemory(files, { readOnly: true, cachePages: 32 });
        for (let position = 2n; position < 8n; position += 1n) {
          load(writer, position);
          const values = writer.getMany(1n, keys);
          expect(textsOf(values)).to.deep.equal(new Set([`${position}`]));
          values[0]?.fill(0);
          expect(textsOf([writer.get(1n, 'key:499')])).to.deep.equal(new Set([`${position}`]));
          expect(textsOf(reader.getMany(1n, keys))).to.deep.equal(new Set(['1']));
        }
        reader.close();
      });
    });

    it('are refused as one value is', () => {
      usingStore(new MemoryFiles(), { create: true, format }, (store) => {
        store.apply(new WriteBatch(1n).put(1n, 'a', 'b'));
        expect(store.getMany(1n, [])).to.deep.equal([]);
        expect(store.getMany(2n, ['a'])).to.deep.equal([undefined]);
        expect(store.getMany(1n, [new Uint8Array(MAX_KEY_LENGTH + 1), 'a', ''])).to.deep.equal([
          undefined,
          Buffer.from('b'),
          undefined,
        ]);
        expectRefused(() => store.getMany(1n, ['a'], 2n), 'POSITION_BEYOND_APPLIED');
        expectRefused(() => store.getMany(1n, ['a', 1 as unknown as string]), 'INVALID_ARGUMENT');
        expectRefused(() => store.getMany(1 as unknown as bigint, ['a']), 'INVALID_ARGUMENT');
      });
    });
  });
}
