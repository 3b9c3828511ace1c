/** A journal beside a store with two superblocks: what it repairs, and when it is another's. */
import { expect } from 'chai';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import { CRC_OFFSET } from '../../src/engine/format/layout.js';
import { JOURNAL } from '../../src/engine/journal/format.js';
import type { Pager } from '../../src/engine/pager/pager.js';
import { copyOf, withFile } from '../support/crashed-store.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import { expectFile } from '../support/page-history.js';
import {
  JOURNAL_PATH,
  openPages,
  workAndCommit,
  storeOfPages,
  commitTo,
  makeExtent,
  makePage,
  changePage,
  withPages,
  pageOf,
  openReader,
  readStore,
} from '../support/pages.js';
import { RecordedFiles } from '../support/recorded-files.js';
import { expectRefused } from '../support/store-errors.js';

/** A store whose commit was cut off after the journal was complete, and how the store went on. */
function crashedCommit(
  before: MemoryFiles,
  work: (pager: Pager) => void,
): { crashed: MemoryFiles; after: MemoryFiles } {
  const files = new RecordedFiles(before);
  const { pager } = openPages(files);
  workAndCommit(pager, 2, () => {
    work(pager);
  });
  pager.close();
  const committed = files.log.indexOf('sync store.kmb-journal') + 2;
  return { crashed: files.crashed(committed, 'nothing'), after: files.crashed(files.events.length, 'all') };
}

const change7 = (pager: Pager): void => {
  changePage(pager, 7, 70);
};

const PAGES = new Map(Array.from({ length: 10 }, (_, index) => [index + 2, index + 2]));

describe('a complete journal beside a store with two superblocks', () => {
  const { crashed, after } = crashedCommit(storeOfPages(10), change7);
  const JOURNALLED = { position: 2, notes: [], page7: 70 };

  it('is rolled forward, whatever is in pages 0 and 1', () => {
    const next = pageOf(after, 0);
    const torn = [{}, { 0: undefined }, { 1: undefined }, { 0: undefined, 1: undefined }];
    const written = [{ 0: next }, { 0: next, 1: undefined }, { 0: next, 1: next }, { 0: undefined, 1: next }];
    for (const pages of [...torn, ...written]) {
      const files = withPages(crashed, pages);
      expect(readStore(files)).to.deep.equal(JOURNALLED);
      openPages(files).pager.close();
      expect(files.paths()).to.deep.equal([STORE_PATH]);
      expect(files.get(STORE_PATH)).to.deep.equal(after.get(STORE_PATH));
    }
  });

  it('is foreign when page 0 is bad and page 1 is neither of its superblocks', () => {
    const later = copyOf(after);
    commitTo(later, 3, (pager) => {
      changePage(pager, 8, 80);
    });
    const files = withPages(crashed, { 0: undefined, 1: pageOf(later, 1) });
    expectRefused(() => openReader(files), 'JOURNAL_FOREIGN');
    expectRefused(() => openPages(files), 'JOURNAL_FOREIGN');
    expect(files.paths()).to.deep.equal([STORE_PATH, JOURNAL_PATH]);
  });

  it('says version 4, so that a release that does not know page 1 refuses it; version 3 is refused here', () => {
    const journal = crashed.get(JOURNAL_PATH);
    expect(journal.readUInt32LE(JOURNAL.versionOffset)).to.equal(4);
    journal.writeUInt32LE(3, JOURNAL.versionOffset);
    journal.writeUInt32LE(crc32(journal.subarray(0, CRC_OFFSET)), CRC_OFFSET);
    const files = withFile(crashed, JOURNAL_PATH, journal);
    expectRefused(() => openReader(files), 'UNSUPPORTED_VERSION');
    expectRefused(() => openPages(files), 'UNSUPPORTED_VERSION');
  });
});

describe('a journal that comes back after it was removed', () => {
  // The commit changes page 7, and frees page 8, which it has changed before.
  const { crashed, after } = crashedCommit(storeOfPages(10), (pager) => {
    changePage(pager, 7, 70);
    changePage(pager, 8, 80);
    pager.free([8]);
  });
  const journal = crashed.get(JOURNAL_PATH);

  it('does no harm as long as page 0 is what it leads to, though pages that it freed are overwritten', () => {
    const files = new RecordedFiles(after);
    const { pager } = openPages(files);
    workAndCommit(pager, 3, () => {
      makeExtent(pager, 1, 90);
    });
    pager.close();
    // Page 8 is taken and synced; the commit does not happen.
    const stopped = files.crashed(files.log.indexOf('sync store.kmb') + 1, 'nothing');
    expect(pageOf(stopped, 8).equals(pageOf(after, 8))).to.equal(false);
    const back = withFile(stopped, JOURNAL_PATH, journal);
    expect(readStore(back)).to.deep.equal({ position: 2, notes: [], page7: 70 });
    openPages(back).pager.close();
    const contents = new Map(PAGES).set(7, 70);
    contents.delete(8);
    expectFile(back.get(STORE_PATH), contents);
  });

  it('is foreign when page 0 is newer', () => {
    const later = copyOf(after);
    commitTo(later, 3, (pager) => {
      makePage(pager, 90);
    });
    const back = withFile(later, JOURNAL_PATH, journal);
    expectRefused(() => openReader(back), 'JOURNAL_FOREIGN');
    expectRefused(() => openPages(back), 'JOURNAL_FOREIGN');
  });
});
