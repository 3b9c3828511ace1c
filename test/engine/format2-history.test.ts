/** Older events of format 2: swept from a leaf to the history tree, and found there at every position. */
import { expect } from 'chai';
import { type BTreeStore, StoreError } from '../../src/engine/index.js';
import { structureProblems } from '../support/any-format.js';
import { hex, utf8 } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { u64be } from '../support/format2/encode.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { clearFaults, injectFault, MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectSame, expectSameRowsAt, expectSameVersionAt } from '../support/model-check.js';
import { type Batch, Model, type Operation } from '../support/model.js';
import { Random } from '../support/random.js';

const put = (key: Uint8Array, value: string): Operation => ({ kind: 'put', table: 1n, key, value: utf8(value) });

/** A value that says where it is from, of about this many bytes. */
const valueAt = (position: bigint, key: Uint8Array, bytes: number): string =>
  `${position}/${hex(key.subarray(0, 8))}/`.padEnd(bytes, '.');

/** Batches in groups of some, and what they lead to. */
function applied(batches: readonly Batch[], groupLength: number): { files: MemoryFiles; model: Model } {
  const files = new MemoryFiles();
  const model = new Model(2);
  const store = newStore(files, 2);
  for (let first = 0; first < batches.length; first += groupLength) {
    const group = batches.slice(first, first + groupLength);
    expect(model.apply(...group)).to.equal(undefined);
    store.applyAll(group.map(toWriteBatch));
  }
  expectSame(store, model);
  store.sync();
  store.close();
  expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
  return { files, model };
}

/** Every key, each alone and in scans, at every position. */
function expectEverywhere(files: MemoryFiles, model: Model): void {
  usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
    for (let position = 0n; position <= model.appliedPosition; position += 1n) {
      expectSameRowsAt(store, model, position);
      for (const key of model.keys(1n)) expectSameVersionAt(store, model, 1n, key, position);
    }
  });
}

/** How many runs each key has. */
function runsIn(files: MemoryFiles): number[] {
  return [...decodeFormat2(files.get(STORE_PATH)).tables[0]!.keys.values()].map(({ runs }) => runs.length);
}

/** Updates of some keys, one a batch, each key again and again. */
function updatesOf(keys: readonly Uint8Array[], count: number, random: Random, bytes = 100): Batch[] {
  return Array.from({ length: count }, (_, index) => {
    const position = BigInt(index + 1);
    const key = random.pick(keys);
    const operation: Operation = random.chance(0.1)
      ? { kind: 'delete', table: 1n, key }
      : put(key, valueAt(position, key, random.between(0, 2 * bytes)));
    return { position, operations: [operation] };
  });
}

describe('a key whose events were swept', () => {
  it('is read at every position, and so are its neighbours', () => {
    const neighbours = ['a', 'j', 'l', 'z'].map((key, index) => put(utf8(key), `${index}`));
    const batches = Array.from({ length: 200 }, (_, index): Batch => {
      const position = BigInt(index + 1);
      const key = utf8('k');
      if (position % 7n === 0n) return { position, operations: [{ kind: 'delete', table: 1n, key }] };
      return { position, operations: [put(key, valueAt(position, key, 100)), ...(index === 0 ? neighbours : [])] };
    });
    const { files, model } = applied(batches, 1);
    expect(runsIn(files).filter((count) => count > 0)).to.have.length(1);
    expectEverywhere(files, model);
  });

  // The keys of a group are taken in order: what a leaf is swept for is behind the key whose update sweeps it next.
  for (const groupLength of [100, 300]) {
    it(`more than once in a group of ${groupLength} batches is read at every position`, () => {
      const keys = ['a', 'b', 'c', 'd'].map(utf8);
      const batches = Array.from({ length: 300 }, (_, index): Batch => {
        const position = BigInt(index + 1);
        return { position, operations: keys.map((key) => put(key, valueAt(position, key, 60 + (index % 50)))) };
      });
      const { files, model } = applied(batches, groupLength);
      expect(Math.min(...runsIn(files))).to.be.greaterThan(10);
      expectEverywhere(files, model);
    });
  }

  for (const seed of [1, 2, 3]) {
    it(`is read at every position where a few keys are changed far more often than others (seed ${seed})`, () => {
      const random = new Random(seed);
      const batches = Array.from({ length: 60 }, (_, index): Batch => {
        const position = BigInt(index + 1);
        const operations = Array.from({ length: 25 }, () => {
          const rank = Math.floor(400 ** random.next());
          const key = utf8(`key-${String(rank).padStart(4, '0')}`);
          return put(key, valueAt(position, key, random.between(0, 300)));
        });
        return { position, operations };
      });
      const { files, model } = applied(batches, random.pick([1, 7, 30]));
      expectEverywhere(files, model);
    });
  }
});

/** Keys that are beginnings of each other, and keys that end as a position of a run does. */
const awkwardKeys: readonly Buffer[] = [
  '',
  'a',
  'a\0',
  'ab',
  'a\0\0\0\0\0\0\0\0',
  'a\xff\xff\xff\xff\xff\xff\xff\xff',
  'b',
  '\0\0\0\0\0\0\0\x05',
  'm'.repeat(1016),
  'm'.repeat(1024),
]
  .map((text) => Buffer.from(text, 'latin1'))
  .flatMap((key) => [
    key,
    ...[1n, 2n, 100n, 256n].map((position) => Buffer.concat([key, u64be(position)])).filter(fits),
  ]);

function fits({ length }: Buffer): boolean {
  return length <= 1024;
}

describe('keys that run into each other in the history', () => {
  for (const groupLength of [1, 40]) {
    it(`are told apart at every position (groups of ${groupLength})`, () => {
      const batches = updatesOf(awkwardKeys, 1500, new Random(groupLength), 200);
      const { files, model } = applied(batches, groupLength);
      expect(runsIn(files).filter((count) => count > 0).length).to.be.greaterThan(awkwardKeys.length / 2);
      usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
        for (let position = 0n; position <= model.appliedPosition; position += 11n) {
          expectSameRowsAt(store, model, position);
          for (const key of model.keys(1n)) expectSameVersionAt(store, model, 1n, key, position);
        }
      });
    });
  }

  it('go on being told apart when a read fails now and then', () => {
    const { files, model } = applied(updatesOf(awkwardKeys, 1000, new Random(5), 200), 20);
    for (const reverse of [false, true]) {
      for (let nth = 2; nth < 60; nth += 7) {
        const store = openMemory(files, { readOnly: true, cachePages: 32 });
        const expected = model.rowsAt(1n, 300n).map(({ key, value }) => `${key} ${value}`);
        injectFault(files, { kinds: ['read'], nth });
        const rows = rowsPastFaults(store, files, reverse);
        expect(reverse ? rows.reverse() : rows).to.deep.equal(expected);
        clearFaults(files);
        store.close();
      }
    }
  });
});

/** Rows at position 300; a step, or a look at the row, that ends in a failed read is made again. */
function rowsPastFaults(store: BTreeStore, files: MemoryFiles, reverse: boolean): string[] {
  const rows: string[] = [];
  const cursor = store.cursor(1n, { at: 300n, reverse });
  let onRow = false;
  for (;;) {
    try {
      onRow ||= cursor.next();
      if (!onRow) return rows;
      const { key, value } = cursor.row();
      rows.push(`${hex(key)} ${hex(value)}`);
      onRow = false;
    } catch (error) {
      expect(error).to.be.instanceOf(StoreError).with.property('code', 'IO_ERROR');
      clearFaults(files);
    }
  }
}
