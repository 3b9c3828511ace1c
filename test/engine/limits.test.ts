/** What just fits, and what just does not. */
import { expect } from 'chai';
import { type BTreeStore, MAX_TABLES, WriteBatch } from '../../src/engine/index.js';
import { FORMATS, structureProblems } from '../support/any-format.js';
import { hex, U64_MAX, utf8 } from '../support/bytes.js';
import { packLeaves, writeStore } from '../support/format1-writer.js';
import { writeFormat2 } from '../support/format2-writer.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { ENTRY_BYTES_MAX } from '../support/model.js';
import { expectRefused } from '../support/store-errors.js';
import { checkStructure, OWN_FILES } from '../support/structure-check.js';

/** Value bytes of an entry with one version that takes all of a page. */
const fillingValue = (keyBytes: number): number => ENTRY_BYTES_MAX - 4 - keyBytes - 20;

/** Applies puts as one batch at the next position. */
function put(store: BTreeStore, table: bigint, rows: readonly (readonly [key: string, valueBytes: number])[]): void {
  const batch = new WriteBatch(store.appliedPosition + 1n);
  for (const [key, valueBytes] of rows) batch.put(table, key, Buffer.alloc(valueBytes, 'v'));
  store.apply(batch);
}

const keysOf = (store: BTreeStore, table: bigint): string[] =>
  store.scan(table, {}, 1e6).map(({ key }) => Buffer.from(key).toString());

function syncedFile(store: BTreeStore, files: MemoryFiles): Buffer {
  store.sync();
  store.close();
  return files.get(STORE_PATH);
}

describe('an entry of format 1', () => {
  for (const keyBytes of [0, 1, 1024]) {
    it(`with a key of ${keyBytes} bytes may take all of a page, and not a byte more`, () => {
      const files = new MemoryFiles();
      const store = newStore(files);
      const key = 'k'.repeat(keyBytes);
      const refusal = expectRefused(() => put(store, 1n, [[key, fillingValue(keyBytes) + 1]]), 'ENTRY_TOO_LARGE');
      expect(refusal.facts).to.deep.include({ needed: ENTRY_BYTES_MAX + 1, available: ENTRY_BYTES_MAX });
      expect(store.appliedPosition).to.equal(0n);
      put(store, 1n, [[key, fillingValue(keyBytes)]]);
      expect(store.get(1n, utf8(key))?.length).to.equal(fillingValue(keyBytes));
      expect(checkStructure(syncedFile(store, files), OWN_FILES)).to.deep.equal([]);
    });
  }

  it('of 4 GiB less a little is refused by its size, not by an overflow', () => {
    const store = newStore();
    expectRefused(() => put(store, 1n, [['k', 70_000_000]]), 'ENTRY_TOO_LARGE');
    store.close();
  });

  it('may have as many versions as fill a page; then a delete is taken and a put refused', () => {
    const files = new MemoryFiles();
    const store = newStore(files);
    const versionsMax = Math.floor((ENTRY_BYTES_MAX - 5) / 36);
    for (let count = 0; count < versionsMax; count += 1) put(store, 1n, [['k', 16]]);
    const { facts } = expectRefused(() => put(store, 1n, [['k', 16]]), 'ENTRY_TOO_LARGE');
    expect(facts['available']).to.equal(ENTRY_BYTES_MAX);
    expect(store.history(1n, utf8('k')).length).to.equal(versionsMax);
    store.apply(new WriteBatch(store.appliedPosition + 1n).delete(1n, 'k').put(1n, 'other', 'v'));
    expect(store.get(1n, utf8('k'))).to.equal(undefined);
    expect(store.getAt(1n, utf8('k'), 1n)?.length).to.equal(16);
    expectRefused(() => put(store, 1n, [['k', 16]]), 'ENTRY_TOO_LARGE');
    expect(checkStructure(syncedFile(store, files), OWN_FILES)).to.deep.equal([]);
  });
});

describe('a leaf of format 1', () => {
  it('splits in three when a large entry comes between two that it fits with neither of', () => {
    for (const update of [false, true]) {
      const files = new MemoryFiles();
      const store = newStore(files);
      if (update) put(store, 1n, [['b', 1]]);
      put(store, 1n, [
        ['a', 1950],
        ['c', 1950],
      ]);
      put(store, 1n, [['b', 3900]]);
      expect(keysOf(store, 1n)).to.deep.equal(['a', 'b', 'c']);
      expect(store.get(1n, utf8('b'))?.length).to.equal(3900);
      expect(checkStructure(syncedFile(store, files), OWN_FILES)).to.deep.equal([]);
    }
  });

  it('splits in three in the middle of a tree, under parents that are full of long separators', () => {
    const files = new MemoryFiles();
    const store = newStore(files);
    const key = (name: string): string => name.padStart(1020, 'p');
    const names = Array.from({ length: 60 }, (_, index) => String(index).padStart(3, '0'));
    for (const name of names)
      put(store, 1n, [
        [key(`${name}a`), 900],
        [key(`${name}c`), 900],
      ]);
    for (const name of names.toReversed()) put(store, 1n, [[key(`${name}b`), fillingValue(1020)]]);
    expect(keysOf(store, 1n).length).to.equal(180);
    expect(checkStructure(syncedFile(store, files), OWN_FILES)).to.deep.equal([]);
  });

  it('takes entries that each fill a page, in every order', () => {
    for (const order of ['abcdefgh', 'hgfedcba', 'daebfcgh', 'hagbfced']) {
      const files = new MemoryFiles();
      const store = newStore(files);
      for (const key of order) put(store, 1n, [[key, fillingValue(1)]]);
      expect(keysOf(store, 1n).join('')).to.equal('abcdefgh');
      expect(checkStructure(syncedFile(store, files), OWN_FILES)).to.deep.equal([]);
    }
  });
});

