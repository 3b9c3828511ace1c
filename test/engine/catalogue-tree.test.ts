/** The catalogue tree beside readers and writers, and with damage in it. */
import { expect } from 'chai';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import { CRC_OFFSET } from '../../src/engine/format/layout.js';
import { recordKey } from '../../src/engine/format/v2/catalogue-item.js';
import { EVENT_HEADER } from '../../src/engine/format/v2/event-layout.js';
import { TABLE } from '../../src/engine/format/v2/records.js';
import { TABLE_RECORD } from '../../src/engine/format/v2/structures.js';
import { type BTreeStore, StoreError, WriteBatch } from '../../src/engine/index.js';
import { utf8 } from '../support/bytes.js';
import { expectSound, inFile, newStore2, PAGE_BYTES, putInto, range, tableIds } from '../support/many-tables.js';
import { clearFaults, MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

describe('a commit that cannot read the catalogue', () => {
  it('changes nothing, and can be made again', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (made) => {
      putInto(made, range(0, 2000));
      made.sync();
    });
    const store = openMemory(files, { cachePages: 32 });
    const before = files.get(STORE_PATH);
    putInto(store, [5n, 1900n, 5000n]);
    // Other tables take the room that the catalogue had in memory.
    for (const table of range(100, 200)) store.get(table, `key-${table}`);
    files.onOperation = ({ kind, path }) => {
      if (kind === 'read' && path === STORE_PATH) throw new StoreError('IO_ERROR', 'planted');
    };
    expectRefused(() => store.sync(), 'IO_ERROR');
    clearFaults(files);
    expect(files.get(STORE_PATH).subarray(0, before.length)).to.deep.equal(before);
    expect(store.tables()).to.have.length(2001);
    store.sync();
    store.close();
    expectSound(files);
    expect(inFile(files).superblock?.tableCount).to.equal(2001);
  });
});

describe('the free map in the catalogue', () => {
  /** A store whose last pages, 300 or more, are those of table 500. */
  function storeWithTail(): { readonly files: MemoryFiles; readonly store: BTreeStore } {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(0, 100));
    store.sync();
    const wide = new WriteBatch(2n);
    for (let key = 0; key < 700; key++) wide.put(500n, `key-${key}`, Buffer.alloc(1800, key));
    store.apply(wide);
    store.sync();
    return { files, store };
  }

  it('gives pages at the end back, or keeps them where the catalogue grows after them', () => {
    for (const newTables of [0, 200]) {
      const { files, store } = storeWithTail();
      const length = files.get(STORE_PATH).length;
      store.apply(new WriteBatch(3n).purge(500n));
      if (newTables > 0) putInto(store, range(1000, 1000 + newTables));
      store.sync();
      expectSound(files);
      const decoded = inFile(files);
      if (newTables === 0) expect(files.get(STORE_PATH).length).to.be.below(length - 256 * PAGE_BYTES);
      else expect(decoded.freePages.size).to.be.above(256);
      store.close();
      usingStore(files, { cachePages: 32 }, (again) => {
        putInto(again, [7n, 600n]);
        again.sync();
      });
      expectSound(files);
    }
  });

  it('is found again when the store is opened: the pages are taken before the file grows', () => {
    const { files, store } = storeWithTail();
    putInto(store, [600n]);
    store.apply(new WriteBatch(4n).purge(500n));
    store.sync();
    store.close();
    const length = files.get(STORE_PATH).length;
    const free = inFile(files).freePages.size;
    expect(free).to.be.above(300);
    usingStore(files, { cachePages: 32 }, (again) => {
      putInto(again, range(2000, 2200));
      again.sync();
    });
    expectSound(files);
    expect(inFile(files).freePages.size).to.equal(free - 200);
    // The catalogue alone goes to the end.
    expect(files.get(STORE_PATH).length - length).to.be.below(12 * PAGE_BYTES);
  });
});

