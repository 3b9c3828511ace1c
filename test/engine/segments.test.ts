/** A journal of several commits: what readers and writers make of it, whole, cut short and damaged. */
import { expect } from 'chai';
import { type BTreeStore, StoreError, WriteBatch } from '../../src/engine/index.js';
import { segmentLength } from '../../src/engine/journal/format.js';
import { type FormatNumber, FORMATS, structureProblems } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { copyOf, JOURNAL_PATH, withFile } from '../support/crashed-store.js';
import { clearFaults, injectFault, MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

const PAGE = 4096;
/** Of a commit that changes one page. */
const SEGMENT = segmentLength(1);

/** A store at position 1, open, whose commits stay in the journal. */
function openedStore(format: FormatNumber): { files: MemoryFiles; store: BTreeStore } {
  const files = new MemoryFiles();
  const made = newStore(files, format);
  made.apply(new WriteBatch(1n).put(1n, 'k', '1').put(2n, 'k', '1'));
  made.sync();
  made.close();
  return { files, store: openMemory(files, { journalBytes: Infinity }) };
}

/** One more commit, of a page of table 1. */
function commit(store: BTreeStore, table = 1n): void {
  const position = store.appliedPosition + 1n;
  store.apply(new WriteBatch(position).put(table, 'k', `${position}`));
  store.sync();
}

/** Four commits that nobody has put in place: positions 2 to 5. */
function abandoned(format: FormatNumber): MemoryFiles {
  const { files, store } = openedStore(format);
  for (let count = 0; count < 4; count += 1) commit(store);
  const left = copyOf(files);
  store.close();
  return withFile(left, `${STORE_PATH}-lock`, undefined);
}

const readerSees = (files: MemoryFiles): string =>
  usingStore(files, { readOnly: true }, (store) => `${store.appliedPosition} ${valueOf(store)}`);

const writerSees = (files: MemoryFiles): string =>
  usingStore(files, {}, (store) => `${store.appliedPosition} ${valueOf(store)} ${store.recovery.journal}`);

const valueOf = (store: BTreeStore): string => Buffer.from(store.get(1n, utf8('k')) ?? []).toString();

const cut = (files: MemoryFiles, length: number): MemoryFiles =>
  withFile(files, JOURNAL_PATH, files.get(JOURNAL_PATH).subarray(0, length));

const damaged = (files: MemoryFiles, offset: number): MemoryFiles => {
  const journal = files.get(JOURNAL_PATH);
  journal.writeUInt8(journal.readUInt8(offset) ^ 1, offset);
  return withFile(files, JOURNAL_PATH, journal);
};

for (const format of FORMATS)
  describe(`a journal of several commits beside a store of format ${format}`, () => {
    it('is read as of the last one, and played in whole', () => {
      const files = abandoned(format);
      expect(files.get(JOURNAL_PATH).length).to.equal(4 * SEGMENT + PAGE);
      expect(readerSees(files)).to.equal('5 5');
      expect(writerSees(files)).to.equal('5 5 played');
      expect(files.paths()).to.deep.equal([STORE_PATH]);
      expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
    });

    it('counts up to the first that is cut short', () => {
      for (const [length, sees] of [
        [4 * SEGMENT, '5 5'],
        [4 * SEGMENT - 1, '4 4'],
        [3 * SEGMENT + 1, '4 4'],
        [3 * SEGMENT - PAGE, '3 3'],
        [SEGMENT, '2 2'],
      ] as const) {
        const files = cut(abandoned(format), length);
        expect(readerSees(files), `${length} bytes`).to.equal(sees);
        expect(writerSees(files), `${length} bytes`).to.equal(`${sees} played`);
        expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
      }
    });

    it('is refused to be played when one is damaged after which others stand, or that is said to be synced', () => {
      // Headers, superblocks, entries and images.
      for (const offset of [0, 1, 2, 3, 4].map((page) => page * PAGE + 16)) {
        for (const segment of [1, 2, 3]) {
          const files = damaged(abandoned(format), segment * SEGMENT + offset);
          const before = files.get(STORE_PATH);
          expectRefused(() => writerSees(files), 'JOURNAL_CORRUPTED');
          expect(files.get(STORE_PATH).equals(before)).to.equal(true);
          expect(files.paths()).to.deep.equal([STORE_PATH, JOURNAL_PATH]);
        }
      }
    });

    it('does not hide a damaged image from a reader', () => {
      const files = damaged(abandoned(format), 3 * SEGMENT + 4 * PAGE + 100);
      expectRefused(() => readerSees(files), 'JOURNAL_CORRUPTED');
    });

    it('loses the last commit only when it was not synced, whatever is torn in it', () => {
      const whole = abandoned(format);
      for (let page = 0; page < 5; page += 1) {
        const files = damaged(cut(whole, 4 * SEGMENT), 3 * SEGMENT + page * PAGE + 16);
        expect(readerSees(files), `page ${page}`).to.equal('4 4');
        expect(writerSees(files), `page ${page}`).to.equal('4 4 played');
      }
    });

    it('says of each commit whether it is on disk', () => {
      const { files, store } = openedStore(format);
      commit(store);
      const reader = openMemory(files, { readOnly: true });
      expect(reader.standing.isDurable).to.equal(true);
      const synced = copyOf(files);
      reader.close();
      store.close();
      // The open page of the next segment was not written.
      const unsaid = cut(withFile(synced, `${STORE_PATH}-lock`, undefined), SEGMENT);
      usingStore(unsaid, { readOnly: true }, ({ standing }) => expect(standing.isDurable).to.equal(false));
    });

    it('lets a reader go on with what it sees, and with the newest when it asks', () => {
      const { files, store } = openedStore(format);
      const reader = openMemory(files, { readOnly: true });
      for (let count = 2; count < 6; count += 1) {
        commit(store);
        expect(reader.appliedPosition).to.equal(BigInt(count - 1));
        expect(valueOf(reader)).to.equal(`${count - 1}`);
        reader.refresh();
        expect(`${reader.appliedPosition} ${valueOf(reader)}`).to.equal(`${count} ${count}`);
      }
      store.checkpoint();
      expect(valueOf(reader)).to.equal('5');
      commit(store);
      reader.refresh();
      expect(valueOf(reader)).to.equal('6');
      reader.close();
      store.close();
    });

    it('is put in place by a checkpoint, by its size, and by closing', () => {
      const { files, store } = openedStore(format);
      commit(store);
      store.checkpoint();
      expect(files.paths()).to.not.include(JOURNAL_PATH);
      store.checkpoint();
      store.close();
      const small = openMemory(files, { journalBytes: 3 * SEGMENT });
      const isThere = Array.from({ length: 6 }, () => {
        commit(small);
        return files.paths().includes(JOURNAL_PATH);
      });
      expect(isThere).to.deep.equal([true, true, false, true, true, false]);
      commit(small);
      small.close();
      expect(files.paths()).to.deep.equal([STORE_PATH]);
      expect(readerSees(files)).to.equal('9 9');
    });

    it('keeps what was committed when a later commit fails, and refuses further work', () => {
      for (const kind of ['write', 'sync'] as const) {
        const { files, store } = openedStore(format);
        commit(store);
        commit(store);
        store.apply(new WriteBatch(4n).put(1n, 'k', '4'));
        injectFault(files, { kinds: [kind], nth: 1 });
        const error = expectRefused(() => store.sync(), 'IO_ERROR');
        clearFaults(files);
        expectRefused(() => valueOf(store), 'STORE_FAILED');
        store.close();
        const isUnknown = error.facts['outcome'] === 'unknown';
        expect(isUnknown).to.equal(kind === 'sync');
        expect(readerSees(files)).to.equal(isUnknown ? '4 4' : '3 3');
        expect(writerSees(files)).to.equal(`${isUnknown ? '4 4' : '3 3'} played`);
      }
    });

    it('is left when it cannot be put in place at the end, and the error says that the commits stand', () => {
      const { files, store } = openedStore(format);
      commit(store);
      injectFault(files, { kinds: ['sync'], nth: 1 });
      const error = expectRefused(() => {
        store.close();
      }, 'IO_ERROR');
      clearFaults(files);
      expect(error.facts['outcome']).to.equal('committed');
      expect(files.openHandles).to.equal(0);
      expect(writerSees(files)).to.equal('2 2 played');
    });

    it('is not synced again when a checkpoint could not be synced, and is played in by the next writer', () => {
      const { files, store } = openedStore(format);
      commit(store);
      injectFault(files, { kinds: ['sync'], nth: 1 });
      expect(expectRefused(() => store.checkpoint(), 'IO_ERROR').facts['outcome']).to.equal('committed');
      clearFaults(files);
      const syncs = files.count('sync');
      expectRefused(() => store.checkpoint(), 'STORE_FAILED');
      store.close();
      expect(files.count('sync')).to.equal(syncs);
      expect(readerSees(files)).to.equal('2 2');
      expect(writerSees(files)).to.equal('2 2 played');
    });

    it('is put in place from the open file when its name is taken away', () => {
      const { files, store } = openedStore(format);
      commit(store);
      files.unlink(JOURNAL_PATH);
      store.apply(new WriteBatch(3n).put(1n, 'k', '3'));
      const error = expectRefused(() => store.sync(), 'STORE_REPLACED');
      expect(error).to.be.instanceOf(StoreError);
      expect(error.facts['outcome']).to.equal('not committed');
      store.close();
      expect(files.paths()).to.deep.equal([STORE_PATH]);
      expect(readerSees(files)).to.equal('2 2');
    });
  });

describe('journalBytes', () => {
  it('is 0 or more', () => {
    expectRefused(() => openMemory(new MemoryFiles(), { create: true, journalBytes: -1 }), 'INVALID_ARGUMENT');
    expectRefused(() => openMemory(new MemoryFiles(), { create: true, journalBytes: NaN }), 'INVALID_ARGUMENT');
  });
});
