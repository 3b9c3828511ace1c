/** The tables of a store that records them: in the superblock while they fit, then in the catalogue tree. */
import { expect } from 'chai';
import { type BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { utf8 } from '../support/bytes.js';
import {
  expectSound,
  inFile,
  newStore2,
  PAGE_BYTES,
  putInto,
  range,
  refuse,
  tableIds,
} from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';

/** As many tables as the superblock has room for. */
const INLINE_MAX = 45;
/** More tables than twice what memory keeps of changed ones. */
const WIDE = 2100;

describe('the tables of a store', () => {
  it('are in the superblock up to the 45th, and from the 46th on in a tree, where they stay', () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(1, 1 + INLINE_MAX));
    store.sync();
    expect(inFile(files).superblock).to.include({ recordCount: INLINE_MAX, catalogueRoot: 0, tableCount: INLINE_MAX });
    putInto(store, [100n]);
    store.sync();
    expectSound(files);
    const { superblock, catalogue } = inFile(files);
    expect(superblock).to.include({ recordCount: 0, catalogueHeight: 2, tableCount: INLINE_MAX + 1 });
    expect(catalogue).to.not.equal(undefined);
    expect(tableIds(store)).to.deep.equal([...range(1, 1 + INLINE_MAX), 100n]);
    store.apply(new WriteBatch(store.appliedPosition + 1n).purge(5n));
    store.sync();
    expect(inFile(files).superblock?.recordCount).to.equal(0);
    expectSound(files);
    store.close();
    usingStore(files, { readOnly: true, cachePages: 32 }, (reader) => {
      expect(tableIds(reader)).to.deep.equal([...range(1, 1 + INLINE_MAX), 100n]);
      expect(Buffer.from(reader.get(100n, 'key-100') ?? [])).to.deep.equal(utf8('v2'));
      expect(reader.hasTable(5n)).to.equal(true);
      expect(reader.hasTable(6n)).to.equal(true);
      expect(reader.hasTable(99n)).to.equal(false);
      expect(reader.get(5n, 'key-5')).to.equal(undefined);
    });
  });

  it('move all at once when a single batch makes them', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, cachePages: 32, format: 2 }, (store) => {
      putInto(store, range(0, 300));
      expect(tableIds(store)).to.deep.equal(range(0, 300));
      store.sync();
      expect(tableIds(store)).to.deep.equal(range(0, 300));
    });
    expectSound(files);
  });

  it('are given in order, the ones that are not committed among them', () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(100, 200));
    store.sync();
    putInto(store, [50n, 150n, 250n, 2n ** 64n - 1n, 0n]);
    expect(tableIds(store)).to.deep.equal([0n, 50n, ...range(100, 200), 250n, 2n ** 64n - 1n]);
    expect(store.tables().every(({ root, height }) => root !== null && height === 1)).to.equal(true);
    store.close();
  });

  it('are what they were before a batch that is refused, wherever they are', () => {
    for (const count of [3, 60]) {
      const files = new MemoryFiles();
      const store = newStore2(files);
      putInto(store, range(1, 1 + count));
      store.sync();
      putInto(store, [2n, 1000n]);
      const before = store.tables();
      refuse(store, new WriteBatch(store.appliedPosition + 1n).purge(1n).put(2n, 'other', 'x').put(2000n, 'k', 'x'));
      expect(store.tables()).to.deep.equal(before);
      expect(store.hasTable(2000n)).to.equal(false);
      expect(store.rowCount(1n)).to.equal(1);
      expect(store.rowCount(2n)).to.equal(1);
      expect(Buffer.from(store.get(1n, 'key-1') ?? [])).to.deep.equal(utf8('v1'));
      store.sync();
      store.close();
      expectSound(files);
      expect(inFile(files).superblock?.tableCount).to.equal(count + 1);
    }
  });

  it('are saved when the first commit after a rollback comes, and not what was rolled back', () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    const refused = new WriteBatch(1n);
    for (const table of range(0, 100)) refused.put(table, 'k', 'v');
    refuse(store, refused);
    expect(tableIds(store)).to.deep.equal([]);
    putInto(store, [3n]);
    store.sync();
    store.close();
    expectSound(files);
    expect(inFile(files).superblock).to.include({ tableCount: 1, catalogueRoot: 0 });
  });
});

describe('a store of 2,000 tables', () => {
  const files = new MemoryFiles();
  before(() => {
    const store = newStore2(files);
    putInto(store, range(1, 2001));
    store.sync();
    store.close();
  });

  it('is sound, and lists them all', () => {
    expectSound(files);
    usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
      expect(tableIds(store)).to.deep.equal(range(1, 2001));
    });
  });

  for (const readOnly of [true, false]) {
    it(`is opened ${readOnly ? 'to be read' : 'to be written'} by reading a few pages, and read by a few more`, () => {
      const pagesRead = countPages(files);
      const store = openMemory(files, { readOnly, cachePages: 64 });
      expect(pagesRead()).to.be.at.most(8);
      const opened = pagesRead();
      expect(store.get(777n, 'key-777')).to.not.equal(undefined);
      // Two of the catalogue and one of the table; a reader looks at page 0 after each.
      expect(pagesRead() - opened).to.be.at.most(readOnly ? 6 : 3);
      const found = pagesRead();
      expect(store.get(777n, 'key-777')).to.not.equal(undefined);
      expect(pagesRead()).to.equal(found);
      store.close();
    });
  }

  it('commits a change of one table by writing a few pages', () => {
    const copy = new MemoryFiles();
    copy.set(STORE_PATH, files.get(STORE_PATH));
    const store = openMemory(copy, { cachePages: 64 });
    const pagesRead = countPages(copy);
    putInto(store, [1234n]);
    const written = countPages(copy, 'write');
    store.sync();
    expect(pagesRead()).to.be.at.most(12);
    // A leaf of the table and one of the catalogue, twice each; both superblocks; the journal's header and descriptors.
    expect(written()).to.be.at.most(16);
    store.close();
    expectSound(copy);
  });
});

