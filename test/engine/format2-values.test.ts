/** Values of every length in format 2: beside their key up to the inline rule, past it in an extent of pages. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { structureProblems } from '../support/any-format.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectSame, expectSameRowsAt } from '../support/model-check.js';
import { Model, type Operation } from '../support/model.js';
import { refuse } from '../support/many-tables.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';
import { withTempDir } from '../support/temp-dir.js';

const KEY_BYTES = [0, 16, 1024];
const INLINE_ITEM_MAX = 1998;
/** Bytes of an entry beside key and value. */
const OVERHEAD = 14;
/** Bytes of a value in a page; the key and its length are before it in the first one. */
const PAGE_ROOM = 4052;
const VALUE_MAX = 67_108_864;

/** The longest value that stays beside a key. */
const inlineMax = (keyBytes: number): number => INLINE_ITEM_MAX - OVERHEAD - keyBytes;
/** The longest value that so many pages hold. */
const extentMax = (keyBytes: number, pages: number): number => pages * PAGE_ROOM - 2 - keyBytes;

function lengthsFor(keyBytes: number): number[] {
  const edges = [inlineMax(keyBytes), extentMax(keyBytes, 1), extentMax(keyBytes, 2)];
  const others = [0, 1, 1968, 1969, 1998, 4000, 4051, 4052, 4053, 4097, 8104, 65_536];
  return [...others, ...edges.flatMap((edge) => [edge, edge + 1])];
}

const keyOf = (keyBytes: number): Buffer => Buffer.alloc(keyBytes, 'key-');

/** Bytes that tell one value from the next. */
const valueOf = (length: number, position: bigint): Buffer => Buffer.alloc(length, `${position}/`);

/** One key in each of many tables: at each position every one of them has a value of another length, or is deleted. */
function rotate(keyBytes: number, position: bigint): Operation[] {
  const lengths = lengthsFor(keyBytes);
  return lengths.map((_, index): Operation => {
    const table = BigInt(index);
    const turn = index + Number(position);
    if (turn % 5 === 0) return { kind: 'delete', table, key: keyOf(keyBytes) };
    return { kind: 'put', table, key: keyOf(keyBytes), value: valueOf(lengths[turn % lengths.length]!, position) };
  });
}

/** Lets store and model take a batch at the next position. */
function take(store: BTreeStore, model: Model, operations: readonly Operation[]): void {
  const batch = { position: model.appliedPosition + 1n, operations };
  expect(model.apply(batch)).to.equal(undefined);
  store.apply(toWriteBatch(batch));
}

function expectEverywhere(store: BTreeStore, model: Model): void {
  expectSame(store, model);
  for (let position = 0n; position <= model.appliedPosition; position += 1n) expectSameRowsAt(store, model, position);
}

