/** What a commit does to the disk, operation by operation, and what it costs. */
import { expect } from 'chai';
import { BTreeStore, Replayer, WriteBatch } from '../../src/engine/index.js';
import { FIRST_PAGES, type FormatNumber, FORMATS } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, STORE_PATH } from '../support/memory-store.js';
import { RecordedFiles } from '../support/recorded-files.js';

/** Values of which so many fill a page but for a little: in format 2 longer ones are not in the page of their row. */
const VALUES = { 1: { length: 2500, perPage: 1 }, 2: { length: 1900, perPage: 2 } } as const;

/** A store of this many full pages of rows. */
function storeOf(pages: number, format: FormatNumber): MemoryFiles {
  const files = new MemoryFiles();
  const store = newStore(files, format);
  const batch = new WriteBatch(1n);
  for (let row = 0; row < rowsOf(pages, format); row += 1) batch.put(1n, keyOf(row), longValue(format));
  store.apply(batch);
  store.sync();
  store.close();
  return files;
}

const rowsOf = (pages: number, format: FormatNumber): number => pages * VALUES[format].perPage;

const keyOf = (row: number): Buffer => utf8(`row/${String(row).padStart(6, '0')}`);

const longValue = (format: FormatNumber): Buffer => Buffer.alloc(VALUES[format].length, 1);

function openRecorded(before: MemoryFiles): { files: RecordedFiles; store: BTreeStore } {
  const files = new RecordedFiles(before);
  const store = BTreeStore.open(STORE_PATH, { files, cachePages: 32 });
  // Opening tries whether the directory can be synced.
  expect(files.log).to.deep.equal(['syncDirectory']);
  files.events.length = 0;
  return { files, store };
}

const bytesWritten = ({ events }: RecordedFiles): number =>
  events.reduce((sum, event) => sum + (event.kind === 'write' ? event.bytes.length : 0), 0);

const syncs = ({ events }: RecordedFiles): number =>
  events.filter(({ kind }) => kind === 'sync' || kind === 'syncDirectory').length;

const PAGE = 4096;
/** The open page of the journal, and the three before its slots. */
const JOURNAL_PAGES = 4;

/** Of a commit that changes this many pages: each is written twice, and has an entry. */
const commitBytes = (pages: number, format: FormatNumber): number =>
  pages * (2 * PAGE + 16) + (JOURNAL_PAGES + FIRST_PAGES[format]) * PAGE;

for (const format of FORMATS) {
  const bytesOf = (pages: number): number => commitBytes(pages, format);

  describe(`a commit of format ${format}`, () => {
    it('of one put changes a page by a journal, and syncs four times', () => {
      const { files, store } = openRecorded(storeOf(3, format));
      store.apply(new WriteBatch(2n).put(1n, keyOf(1), 'new'));
      store.checkpoint();
      store.close();
      expect(files.log).to.deep.equal([
        'name store.kmb-journal',
        'write store.kmb-journal 0+4096', // the open page: whose file it is
        'write store.kmb-journal 16384+4096', // the page
        'write store.kmb-journal 12288+16', // its entry
        'write store.kmb-journal 0+12288', // header and superblocks
        'sync store.kmb-journal',
        'syncDirectory',
        'write store.kmb 0+4096', // the superblock first
        'write store.kmb 8192+4096',
        ...(format === 1 ? [] : ['write store.kmb 4096+4096']), // its copy last
        'sync store.kmb',
        'unlink store.kmb-journal',
        'syncDirectory',
      ]);
      expect(bytesWritten(files)).to.equal(bytesOf(1));
      expect(syncs(files)).to.equal(4);
    });

    it('of one put while the store stays open syncs once, and says so to readers', () => {
      const { files, store } = openRecorded(storeOf(3, format));
      store.apply(new WriteBatch(2n).put(1n, keyOf(1), 'new'));
      store.sync();
      const first = files.events.length;
      store.apply(new WriteBatch(3n).put(1n, keyOf(1), 'newer'));
      store.sync();
      const second = files.events.length;
      const segment = 5 * PAGE;
      expect(files.log.slice(first)).to.deep.equal([
        `write store.kmb-journal ${segment + 16384}+4096`, // the page
        `write store.kmb-journal ${segment + 12288}+16`, // its entry
        `write store.kmb-journal ${segment}+12288`, // header and superblocks
        'sync store.kmb-journal',
        `write store.kmb-journal ${2 * segment}+4096`, // the open page of the next segment
      ]);
      store.close();
      expect(files.log.slice(second)).to.deep.equal([
        'write store.kmb 0+4096', // the superblock first
        'write store.kmb 8192+4096', // the page, once
        ...(format === 1 ? [] : ['write store.kmb 4096+4096']), // its copy last
        'sync store.kmb',
        'unlink store.kmb-journal',
        'syncDirectory',
      ]);
    });

    it('brings a few new pages to the journal, so that nothing else is synced', () => {
      const before = storeOf(3, format);
      const end = before.view(STORE_PATH).length;
      const { files, store } = openRecorded(before);
      store.apply(new WriteBatch(2n).put(1n, keyOf(9), longValue(format)));
      store.sync();
      expect(files.log.some((line) => line.startsWith('write store.kmb '))).to.equal(false);
      expect(syncs(files)).to.equal(2);
      store.close();
      expect(files.crashed(files.events.length, 'nothing').get(STORE_PATH).length).to.equal(end + PAGE);
    });

    it('writes many new pages past the end, and syncs them, before the journal is finished', () => {
      const before = storeOf(3, format);
      const end = before.view(STORE_PATH).length;
      const { files, store } = openRecorded(before);
      const batch = new WriteBatch(2n);
      for (let row = 10; row < 10 + rowsOf(300, format); row += 1) batch.put(1n, keyOf(row), longValue(format));
      store.apply(batch);
      store.checkpoint();
      store.close();
      const { log } = files;
      expect(log.some((line) => line.startsWith(`write store.kmb ${end}+`))).to.equal(true);
      expect(log.indexOf('sync store.kmb')).to.be.below(log.findIndex((line) => line.endsWith('journal 0+12288')));
      expect(syncs(files)).to.equal(5);
    });

    it('of pages that the cache has no room for writes each into the journal once, and never in place before', () => {
      const pages = 200;
      const { files, store } = openRecorded(storeOf(pages, format));
      const batch = new WriteBatch(2n);
      for (let row = 0; row < rowsOf(pages, format); row += 1) batch.put(1n, keyOf(row), 'new');
      store.apply(batch);
      expect(files.log.some((line) => line.startsWith('write store.kmb-journal'))).to.equal(true);
      expect(files.log.some((line) => line.startsWith('write store.kmb '))).to.equal(false);
      store.checkpoint();
      store.close();
      expect(syncs(files)).to.equal(4);
      expect(bytesWritten(files)).to.equal(bytesOf(pages));
      expect(files.events.filter(({ kind }) => kind === 'write').length).to.be.below(pages / 4);
    });

    it('of a group that a replay makes costs as many syncs as that of one put', () => {
      const { files, store } = openRecorded(storeOf(100, format));
      const replayer = new Replayer(store, {});
      for (let position = 2; position <= 60; position += 1) {
        const op = { op: 'put', table: 1, key: keyOf(rowsOf(position, format)).toString(), value: 'new' };
        replayer.push(utf8(JSON.stringify({ position, ops: [op] })));
      }
      replayer.finish();
      store.close();
      expect(syncs(files)).to.equal(4);
      expect(bytesWritten(files)).to.equal(bytesOf(59));
    });

    it('of nothing does nothing', () => {
      const { files, store } = openRecorded(storeOf(3, format));
      store.sync();
      store.close();
      expect(files.log).to.deep.equal([]);
    });
  });
}