describe('tables of format 1', () => {
  it('may be 201, and the 202nd is refused without a trace', () => {
    const files = new MemoryFiles();
    const store = newStore(files);
    const ids = Array.from({ length: MAX_TABLES }, (_, index) => U64_MAX - BigInt(index) * 3n);
    const batch = new WriteBatch(1n);
    for (const id of ids) batch.put(id, 'k', `${id}`);
    store.apply(batch);
    expectRefused(
      () => store.apply(new WriteBatch(2n).put(ids[0] ?? 0n, 'new', 'v').put(5n, 'k', 'v')),
      'TOO_MANY_TABLES',
    );
    expect(store.get(ids[0] ?? 0n, utf8('new'))).to.equal(undefined);
    store.apply(new WriteBatch(2n).delete(5n, 'absent'));
    expect(store.tables().map(({ id }) => id)).to.deep.equal(ids.toReversed());
    expect(checkStructure(syncedFile(store, files), OWN_FILES)).to.deep.equal([]);
    usingStore(files, { readOnly: true }, (reopened) => {
      for (const id of ids) expect(hex(reopened.get(id, utf8('k')) ?? utf8(''))).to.equal(hex(utf8(`${id}`)));
    });
  });

  it('may be 201 after one was purged in the same batch, whatever their ids', () => {
    for (const fresh of [0n, U64_MAX]) {
      const store = newStore();
      const batch = new WriteBatch(1n);
      for (let id = 1n; id <= 201n; id += 1n) batch.put(id, 'k', 'v');
      store.apply(batch);
      store.apply(new WriteBatch(2n).put(fresh, 'k', 'v').purge(100n));
      expect(store.tables().length).to.equal(201);
      expectRefused(() => store.apply(new WriteBatch(3n).put(100n, 'k', 'v')), 'TOO_MANY_TABLES');
      store.close();
    }
  });
});

for (const format of FORMATS) {
  describe(`positions in format ${format}`, () => {
    const storeAt = (appliedPosition: bigint): MemoryFiles => {
      const tables = [{ id: 1n, keys: [{ key: utf8('k'), events: [{ position: 1n, value: utf8('first') }] }] }];
      if (format === 2) return memoryWith(writeFormat2({ appliedPosition, tables }));
      const entries = [{ key: utf8('k'), versions: [{ createdAt: 1n, deletedAt: null, data: utf8('first') }] }];
      return memoryWith(writeStore({ appliedPosition, tables: [{ id: 1n, leaves: packLeaves(entries) }] }));
    };

    for (const applied of [2n ** 32n - 2n, 2n ** 53n - 2n, 2n ** 63n - 2n, U64_MAX - 5n]) {
      it(`are exact from ${applied} on`, () => {
        const files = storeAt(applied);
        usingStore(files, {}, (store) => {
          for (let step = 1n; step <= 4n; step += 1n)
            store.apply(new WriteBatch(applied + step).put(1n, 'k', `${step}`));
          store.sync();
        });
        usingStore(files, { readOnly: true }, (store) => {
          expect(store.appliedPosition).to.equal(applied + 4n);
          const intervals = store.history(1n, utf8('k')).map(({ createdAt, deletedAt }) => [createdAt, deletedAt]);
          const expected = [4n, 3n, 2n, 1n].map((step) => [applied + step, step === 4n ? null : applied + step + 1n]);
          expect(intervals).to.deep.equal([...expected, [1n, applied + 1n]]);
          for (let step = 1n; step <= 4n; step += 1n) {
            expect(Buffer.from(store.getAt(1n, utf8('k'), applied + step) ?? []).toString()).to.equal(`${step}`);
          }
          expect(Buffer.from(store.getAt(1n, utf8('k'), applied) ?? []).toString()).to.equal('first');
        });
        expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
      });
    }

    it('end at 2^64-2', () => {
      const files = storeAt(U64_MAX - 1n);
      const store = openMemory(files);
      expect(Buffer.from(store.get(1n, utf8('k')) ?? []).toString()).to.equal('first');
      expectRefused(() => store.apply(new WriteBatch(1n)), 'POSITIONS_EXHAUSTED', 'NON_SEQUENTIAL_BATCH');
      expectRefused(() => store.apply(new WriteBatch(U64_MAX - 1n)), 'POSITIONS_EXHAUSTED', 'NON_SEQUENTIAL_BATCH');
      expect(store.appliedPosition).to.equal(U64_MAX - 1n);
      store.close();
    });
  });
}
