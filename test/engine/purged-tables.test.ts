/** What is left of a table that was purged, and who can still read it. */
import { expect } from 'chai';
import { type BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import { expectSound, newStore2 } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

const next = (store: BTreeStore): WriteBatch => new WriteBatch(store.appliedPosition + 1n);

const textOf = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

/** Keys with some versions each, long enough that there is a history tree, and long values. */
function fill(store: BTreeStore, table: bigint): void {
  for (let version = 0; version < 8; version++) {
    const batch = next(store);
    for (let key = 0; key < 60; key++) batch.put(table, `key-${key}`, `value ${version} `.repeat(10 + key));
    batch.put(table, 'long', Buffer.alloc(9000, version));
    store.apply(batch);
  }
}

describe('a purged table', () => {
  let files: MemoryFiles;
  let store: BTreeStore;

  beforeEach(() => {
    files = new MemoryFiles();
    store = newStore2(files);
    fill(store, 1n);
    fill(store, 2n);
    store.sync();
  });

  afterEach(() => {
    store.close();
  });

  it('keeps its record, and nothing else: its pages are free and are used again', () => {
    const pages = decodeFormat2(files.get(STORE_PATH)).reachedPages.size;
    store.apply(next(store).purge(1n));
    store.sync();
    expectSound(files);
    const decoded = decodeFormat2(files.get(STORE_PATH));
    expect(decoded.reachedPages.size).to.be.below(pages);
    expect(decoded.reachedPages.size + decoded.freePages.size).to.equal(pages);
    expect(store.tables()[0]).to.deep.equal({ id: 1n, root: null, height: 0 });
    expect(decoded.tables[0]?.record).to.include({ rows: 0n, keys: 0n, events: 0n, treePages: 0, oldest: 17n });

    const length = files.get(STORE_PATH).length;
    fill(store, 3n);
    store.sync();
    expectSound(files);
    expect(files.get(STORE_PATH).length).to.equal(length);
  });

  it('is empty from then on, and forgotten before', () => {
    store.apply(next(store).purge(1n));
    expect(store.get(1n, 'key-1')).to.equal(undefined);
    expect(store.scan(1n, {}, 10)).to.deep.equal([]);
    expect(store.history(1n, 'key-1')).to.deep.equal([]);
    expect(store.getAt(1n, 'key-1', 17n)).to.equal(undefined);
    expect(store.rowCount(1n)).to.equal(0);
    for (const read of [
      () => store.getAt(1n, 'key-1', 16n),
      () => store.getVersion(1n, 'key-1', 0n),
      () => store.scanAt(1n, {}, 1, 16n),
      () => store.cursor(1n, { at: 3n, reverse: true }).next(),
    ]) {
      const { facts } = expectRefused(read, 'POSITION_FORGOTTEN');
      expect(facts).to.include({ table: 1n, oldest: 17n });
    }
    expect(textOf(store.getAt(2n, 'key-0', 16n))).to.equal('value 7 '.repeat(10));
  });

  it('can be written again, in the batch of the purge, too', () => {
    store.apply(next(store).put(1n, 'lost', 'x').purge(1n).put(1n, 'key-1', 'new'));
    store.apply(next(store).put(1n, 'key-2', 'newer'));
    store.sync();
    expectSound(files);
    expect(textOf(store.get(1n, 'key-1'))).to.equal('new');
    expect(store.rowCount(1n)).to.equal(2);
    expect(store.getAt(1n, 'key-2', 17n)).to.equal(undefined);
    expectRefused(() => store.getAt(1n, 'key-1', 16n), 'POSITION_FORGOTTEN');
  });

  it('that does not exist is not made by it', () => {
    store.apply(next(store).purge(9n));
    expect(store.hasTable(9n)).to.equal(false);
    store.sync();
    expectSound(files);
  });

  it('that has damage stays as it is, and nothing of it is used again', () => {
    const [table] = decodeFormat2(files.get(STORE_PATH)).tables;
    const leaf = Number(table?.record.root);
    store.close();
    files.view(STORE_PATH).writeUInt8(0xff, leaf * 4096 + 2000);
    store = openMemory(files, { cachePages: 32 });
    expectRefused(() => store.apply(next(store).purge(1n)), 'PAGE_CORRUPTED');
    expect(store.appliedPosition).to.equal(16n);
    expect(store.tables()[0]?.root).to.equal(BigInt(leaf));
    expect(textOf(store.get(2n, 'key-0'))).to.equal('value 7 '.repeat(10));
  });

  it('with a damaged value stays as it is', () => {
    const [value] = decodeFormat2(files.get(STORE_PATH)).tables[0]!.values.values();
    store.close();
    files.view(STORE_PATH).writeUInt8(0xff, value!.external.firstPage * 4096 + 2000);
    store = openMemory(files, { cachePages: 32 });
    expectRefused(() => store.apply(next(store).purge(1n)), 'PAGE_CORRUPTED');
    expect(textOf(store.get(1n, 'key-0'))).to.equal('value 7 '.repeat(10));
  });

  it('that points into another table does not give that up', () => {
    const file = files.view(STORE_PATH);
    const [one, two] = decodeFormat2(files.get(STORE_PATH)).tables;
    store.close();
    const bytes = Buffer.from(file);
    // Both superblocks say that the history of table 1 is that of table 2.
    for (const page of [0, 1]) {
      const superblock = bytes.subarray(page * 4096, (page + 1) * 4096);
      superblock.writeUInt32LE(two!.record.historyRoot, 256 + 12 + 4);
      superblock.writeUInt8(two!.record.historyHeight, 256 + 12 + 9);
      superblock.writeUInt32LE(one!.record.historyRoot, 256 + 84 + 12 + 4);
      superblock.writeUInt8(one!.record.historyHeight, 256 + 84 + 12 + 9);
      superblock.writeUInt32LE(crc32(superblock.subarray(0, 4092)), 4092);
    }
    files.overwrite(STORE_PATH, bytes);
    store = openMemory(files, { cachePages: 32 });
    expectRefused(() => store.apply(next(store).purge(1n)), 'TREE_CORRUPTED');
    expect(textOf(store.get(2n, 'key-0'))).to.equal('value 7 '.repeat(10));
  });

  it('is gone for a reader that opened the store before, and other tables are not', () => {
    const reader = openMemory(files, { readOnly: true, cachePages: 32 });
    const cursor = reader.cursor(1n);
    expect(cursor.next()).to.equal(true);
    expect(reader.rowCount(1n)).to.equal(61);
    store.apply(next(store).purge(1n).put(1n, 'key-1', 'new'));
    store.apply(next(store).put(2n, 'key-1', 'new').put(2n, 'more', 'x'));
    store.sync();
    expect(() => {
      while (cursor.next());
    }).to.throw(/table 1 was purged while it was read/);
    expectRefused(() => reader.get(1n, 'key-1'), 'SNAPSHOT_GONE');
    expectRefused(() => reader.getAt(1n, 'key-1', 3n), 'SNAPSHOT_GONE');
    expect(textOf(reader.get(2n, 'key-1'))).to.equal('value 7 '.repeat(11));
    expect(reader.scan(2n, {}, 100)).to.have.length(61);
    // Those of the commit that it sees are not known any more.
    expect(reader.rowCount(2n)).to.equal(undefined);
    reader.close();
    const later = openMemory(files, { readOnly: true, cachePages: 32 });
    expect(later.rowCount(2n)).to.equal(62);
    expectRefused(() => later.getAt(1n, 'key-1', 16n), 'POSITION_FORGOTTEN');
    later.close();
  });

  it('was made after a reader opened the store: that does not see it', () => {
    const reader = openMemory(files, { readOnly: true, cachePages: 32 });
    store.apply(next(store).put(3n, 'key', 'value').put(1n, 'key', 'value'));
    store.sync();
    expect(reader.get(1n, 'key')).to.equal(undefined);
    expect(reader.hasTable(3n)).to.equal(false);
    expect(reader.get(3n, 'key')).to.equal(undefined);
    expect(reader.tables().map(({ id }) => id)).to.deep.equal([1n, 2n]);
    reader.close();
  });
});