describe('a commit of a store that takes pages again', () => {
  const extentPages = 300;
  /** A table in pages 2 to 5, and a value in the pages after them. */
  function storeWithValue(): MemoryFiles {
    const files = storeOf(3, 2);
    const store = BTreeStore.open(STORE_PATH, { files, cachePages: 32 });
    store.apply(new WriteBatch(2n).put(2n, 'k', Buffer.alloc(extentPages * 4052 - 3)));
    store.sync();
    store.close();
    return files;
  }

  /** What is done to pages from a page on, in the store or in the journal. */
  const writesFrom = ({ log }: RecordedFiles, page: number): string[] =>
    log.filter((line) => Number(/^write store.kmb (\d+)/.exec(line)?.[1] ?? -1) >= page * PAGE);

  it('writes an extent once, straight to its place, and not to the journal', () => {
    const { files, store } = openRecorded(storeOf(3, 2));
    store.apply(new WriteBatch(2n).put(1n, keyOf(1), Buffer.alloc(100 * 4052 - 2 - keyOf(1).length)));
    store.checkpoint();
    store.close();
    expect(files.log.slice(0, 3)).to.deep.equal([
      'write store.kmb 24576+262144', // 64 pages
      'write store.kmb 286720+147456', // 36
      'sync store.kmb',
    ]);
    expect(bytesWritten(files)).to.equal(commitBytes(1, 2) + 100 * PAGE);
    expect(syncs(files)).to.equal(5);
  });

  it('that it gives up is put in place at once', () => {
    const { files, store } = openRecorded(storeWithValue());
    store.apply(new WriteBatch(3n).purge(2n));
    store.sync();
    expect(files.log.at(-1)).to.equal('truncate store.kmb');
    expect(files.crashed(files.events.length, 'nothing').paths()).to.deep.equal([STORE_PATH]);
    store.close();
  });

  it('does not write what it frees, and cuts the file when the journal is gone', () => {
    const { files, store } = openRecorded(storeWithValue());
    const pages = 2 + 4 + extentPages + 1;
    store.apply(new WriteBatch(3n).put(2n, 'k', 'changed').purge(2n));
    store.sync();
    store.close();
    expect(files.log.slice(-3)).to.deep.equal(['unlink store.kmb-journal', 'syncDirectory', 'truncate store.kmb']);
    expect(writesFrom(files, 6)).to.deep.equal([]);
    expect(bytesWritten(files)).to.equal(commitBytes(0, 2));
    expect(files.crashed(files.events.length, 'all').get(STORE_PATH).length).to.equal((pages - extentPages - 1) * PAGE);
  });

  it('takes pages that the last one freed, and writes them in place before the journal', () => {
    const { files, store } = openRecorded(storeOf(3, 2));
    store.apply(new WriteBatch(2n).put(3n, 'last', 'stays').purge(1n));
    store.sync();
    files.events.length = 0;
    store.apply(new WriteBatch(3n).put(2n, 'k', Buffer.alloc(5000)));
    store.checkpoint();
    store.close();
    expect(files.log.slice(0, 3)).to.deep.equal([
      'write store.kmb 12288+8192', // the value
      'write store.kmb 8192+4096', // the leaf
      'sync store.kmb',
    ]);
    expect(bytesWritten(files)).to.equal(commitBytes(0, 2) + 3 * PAGE);
  });
});