describe('a reader of many tables beside a writer', () => {
  it('sees those that there were, as they were', () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(0, 300));
    store.sync();
    const reader = openMemory(files, { readOnly: true, cachePages: 32 });
    expect(reader.get(5n, 'key-5')).to.not.equal(undefined);
    store.apply(new WriteBatch(2n).purge(7n).put(8n, 'key-8', 'new').put(1000n, 'key', 'value'));
    store.sync();
    putInto(store, range(1001, 1400));
    store.sync();
    for (const table of range(0, 300)) {
      if (table === 7n) expectRefused(() => reader.get(table, 'key-7'), 'SNAPSHOT_GONE');
      else expect(Buffer.from(reader.get(table, `key-${table}`) ?? [])).to.deep.equal(utf8('v1'));
      expect(reader.hasTable(table)).to.equal(true);
      expect(reader.rowCount(table === 7n ? 6n : table)).to.equal(table === 8n ? undefined : 1);
    }
    // Nobody has a list of the tables that there were; one that was made since has nothing that can be seen.
    expect(reader.scan(1000n, {}, 10)).to.deep.equal([]);
    expect(reader.rowCount(1000n)).to.equal(undefined);
    expect(tableIds(reader).filter((id) => id < 300n)).to.deep.equal(range(0, 300));
    reader.close();
    store.close();
  });

  it('lists them all while a writer changes some between two of them', () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(0, 3000));
    store.sync();
    const reader = openMemory(files, { readOnly: true, cachePages: 32 });
    let reads = 0;
    files.onOperation = ({ kind, length }) => {
      if (kind !== 'read' || length !== PAGE_BYTES || ++reads % 20 !== 0 || reads > 200) return;
      putInto(store, [BigInt(reads), BigInt(3000 + reads)]);
      store.sync();
    };
    const found = new Set(tableIds(reader));
    clearFaults(files);
    expect(reads).to.be.above(40);
    expect(range(0, 3000).filter((id) => !found.has(id))).to.deep.equal([]);
    reader.close();
    store.close();
  });
});

describe('a damaged catalogue', () => {
  /** Finds the record of table 5, changes it, and makes the checksum of its page right. */
  function damaged(change: (page: Buffer, body: number) => void): MemoryFiles {
    const files = new MemoryFiles();
    usingStore(files, { create: true, cachePages: 32, format: 2 }, (store) => {
      putInto(store, range(0, 60));
      store.sync();
    });
    const bytes = files.get(STORE_PATH);
    const key = recordKey(TABLE, 5n);
    const at = bytes.indexOf(key, 2 * PAGE_BYTES);
    const page = bytes.subarray(at - (at % PAGE_BYTES), at - (at % PAGE_BYTES) + PAGE_BYTES);
    change(page, (at % PAGE_BYTES) + key.length + 2 + EVENT_HEADER);
    page.writeUInt32LE(crc32(page.subarray(0, CRC_OFFSET)), CRC_OFFSET);
    files.overwrite(STORE_PATH, bytes);
    return files;
  }

  const { offsets } = TABLE_RECORD;
  for (const [what, change, fault] of [
    ['more rows than keys', (page, body) => page.writeBigUInt64LE(9n, body + offsets.rows), 'record-value'],
    ['an oldest position to come', (page, body) => page.writeBigUInt64LE(9n, body + offsets.oldest), 'record-value'],
    ['a deletion instead of a record', (page, body) => deleteRecord(page, body), 'record-event'],
  ] as const satisfies readonly (readonly [string, (page: Buffer, body: number) => void, string])[]) {
    it(`with ${what} says so, and keeps the other tables`, () => {
      const files = damaged(change);
      for (const readOnly of [true, false]) {
        usingStore(files, { readOnly, cachePages: 32 }, (store) => {
          const { facts, message } = expectRefused(() => store.get(5n, 'key-5'), 'TREE_CORRUPTED');
          expect(facts).to.include({ fault });
          expect(message).to.match(/^a record in page \d+ is damaged: /);
          // What is out of reach is what was asked for: which table the record is of may be what is wrong.
          expect(`${facts['table']}`).to.equal('5');
          expectRefused(() => store.tables(), 'TREE_CORRUPTED');
          expect(store.get(6n, 'key-6')).to.not.equal(undefined);
          if (!readOnly) expectRefused(() => putInto(store, [6n, 5n]), 'TREE_CORRUPTED');
          expect(store.appliedPosition).to.equal(1n);
        });
      }
    });
  }
});

/** Makes the event of a record a deletion, and the item as long as that. */
function deleteRecord(page: Buffer, body: number): void {
  const itemStart = body - EVENT_HEADER - 2 - 9 - 2;
  for (let slot = 32; slot < page.readUInt16LE(8); slot += 4) {
    if (page.readUInt16LE(slot) === itemStart) page.writeUInt16LE(body - itemStart, slot + 2);
  }
  page.writeUInt16LE(0xffff, body - 2);
}
