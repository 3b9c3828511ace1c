/** What is looked up and counted in pages read in runs is what there is one by one, and so is the damage. */
import { expect } from 'chai';
import { type BTreeStore, type CountOptions, StoreError, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';

const PAGE = 4096;
const TABLE = 3n;
const KEYS = 1500;

const keyOf = (index: number): string => `key ${String(index).padStart(6, '0')} ${'x'.repeat(index % 40)}`;

/** Loaded at once, then changed here and there, so that some leaves are in order and others are not. */
function makeStore(format: FormatNumber, random: Random): Buffer {
  const files = new MemoryFiles();
  const store = newStore(files, format);
  const load = new WriteBatch(1n);
  for (let index = 0; index < KEYS; index += 1) load.put(TABLE, keyOf(index), Buffer.alloc(100, index));
  store.apply(load);
  for (let position = 2n; position < 12n; position += 1n) {
    const batch = new WriteBatch(position);
    for (let count = 0; count < 150; count += 1) {
      const key = keyOf(random.between(0, KEYS * 1.1));
      if (random.chance(0.1)) batch.delete(TABLE, key);
      else if (format === 2 && random.chance(0.03)) batch.put(TABLE, key, Buffer.alloc(random.between(2100, 9000), 7));
      else batch.put(TABLE, key, Buffer.alloc(random.between(0, 300), count));
    }
    store.apply(batch);
  }
  store.sync();
  store.close();
  return files.get(STORE_PATH);
}

const factsOf = (error: unknown): unknown => {
  if (!(error instanceof StoreError)) throw error;
  return { code: error.code, message: error.message, ...error.facts };
};

/** What one call gives: values, or what it throws. */
function together(store: BTreeStore, keys: readonly string[], at: bigint | undefined): unknown {
  try {
    return store.getMany(TABLE, keys, at);
  } catch (error) {
    return factsOf(error);
  }
}

/** The same key by key, in the order of the keys: damage is told of the first that has some. */
function oneByOne(store: BTreeStore, keys: readonly string[], at: bigint | undefined): unknown {
  const values = new Map<string, Uint8Array | undefined>();
  for (const key of keys.toSorted()) {
    try {
      values.set(key, at === undefined ? store.get(TABLE, key) : store.getAt(TABLE, key, at));
    } catch (error) {
      return factsOf(error);
    }
  }
  return keys.map((key) => values.get(key));
}

/** How many rows a cursor walks through, or what it throws. */
function walked(store: BTreeStore, range: CountOptions): unknown {
  try {
    let rows = 0;
    for (const cursor = store.cursor(TABLE, range); cursor.next();) rows += 1;
    return rows;
  } catch (error) {
    return factsOf(error);
  }
}

function counted(store: BTreeStore, range: CountOptions): unknown {
  try {
    return store.count(TABLE, range);
  } catch (error) {
    return factsOf(error);
  }
}

function someRange(random: Random): CountOptions {
  const bound = (): string | undefined => (random.chance(0.5) ? keyOf(random.between(0, KEYS)) : undefined);
  return { from: bound(), to: bound(), at: random.chance(0.4) ? undefined : BigInt(random.between(0, 11)) };
}

function someKeys(random: Random): string[] {
  const [first, end] = [random.between(0, KEYS), random.between(0, KEYS)].sort((a, b) => a - b) as [number, number];
  const count = random.chance(0.5) ? 800 : random.between(0, 40);
  return Array.from({ length: count }, () => keyOf(random.between(first, end)));
}

for (const format of FORMATS) {
  describe(`leaves that are read in runs, format ${format}`, () => {
    it('give the values of many keys, and counts, through small caches and as of any position (seed 1601)', () => {
      const random = new Random(1601);
      const bytes = makeStore(format, random);
      for (const options of [{ readOnly: true, cachePages: 32 }, { readOnly: true }, { cachePages: 40 }]) {
        usingStore(memoryWith(bytes), options, (store) => {
          for (let round = 0; round < 30; round += 1) {
            const keys = someKeys(random);
            const at = random.chance(0.4) ? undefined : BigInt(random.between(0, 11));
            expect(together(store, keys, at)).to.deep.equal(oneByOne(store, keys, at));
            const range = someRange(random);
            expect(counted(store, range)).to.deep.equal(walked(store, range));
          }
        });
      }
    });

    it('tell of the damage that is met one by one (seed 1602)', () => {
      const random = new Random(1602);
      const sound = makeStore(format, random);
      let told = 0;
      for (let round = 0; round < 60; round += 1) {
        const bytes = Buffer.from(sound);
        const pages = random.between(1, 4);
        for (let count = 0; count < pages; count += 1) {
          bytes[random.between(2 * PAGE, bytes.length - 1)]! ^= 1 << random.between(0, 7);
        }
        const files = memoryWith(random.chance(0.2) ? bytes.subarray(0, bytes.length - PAGE * 3 - 100) : bytes);
        const store = openMemory(files, random.chance(0.5) ? { readOnly: true, cachePages: 32 } : { readOnly: true });
        const keys = Array.from({ length: 700 }, () => keyOf(random.between(0, KEYS)));
        const at = random.chance(0.4) ? undefined : BigInt(random.between(0, 11));
        const found = together(store, keys, at);
        expect(found).to.deep.equal(oneByOne(store, keys, at));
        if (!Array.isArray(found)) told += 1;
        const range = someRange(random);
        expect(counted(store, range)).to.deep.equal(walked(store, range));
        store.close();
      }
      expect(told).to.be.above(20);
    });

    it('are as a batch has left them that is not committed, for its writer (seed 1603)', () => {
      const random = new Random(1603);
      usingStore(memoryWith(makeStore(format, random)), { cachePages: 32 }, (store) => {
        const batch = new WriteBatch(12n);
        for (let index = 0; index < KEYS; index += 2) batch.put(TABLE, keyOf(index), Buffer.alloc(200, 1));
        store.apply(batch);
        const keys = Array.from({ length: KEYS }, (_, index) => keyOf(index));
        for (const at of [undefined, 11n]) {
          expect(together(store, keys, at)).to.deep.equal(oneByOne(store, keys, at));
        }
      });
    });

    it('are as commits have left them that are in the journal, for their writer and for readers (seed 1604)', () => {
      const random = new Random(1604);
      const files = memoryWith(makeStore(format, random));
      const newest = new Map<string, Buffer>();
      usingStore(files, { cachePages: 32, journalBytes: Infinity }, (store) => {
        for (let position = 12n; position < 20n; position += 1n) {
          const batch = new WriteBatch(position);
          for (let count = 0; count < 60; count += 1) {
            const key = keyOf(random.between(0, KEYS * 1.2));
            const value = random.bytes(random.between(1, 300));
            newest.set(key, value);
            batch.put(TABLE, key, value);
          }
          store.apply(batch);
          store.sync();
          const keys = [...newest.keys()];
          const due = [...newest.values()].map((value) => value.toString('hex'));
          usingStore(files, { readOnly: true, cachePages: 32 }, (reader) => {
            for (const each of [store, reader]) {
              const found = each.getMany(TABLE, keys).map((value) => Buffer.from(value ?? []).toString('hex'));
              expect(found).to.deep.equal(due);
              const range = someRange(random);
              expect(counted(each, range)).to.deep.equal(walked(each, range));
            }
          });
        }
      });
    });
  });
}
