/** Page 1 holds what page 0 holds: when it counts, who is told so, and who is refused. */
import { expect } from 'chai';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import { nextLeaf } from '../../src/engine/format/items.js';
import { CRC_OFFSET, PAGE_SIZE, SUPERBLOCK } from '../../src/engine/format/layout.js';
import { decodeSuperblock } from '../../src/engine/format/superblock-page.js';
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { withFile } from '../support/crashed-store.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectFile } from '../support/page-history.js';
import {
  JOURNAL_PATH,
  openPages,
  commitTo,
  changePage,
  withPages,
  pageOf,
  openReader,
  readStore,
  threeCommits,
} from '../support/pages.js';
import { expectRefused } from '../support/store-errors.js';

const COPY_USED = ['SUPERBLOCK_COPY_USED'];

const PAGES = new Map(Array.from({ length: 10 }, (_, index) => [index + 2, index + 2]));

describe('a store whose page 0 is bad', () => {
  const [first, second, third] = threeCommits() as [MemoryFiles, MemoryFiles, MemoryFiles];

  it('is read from page 1, with a note', () => {
    const zeroed = withPages(second, { 0: Buffer.alloc(PAGE_SIZE) });
    for (const files of [withPages(second, { 0: undefined }), zeroed]) {
      const before = files.get(STORE_PATH);
      expect(readStore(files)).to.deep.equal({ position: 2, notes: COPY_USED, page7: 70 });
      expect(files.get(STORE_PATH)).to.deep.equal(before);
      expect(files.openHandles).to.equal(0);
    }
    expect(readStore(second)).to.deep.equal({ position: 2, notes: [], page7: 70 });
  });

  it('is written on the base of page 1, and has both again after the next commit', () => {
    const files = withPages(second, { 0: undefined });
    commitTo(files, 3, (pager) => {
      changePage(pager, 7, 71);
    });
    expectFile(files.get(STORE_PATH), new Map(PAGES).set(7, 71));
    expect(files.get(STORE_PATH)).to.deep.equal(third.get(STORE_PATH));
  });

  it('is not written when pages are not those that page 1 tells of: it is sent to salvage', () => {
    const older = withPages(third, { 0: undefined, 1: pageOf(second, 1) });
    const journal = withFile(older, JOURNAL_PATH, Buffer.alloc(5 * PAGE_SIZE));
    for (const files of [older, journal]) {
      const before = files.paths().map((path) => files.get(path));
      const refusal = expectRefused(() => openPages(files), 'SUPERBLOCK_CORRUPTED');
      expect(refusal.hint).to.include('salvage');
      expect(files.paths().map((path) => files.get(path))).to.deep.equal(before);
      expect(files.openHandles).to.equal(0);
      expect(readStore(files).notes).to.deep.equal(COPY_USED);
    }
  });

  it('and whose page 1 is bad, too, is not opened', () => {
    const files = withPages(second, { 0: undefined, 1: undefined });
    expectRefused(() => openReader(files), 'SUPERBLOCK_CORRUPTED');
    expectRefused(() => openPages(files), 'SUPERBLOCK_CORRUPTED');
  });

  it('or shorter than a page is not a store', () => {
    const files = withFile(second, STORE_PATH, second.get(STORE_PATH).subarray(0, 4000));
    expectRefused(() => openReader(files), 'NOT_A_STORE');
  });

  it('because a later release wrote it, is left alone', () => {
    const later = pageOf(second, 0);
    later.writeUInt32LE(99, SUPERBLOCK.versionOffset);
    later.writeUInt32LE(crc32(later.subarray(0, CRC_OFFSET)), CRC_OFFSET);
    const files = withPages(second, { 0: later });
    expectRefused(() => openReader(files), 'UNSUPPORTED_VERSION');
    expectRefused(() => openPages(files), 'UNSUPPORTED_VERSION');
  });

  it('is read on when a writer has mended it meanwhile', () => {
    const files = withPages(second, { 0: undefined });
    const pages = openReader(files);
    const read7 = (): number => pages.retryOnChange(() => nextLeaf(pages.fetch(7)));
    expect(read7()).to.equal(70);
    commitTo(files, 3, (pager) => {
      changePage(pager, 7, 71);
    });
    pages.cache.drop(7);
    expect(read7()).to.equal(71);
    expect(pages.notes).to.deep.equal([]);
    pages.close();
  });

  it('of format 1 has no copy: page 1 is a page like others', () => {
    const files = new MemoryFiles();
    const store = newStore(files);
    store.apply(new WriteBatch(1n).put(1n, 'k', 'v'));
    store.sync();
    store.close();
    for (const readOnly of [true, false]) {
      expectRefused(() => openMemory(withPages(files, { 0: undefined }), { readOnly }), 'SUPERBLOCK_CORRUPTED');
    }
  });

  it('is taken from page 1 only if that is not older: a lost write of page 1 is mended by the next commit', () => {
    const files = withPages(third, { 1: pageOf(second, 1) });
    expect(readStore(files)).to.deep.equal({ position: 3, notes: [], page7: 71 });
    commitTo(files, 4, (pager) => {
      changePage(pager, 7, 72);
    });
    expectFile(files.get(STORE_PATH), new Map(PAGES).set(7, 72));
  });

  it('and is whole, but of an earlier commit than page 1, was lost when it was written', () => {
    const files = withPages(third, { 0: pageOf(second, 0) });
    expect(readStore(files)).to.deep.equal({ position: 3, notes: COPY_USED, page7: 71 });
    commitTo(files, 4, (pager) => {
      changePage(pager, 7, 72);
    });
    expectFile(files.get(STORE_PATH), new Map(PAGES).set(7, 72));
    expect(readStore(first).position).to.equal(1);
  });

  it('does not take page 1 of another store for its own, however many commits that has had', () => {
    const other = pageOf(third, 1);
    other.writeBigUInt64LE(1n, 88);
    other.writeUInt32LE(crc32(other.subarray(0, CRC_OFFSET)), CRC_OFFSET);
    expect(readStore(withPages(second, { 1: other }))).to.deep.equal({ position: 2, notes: [], page7: 70 });
  });

  it('finds the free map in its catalogue', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      const batch = new WriteBatch(1n);
      for (let table = 1n; table <= 80n; table += 1n) batch.put(table, 'key', 'value');
      store.apply(batch);
      store.sync();
      store.apply(new WriteBatch(2n).purge(3n).purge(40n));
      store.sync();
    });
    const { record } = decodeSuperblock(pageOf(files, 0));
    expect([record!.catalogue === null, record!.freePages]).to.deep.equal([false, 2]);
    const damaged = withPages(files, { 0: undefined });
    usingStore(damaged, {}, (store) => {
      store.apply(new WriteBatch(3n).put(1n, 'key', 'other'));
      store.sync();
    });
    expect(pageOf(damaged, 0).equals(pageOf(damaged, 1))).to.equal(true);
    expect(decodeSuperblock(pageOf(damaged, 0)).record!.freePages).to.equal(2);
  });
});

describe('a store with a bad page 0', () => {
  it('is read and written by the library, and its readers have a note', () => {
    const files = new MemoryFiles();
    usingStore(files, { create: true, format: 2 }, (store) => {
      store.apply(new WriteBatch(1n).put(1n, 'k', 'v'));
      store.sync();
    });
    const damaged = withPages(files, { 0: undefined });
    usingStore(damaged, { readOnly: true }, (store) => {
      expect(store.notes.map(({ code }) => code)).to.deep.equal(COPY_USED);
      expect(Buffer.from(store.get(1n, 'k')!).toString()).to.equal('v');
    });
    const store = BTreeStore.open(STORE_PATH, { files: damaged });
    store.apply(new WriteBatch(2n).put(1n, 'k', 'w'));
    store.sync();
    store.close();
    expect(pageOf(damaged, 0).equals(pageOf(damaged, 1))).to.equal(true);
  });
});
