/** What reads of format 2 cost, in pages: they depend on the height of the trees, not on how much there is. */
import { expect } from 'chai';
import { type BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { utf8 } from '../support/bytes.js';
import { pagesRead } from '../support/counted-pages.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';

/** Where page 0 says how high the catalogue tree is. */
const CATALOGUE_HEIGHT = 112;

const UPDATES = 100_000;
const GROUP = 2000;

const valueAt = (position: number): string => `${position}/`.padEnd(60, 'v');
const textOf = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

/** One batch after the other puts the same key, beside some that stay as they are. */
function hotKeyStore(): MemoryFiles {
  const files = new MemoryFiles();
  usingStore(files, { create: true, cachePages: 4096, format: 2 }, (store) => {
    for (let first = 1; first <= UPDATES; first += GROUP) {
      const group = Array.from({ length: GROUP }, (_, index) => {
        // A given hash saves the time to compute it.
        const batch = new WriteBatch(BigInt(first + index), Buffer.alloc(32, 1));
        return batch.put(1n, 'hot', valueAt(first + index));
      });
      group[0]?.put(1n, `cold-${first}`, 'v');
      store.applyAll(group);
      if (first % (10 * GROUP) === 1) store.sync();
    }
    store.sync();
  });
  return files;
}

/** The pages, page 0 included, that a read needs of a store that has just been opened. */
function pagesOf(files: MemoryFiles, readOnly: boolean, read: (store: BTreeStore) => void): number {
  return pagesRead(files, () => {
    usingStore(files, { readOnly, cachePages: 32 }, read);
  }).length;
}

describe('a key with 100,000 updates', () => {
  let files: MemoryFiles;
  before(function () {
    this.timeout(60_000);
    files = hotKeyStore();
  });

  it('reads right at every 1,000th position, and in its history', () => {
    usingStore(files, { readOnly: true, cachePages: 32 }, (store) => {
      for (let position = 1000; position <= UPDATES; position += 1000) {
        expect(textOf(store.getAt(1n, 'hot', BigInt(position)))).to.equal(valueAt(position));
        const version = store.getVersion(1n, 'hot', BigInt(position));
        const deletedAt = position === UPDATES ? null : BigInt(position + 1);
        expect(version).to.include({ createdAt: BigInt(position), deletedAt });
      }
      expect(store.getAt(1n, 'hot', 0n)).to.equal(undefined);
      let newest = BigInt(UPDATES);
      for (const { createdAt } of store.versions(1n, 'hot')) {
        if (createdAt !== newest) expect(createdAt).to.equal(newest);
        newest -= 1n;
        if (newest === BigInt(UPDATES - 5000)) break;
      }
    });
  });

  for (const readOnly of [true, false]) {
    it(`is read ${readOnly ? 'beside' : 'by'} a writer in at most 4 pages now, and in at most 8 in the past`, () => {
      const get = (store: BTreeStore): void => {
        expect(textOf(store.get(1n, 'hot'))).to.equal(valueAt(UPDATES));
      };
      expect(pagesOf(files, readOnly, get)).to.be.at.most(4);
      for (let position = 1; position <= UPDATES; position += 9973) {
        const getAt = (store: BTreeStore): void => {
          expect(textOf(store.getAt(1n, 'hot', BigInt(position)))).to.equal(valueAt(position));
        };
        expect(pagesOf(files, readOnly, getAt), `at ${position}`).to.be.at.most(8);
      }
    });
  }

  it('leaves full history pages', () => {
    const pages = files.get(STORE_PATH).length / 4096;
    // 70 bytes an event; a run in 25 events costs its key, a marker and its slot.
    expect((pages * 4096) / UPDATES).to.be.below(1.15 * 70);
  });
});

describe('10,000 tables of a row', () => {
  const TABLES = 10_000;
  let files: MemoryFiles;
  before(function () {
    this.timeout(60_000);
    files = new MemoryFiles();
    usingStore(files, { create: true, cachePages: 4096, format: 2 }, (store) => {
      const batch = new WriteBatch(1n);
      for (let table = 0; table < TABLES; table += 1) batch.put(BigInt(table), 'key', `${table}`);
      store.apply(batch);
      store.sync();
    });
  });

  for (const readOnly of [true, false]) {
    it(`are opened and asked ${readOnly ? 'beside' : 'by'} a writer in a few pages`, () => {
      const height = files.view(STORE_PATH).readUInt8(CATALOGUE_HEIGHT);
      expect(height).to.be.within(2, 3);
      for (const table of [0, 777, 5000, TABLES - 1]) {
        const get = (store: BTreeStore): void => {
          expect(textOf(store.get(BigInt(table), utf8('key')))).to.equal(`${table}`);
        };
        // Both superblocks, the way to the record of the table, the way to the free map, and the table's leaf.
        expect(pagesOf(files, readOnly, get)).to.be.at.most(2 + 2 * height + 1);
      }
    });
  }

  it('are listed, and each is there', () => {
    const store = openMemory(files, { readOnly: true, cachePages: 64 });
    let due = 0n;
    for (const { id, height } of store.tables()) {
      if (id !== due || height !== 1) expect({ id, height }).to.deep.equal({ id: due, height: 1 });
      due += 1n;
    }
    expect(due).to.equal(BigInt(TABLES));
    for (let table = 0; table < TABLES; table += 97) {
      expect(textOf(store.get(BigInt(table), 'key'))).to.equal(`${table}`);
    }
    store.close();
  });
});