describe('a batch that changes more tables than memory keeps', () => {
  for (const count of [10, 1500]) {
    for (const isSynced of [true, false]) {
      it(`of ${count}${isSynced ? '' : ', changed by a batch before it'}, is kept or rolled back whole`, () => {
        const files = new MemoryFiles();
        const store = openMemory(files, { create: true, cachePages: 512, format: 2 });
        putInto(store, range(500, 500 + count));
        store.sync();
        putInto(store, range(505, 520));
        store.apply(new WriteBatch(3n).purge(503n).put(505n, 'more', 'x'));
        if (isSynced) store.sync();
        const before = rowCounts(store);
        expect(before.get(503n)).to.equal(0);
        expect(before.get(505n)).to.equal(2);

        refuse(store, wideBatch(4n));
        expect(rowCounts(store)).to.deep.equal(before);
        store.apply(wideBatch(4n));
        const due = new Map(before);
        for (const id of range(0, WIDE)) due.set(id, (before.get(id) ?? 0) + 1);
        due.set(504n, 1);
        expect(rowCounts(store)).to.deep.equal(new Map([...due].sort(([a], [b]) => (a < b ? -1 : 1))));
        store.sync();
        store.close();
        expectSound(files);
        usingStore(files, { readOnly: true, cachePages: 64 }, (reader) => {
          expect(reader.tables()).to.have.length(WIDE);
          expect(Buffer.from(reader.get(BigInt(WIDE - 1), 'wide') ?? [])).to.deep.equal(utf8('v'));
        });
      }).timeout(20_000);
    }
  }
});

/** A put into each of many tables, after one of them was purged. */
function wideBatch(position: bigint): WriteBatch {
  const batch = new WriteBatch(position).purge(504n);
  for (const table of range(0, WIDE)) batch.put(table, 'wide', 'v');
  return batch;
}

const rowCounts = (store: BTreeStore): Map<bigint, number | undefined> =>
  new Map(store.tables().map(({ id }) => [id, store.rowCount(id)]));

/** Counts the pages that are read, or written, from here on. */
function countPages(files: MemoryFiles, kind: 'read' | 'write' = 'read'): () => number {
  let bytes = 0;
  const before = files.onOperation;
  files.onOperation = (operation) => {
    before(operation);
    if (operation.kind === kind && operation.length >= PAGE_BYTES) bytes += operation.length;
  };
  return () => bytes / PAGE_BYTES;
}

describe('random changes of many tables', () => {
  for (const seed of [1, 2, 3]) {
    it(`are kept or rolled back, over commits and openings (seed ${seed})`, () => {
      const random = new Random(seed);
      const files = new MemoryFiles();
      const model = new Map<bigint, number>();
      let store = newStore2(files);
      for (let round = 0; round < 60; round++) {
        changeSome(store, model, random);
        if (random.below(3) === 0) store.sync();
        if (random.below(10) === 0) {
          store.sync();
          store.close();
          expectSound(files);
          store = openMemory(files, { cachePages: 32 });
        }
        expect(store.tables().map(({ id }) => [id, store.rowCount(id)])).to.deep.equal(
          [...model].sort(([a], [b]) => (a < b ? -1 : 1)),
        );
      }
      store.sync();
      store.close();
      expectSound(files);
    });
  }
});

/** Puts new keys into some tables, purges some, and may be refused. `model` has the rows of each table. */
function changeSome(store: BTreeStore, model: Map<bigint, number>, random: Random): void {
  const position = store.appliedPosition + 1n;
  const batch = new WriteBatch(position);
  const changed = new Map(model);
  for (let left = random.below(3); left > 0; left--) {
    const table = BigInt(random.below(150));
    batch.purge(table);
    if (changed.has(table)) changed.set(table, 0);
  }
  const puts = new Map<bigint, number>();
  for (let left = random.below(12); left > 0; left--) {
    const table = BigInt(random.below(150));
    puts.set(table, (puts.get(table) ?? 0) + 1);
    batch.put(table, `${position}/${puts.get(table)}`, 'value');
  }
  for (const [table, rows] of puts) changed.set(table, (changed.get(table) ?? 0) + rows);
  if (random.below(4) > 0) {
    store.apply(batch);
    model.clear();
    for (const [table, rows] of changed) model.set(table, rows);
  } else {
    refuse(store, batch);
  }
}