describe('a value of format 2', () => {
  for (const keyBytes of KEY_BYTES) {
    it(`of any length beside a key of ${keyBytes} bytes is what was put there, at every position`, () => {
      const files = new MemoryFiles();
      const model = new Model(2);
      const roundsMax = lengthsFor(keyBytes).length;
      for (let round = 0; round < roundsMax;) {
        usingStore(files, { create: true, cachePages: 32, format: 2 }, (store) => {
          for (let batch = 0; batch < 6 && round < roundsMax; batch += 1, round += 1) {
            const operations = rotate(keyBytes, model.appliedPosition + 1n);
            refuse(store, toWriteBatch({ position: model.appliedPosition + 1n, operations: operations.toReversed() }));
            take(store, model, operations);
          }
          expectSame(store, model);
          store.sync();
        });
        expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
      }
      usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
        expectEverywhere(store, model);
      });
    });

    it(`beside a key of ${keyBytes} bytes is in an extent from one byte past the inline rule on, and no page too many`, () => {
      const pagesOf = (length: number): number => {
        const files = new MemoryFiles();
        usingStore(files, { create: true, format: 2 }, (store) => {
          store.apply(new WriteBatch(1n).put(1n, keyOf(keyBytes), Buffer.alloc(length, 1)));
          store.sync();
        });
        expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
        const { record } = decodeFormat2(files.get(STORE_PATH)).tables[0]!;
        // Both superblocks, the leaf, the value.
        expect(files.get(STORE_PATH).length / 4096).to.equal(3 + record.valuePages);
        expect(record.valueBytes).to.equal(record.valuePages === 0 ? 0n : BigInt(length));
        return record.valuePages;
      };
      expect(pagesOf(0)).to.equal(0);
      expect(pagesOf(inlineMax(keyBytes))).to.equal(0);
      expect(pagesOf(inlineMax(keyBytes) + 1)).to.equal(1);
      expect(pagesOf(extentMax(keyBytes, 1))).to.equal(1);
      expect(pagesOf(extentMax(keyBytes, 1) + 1)).to.equal(2);
      expect(pagesOf(extentMax(keyBytes, 64))).to.equal(64);
      expect(pagesOf(extentMax(keyBytes, 64) + 1)).to.equal(65);
    });
  }

  it('that is replaced in the batch that puts it takes no pages', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.apply(new WriteBatch(1n).put(1n, 'k', Buffer.alloc(70_000)).put(1n, 'k', 'short'));
      store.apply(new WriteBatch(2n).put(1n, 'k', Buffer.alloc(70_000)).delete(1n, 'k'));
      store.sync();
    });
    expect(files.get(STORE_PATH).length).to.equal(3 * 4096);
    expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
  });

  for (const seed of [1, 2, 3]) {
    it(`and others of any length share leaves, over rollbacks and openings (seed ${seed})`, () => {
      const random = new Random(seed);
      const files = new MemoryFiles();
      let synced = new Model(2);
      for (let opening = 0; opening < 4; opening += 1) {
        const store = openMemory(files, { create: true, cachePages: 32, format: 2 });
        const model = synced.clone();
        for (let round = 0; round < 8; round += 1) {
          refuse(store, toWriteBatch({ position: model.appliedPosition + 1n, operations: mixed(random) }));
          take(store, model, mixed(random));
          if (random.chance(0.3)) {
            store.sync();
            synced = model.clone();
          }
        }
        expectSame(store, model);
        store.close();
      }
      usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
        expectEverywhere(store, synced);
      });
      expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
    });
  }
});

/** Puts of few keys, which meet in their leaves, with values of every length; deletes, and now and then a purge. */
function mixed(random: Random): Operation[] {
  const operations = Array.from({ length: 6 }, (): Operation => {
    const keyBytes = random.pick(KEY_BYTES);
    const key = Buffer.from(keyOf(keyBytes));
    if (keyBytes > 0) key.writeUInt8(random.below(8), keyBytes - 1);
    const table = BigInt(random.between(1, 2));
    if (random.chance(0.2)) return { kind: 'delete', table, key };
    const length = random.pick(lengthsFor(keyBytes));
    return { kind: 'put', table, key, value: valueOf(length, BigInt(random.below(1000))) };
  });
  return random.chance(0.1) ? [...operations, { kind: 'purge', table: 2n }] : operations;
}

describe('the longest value', () => {
  it('of 67,108,864 bytes is taken, and one of a byte more changes nothing', () => {
    withTempDir((directory) => {
      const path = join(directory, 'store.kmb');
      const tooLong = Buffer.alloc(VALUE_MAX + 1, 'sixty-four MiB/');
      const value = tooLong.subarray(0, VALUE_MAX);
      // The hash is given: to compute it would take longer than all the rest.
      const batch = (position: bigint): WriteBatch => new WriteBatch(position, Buffer.alloc(32, 1));
      let store = BTreeStore.open(path, { create: true, format: 2, cachePages: 32 });
      const refused = batch(1n).put(1n, 'small', 'v').put(1n, 'k', tooLong);
      const { facts } = expectRefused(() => store.apply(refused), 'VALUE_TOO_LARGE');
      expect(facts).to.deep.equal({ table: 1n, keyHex: '6b', found: VALUE_MAX + 1, limit: VALUE_MAX, position: 1n });
      expect([store.appliedPosition, store.tables()]).to.deep.equal([0n, []]);
      store.apply(batch(1n).put(1n, 'k', value));
      store.sync();
      store.close();
      expect(statSync(path).size).to.equal((3 + 16_562) * 4096);
      store = BTreeStore.open(path, { readOnly: true, cachePages: 32 });
      expect(Buffer.from(store.get(1n, 'k') ?? []).equals(value)).to.equal(true);
      store.close();
    });
  });
});
