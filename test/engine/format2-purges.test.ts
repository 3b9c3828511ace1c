/** Purges of format 2: what they give up is used again, by the next commit and not before, and read by nobody. */
import { expect } from 'chai';
import { type BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { decodeFormat2 } from '../support/format2-decode.js';
import { expectSound, putInto, range, refuse } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

/** Tables that a superblock has no room for: their records, and the free map, are in the catalogue. */
const MANY = range(1000, 1060);

const next = (store: BTreeStore): WriteBatch => new WriteBatch(store.appliedPosition + 1n);

const pagesIn = (files: MemoryFiles): number => files.get(STORE_PATH).length / 4096;

/** Rows with older versions, and some values of several pages: about 100 pages. */
function fill(store: BTreeStore, table: bigint): void {
  for (let version = 0; version < 5; version += 1) {
    const batch = next(store);
    for (let key = 0; key < 100; key += 1) batch.put(table, `key-${key}`, `${version}/${key}/`.padEnd(200, 'v'));
    for (let key = 0; key < 4; key += 1) batch.put(table, `long-${key}`, Buffer.alloc(9000, version));
    store.apply(batch);
  }
}

/** A store with two filled tables; where there are many others, it has a catalogue. */
function filledStore(others: readonly bigint[]): { files: MemoryFiles; store: BTreeStore } {
  const files = new MemoryFiles();
  const store = newStore(files, 2);
  if (others.length > 0) putInto(store, others);
  fill(store, 1n);
  fill(store, 2n);
  store.sync();
  return { files, store };
}

for (const { name, others } of [
  { name: 'without a catalogue', others: [] },
  { name: 'with a catalogue', others: MANY },
]) {
  describe(`a purge in a store ${name}`, () => {
    it('makes room for the next commits, however often it comes: the file does not grow', () => {
      const { files, store } = filledStore(others);
      const sizes: number[] = [];
      for (let round = 0; round < 12; round += 1) {
        store.apply(next(store).purge(1n));
        fill(store, 1n);
        store.sync();
        expectSound(files);
        sizes.push(pagesIn(files));
      }
      // The first round cannot use yet what it gives up itself.
      expect(Math.max(...sizes)).to.be.at.most(sizes[1]!);
      store.close();
    });

    it('uses no page again that it has given up in the same commit', () => {
      const { files, store } = filledStore(others);
      const before = files.get(STORE_PATH);
      const used = decodeFormat2(before).reachedPages;
      store.apply(next(store).purge(1n));
      fill(store, 1n);
      store.apply(next(store).purge(1n));
      fill(store, 1n);
      // Nothing that the last commit points to is written before the next one.
      const now = files.get(STORE_PATH);
      const written = [...used].filter((page) => !samePage(before, now, page));
      expect(written).to.deep.equal([]);
      store.sync();
      expectSound(files);
      store.close();
    });

    it('can be followed by writes in its batch, and by another purge before the commit', () => {
      const { files, store } = filledStore(others);
      store.apply(next(store).put(1n, 'lost', 'x').purge(1n).put(1n, 'new', Buffer.alloc(5000, 1)));
      store.apply(next(store).purge(1n).put(1n, 'newer', Buffer.alloc(6000, 2)).purge(2n));
      const rows = store.scan(1n, {}, 10).map(({ key, value }) => [Buffer.from(key).toString(), value.length]);
      expect(rows).to.deep.equal([['newer', 6000]]);
      expectRefused(() => store.getAt(1n, 'new', store.appliedPosition - 1n), 'POSITION_FORGOTTEN');
      store.sync();
      expectSound(files);
      expect(store.rowCount(1n)).to.equal(1);
      expect(store.rowCount(2n)).to.equal(0);
      store.close();
    });

    it('that is rolled back, or not synced, has given up nothing', () => {
      const { files, store } = filledStore(others);
      const before = decodeFormat2(files.get(STORE_PATH));
      refuse(store, next(store).purge(1n).put(1n, 'new', Buffer.alloc(5000)).purge(2n));
      expect(store.rowCount(1n)).to.equal(104);
      store.sync();
      store.apply(next(store).purge(1n).put(3n, 'new', Buffer.alloc(5000)));
      store.close();
      const after = decodeFormat2(files.get(STORE_PATH));
      expect([after.freePages, after.reachedPages]).to.deep.equal([before.freePages, before.reachedPages]);
      expectSound(files);
    });

    it('shortens the file where what it gives up is at the end', () => {
      const { files, store } = filledStore(others);
      // The catalogue grows at the end only, and keeps what is before it: it has the table already.
      putInto(store, [5n]);
      store.sync();
      const before = pagesIn(files);
      store.apply(next(store).put(5n, 'long', Buffer.alloc(3_000_000, 5)));
      store.sync();
      expect(pagesIn(files)).to.be.greaterThan(before + 700);
      store.apply(next(store).purge(5n));
      store.sync();
      expect(pagesIn(files)).to.be.lessThan(before + 256);
      expectSound(files);
      fill(store, 5n);
      store.sync();
      expectSound(files);
      store.close();
    });
  });

  describe(`a reader beside a purge in a store ${name}`, () => {
    it('is told that the table is gone, and goes on in others as if nothing had happened', () => {
      const { files, store } = filledStore(others);
      const reader = openMemory(files, { readOnly: true, cachePages: 32 });
      const at = reader.appliedPosition;
      const gone = reader.cursor(1n);
      const kept = reader.cursor(2n, { at: at - 2n });
      for (let row = 0; row < 10; row += 1) expect([gone.next(), kept.next()]).to.deep.equal([true, true]);
      store.apply(next(store).purge(1n));
      store.sync();
      // What was given up is written over.
      fill(store, 3n);
      fill(store, 1n);
      store.sync();
      for (const use of [
        () => {
          while (gone.next());
        },
        () => reader.get(1n, 'long-1'),
        () => reader.getAt(1n, 'key-3', at - 3n),
        () => reader.history(1n, 'key-3'),
        () => reader.scan(1n, {}, 10),
      ]) {
        expect(expectRefused(use, 'SNAPSHOT_GONE').facts).to.deep.equal({ table: 1n });
      }
      let rows = 10;
      while (kept.next()) {
        const value = Buffer.from(kept.row().value);
        // Two versions before the last.
        const isOfVersion = value.length === 9000 ? value[0] === 2 : value.toString().startsWith('2/');
        expect(isOfVersion).to.equal(true);
        rows += 1;
      }
      expect(rows).to.equal(104);
      expect(reader.get(2n, 'long-3')?.length).to.equal(9000);
      reader.close();
      usingStore(files, { readOnly: true }, (later) => {
        expect(later.rowCount(1n)).to.equal(104);
        expectRefused(() => later.getAt(1n, 'key-3', at), 'POSITION_FORGOTTEN');
      });
      store.close();
    });

    it('is told so in the middle of a long value, too', () => {
      const { files, store } = filledStore(others);
      store.apply(next(store).put(1n, 'longest', Buffer.alloc(1_000_000, 1)));
      store.sync();
      const reader = openMemory(files, { readOnly: true, cachePages: 32 });
      let reads = 0;
      files.onOperation = ({ kind, length }) => {
        if (kind !== 'read' || length < 64 * 4096 || ++reads !== 2) return;
        store.apply(next(store).purge(1n));
        store.sync();
        store.apply(next(store).put(4n, 'over', Buffer.alloc(2_000_000, 9)));
        store.sync();
      };
      expectRefused(() => reader.get(1n, 'longest'), 'SNAPSHOT_GONE');
      expect(reads).to.be.greaterThan(1);
      files.onOperation = () => {};
      reader.close();
      store.close();
    });

    it('reads a long value to its end when commits come that do not concern it', () => {
      const { files, store } = filledStore(others);
      const long = Buffer.alloc(1_000_000, 'long value/');
      store.apply(next(store).put(1n, 'longest', long));
      store.sync();
      const reader = openMemory(files, { readOnly: true, cachePages: 32 });
      let reads = 0;
      files.onOperation = ({ kind, length }) => {
        if (kind !== 'read' || length < 64 * 4096 || ++reads > 3) return;
        store.apply(next(store).put(1n, 'longest', 'short').purge(2n).put(2n, `${reads}`, Buffer.alloc(70_000, 9)));
        store.sync();
      };
      expect(Buffer.from(reader.get(1n, 'longest') ?? []).equals(long)).to.equal(true);
      expect(reads).to.be.greaterThan(3);
      files.onOperation = () => {};
      reader.close();
      store.close();
    });
  });
}

function samePage(one: Buffer, other: Buffer, page: number): boolean {
  return one.subarray(page * 4096, (page + 1) * 4096).equals(other.subarray(page * 4096, (page + 1) * 4096));
}
