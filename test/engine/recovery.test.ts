/** What is done with a journal that is beside a store, and with what is past its end. */
import { expect } from 'chai';
import { BTreeStore, type Recovery, StoreError, WriteBatch } from '../../src/engine/index.js';
import { FIRST_PAGES, FORMATS, structureProblems } from '../support/any-format.js';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import { CRC_OFFSET, SUPERBLOCK } from '../../src/engine/format/layout.js';
import {
  copyOf,
  crashedStore,
  type CrashedStore,
  JOURNAL_PATH,
  NEW_VALUES,
  OLD_VALUES,
  valuesIn,
  withFile,
} from '../support/crashed-store.js';
import { CHANGING, clearFaults, MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const PAGE = 4096;
const BOTH = [true, false];

function recoveryOf(files: MemoryFiles): Recovery {
  const store = openMemory(files);
  store.close();
  return store.recovery;
}

/** Every file, to be compared. */
const bytesOf = (files: MemoryFiles): [string, string][] =>
  files.paths().map((path) => [path, files.get(path).toString('latin1')]);

function expectNothingChanges(files: MemoryFiles, code: StoreError['code'], readOnly: boolean): StoreError {
  const before = bytesOf(files);
  const refusal = expectRefused(() => openMemory(files, { readOnly }), code);
  expect(bytesOf(files)).to.deep.equal(before);
  expect(files.openHandles).to.equal(0);
  return refusal;
}

for (const format of FORMATS)
  describe(`a store of format ${format} with a journal beside it`, () => {
    /** The superblock and its copies. */
    const first = FIRST_PAGES[format];
    let crashed: CrashedStore;
    before(() => {
      crashed = crashedStore(format);
    });

    it('is read as the commit has it, and made so by a writer, which says what it did', () => {
      for (const start of [crashed.atCommitPoint, crashed.inPlace]) {
        const files = copyOf(start);
        expect(valuesIn(files, true)).to.equal(NEW_VALUES);
        expect(bytesOf(files)).to.deep.equal(bytesOf(start));
        expect(recoveryOf(files)).to.deep.equal({
          journal: 'played',
          pages: first + 3,
          tailBytes: 0,
          uncountedPages: 0,
        });
        expect(valuesIn(files, false)).to.equal(NEW_VALUES);
        expect(bytesOf(files)).to.deep.equal(bytesOf(crashed.new));
        expect(recoveryOf(files)).to.deep.equal({ journal: 'none', pages: 0, tailBytes: 0, uncountedPages: 0 });
      }
    });

    it('is as it was when the journal was never finished: it is passed over, then dropped', () => {
      for (const journal of [
        Buffer.alloc(0),
        Buffer.alloc(5 * PAGE),
        crashed.atCommitPoint.get(JOURNAL_PATH).subarray(0, -1),
      ]) {
        const files = withFile(crashed.atCommitPoint, JOURNAL_PATH, journal);
        expect(valuesIn(files, true)).to.equal(OLD_VALUES);
        expect(recoveryOf(files)).to.deep.equal({ journal: 'dropped', pages: 0, tailBytes: 0, uncountedPages: 0 });
        expect(bytesOf(files)).to.deep.equal(bytesOf(crashed.old));
      }
    });

    it('is mended where a page was being written, the superblock too', () => {
      for (let page = 0; page <= first + 1; page += 1) {
        const store = crashed.inPlace.get(STORE_PATH);
        store.fill(0xee, page * PAGE + 512, page * PAGE + 1024);
        const files = withFile(crashed.inPlace, STORE_PATH, store);
        expect(valuesIn(files, true), `page ${page}`).to.equal(NEW_VALUES);
        expect(valuesIn(files, false), `page ${page}`).to.equal(NEW_VALUES);
        expect(bytesOf(files)).to.deep.equal(bytesOf(crashed.new));
      }
    });

    it('of another state is refused: by its superblock, by a page, by its length', () => {
      const other = copyOf(crashed.old);
      const store = openMemory(other);
      store.apply(new WriteBatch(4n).put(1n, 'k', 'otherwise'));
      store.sync();
      store.close();
      const otherPage = crashed.old.get(STORE_PATH);
      other.get(STORE_PATH).copy(otherPage, first * PAGE, first * PAGE, (first + 1) * PAGE);
      const longer = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(PAGE)]);
      const shorter = crashed.old.get(STORE_PATH).subarray(0, -PAGE);
      for (const foreign of [longer(other.get(STORE_PATH)), longer(otherPage), shorter]) {
        for (const readOnly of BOTH) {
          const files = withFile(crashed.atCommitPoint, STORE_PATH, foreign);
          expectNothingChanges(files, 'JOURNAL_FOREIGN', readOnly);
        }
      }
    });

    it('that is damaged when its commit is half in place is refused, not forgotten', () => {
      for (const offset of [3 * PAGE + 8, 4 * PAGE + 100, 5 * PAGE + 100]) {
        const journal = crashed.inPlace.get(JOURNAL_PATH);
        journal.writeUInt8(journal.readUInt8(offset) ^ 1, offset);
        const files = withFile(crashed.inPlace, JOURNAL_PATH, journal);
        expectNothingChanges(files, 'JOURNAL_CORRUPTED', false);
        const read = (): string => valuesIn(files, true);
        expectRefused(read, 'JOURNAL_CORRUPTED', 'PAGE_CORRUPTED');
      }
    });

    it('keeps it when its superblocks are damaged and the journal cannot mend them', () => {
      const store = crashed.atCommitPoint.get(STORE_PATH);
      for (let page = 0; page < first; page += 1) store.fill(0xee, page * PAGE + 100, page * PAGE + 200);
      const files = withFile(withFile(crashed.atCommitPoint, STORE_PATH, store), JOURNAL_PATH, Buffer.alloc(100));
      for (const readOnly of BOTH) expectNothingChanges(files, 'SUPERBLOCK_CORRUPTED', readOnly);
    });

    it('that cannot be read is not opened', () => {
      for (const kind of ['open', 'read', 'size'] as const) {
        for (const readOnly of BOTH) {
          const files = copyOf(crashed.atCommitPoint);
          files.onOperation = (operation) => {
            if (operation.kind === kind && operation.path === JOURNAL_PATH) throw new StoreError('IO_ERROR', 'EIO');
          };
          expectNothingChanges(files, 'IO_ERROR', readOnly);
        }
      }
    });

    it('when only the journal is there: none is made in its place, unless it was never finished', () => {
      const files = withFile(crashed.atCommitPoint, STORE_PATH, undefined);
      expectRefused(() => openMemory(files, { create: true }), 'JOURNAL_FOREIGN');
      expect(files.paths()).to.deep.equal([JOURNAL_PATH]);
      const unfinished = withFile(files, JOURNAL_PATH, Buffer.alloc(100));
      const store = newStore(unfinished, format);
      store.sync();
      store.close();
      expect(unfinished.paths()).to.deep.equal([STORE_PATH]);
    });
  });

for (const format of FORMATS)
  describe(`a commit of format ${format} whose journal could not be synced`, () => {
    it('is not trusted to be on disk by the recovery either: a crash in that leaves one commit, whole', () => {
      const journalSync = (files: MemoryFiles): void => {
        files.onOperation = ({ kind, path }) => {
          if (kind === 'sync' && path === JOURNAL_PATH) throw new StoreError('IO_ERROR', 'EIO');
        };
      };
      const { old } = crashedStore(format);
      const random = new Random(771);
      const seen = new Set<string>();
      for (let turn = 0; turn < 300; turn += 1) {
        const files = copyOf(old);
        const store = openMemory(files);
        store.apply(new WriteBatch(4n).put(1n, 'k', 'new').put(2n, 'k', 'new').put(4n, 'k', 'new'));
        journalSync(files);
        expect(expectRefused(() => store.sync(), 'IO_ERROR').facts['outcome']).to.equal('unknown');
        clearFaults(files);
        store.close();
        let left = turn % 16;
        let crashed: MemoryFiles | undefined;
        files.onOperation = ({ kind }) => {
          if (CHANGING.includes(kind) && left-- === 0) crashed = files.crash(random);
        };
        expect(recoveryOf(files).journal).to.equal('played');
        const last = crashed === undefined;
        crashed ??= files.crash(random);
        const found = valuesIn(crashed, true);
        expect(found, `turn ${turn}`).to.be.oneOf(last ? [NEW_VALUES] : [OLD_VALUES, NEW_VALUES]);
        expect(valuesIn(crashed, false)).to.equal(found);
        seen.add(found);
      }
      expect([...seen].sort()).to.deep.equal([OLD_VALUES, NEW_VALUES]);
    });
  });

for (const format of FORMATS)
  describe(`what is past the end of a store of format ${format}`, () => {
    it('is cut off by the next writer, and not by a reader', () => {
      const { old } = crashedStore(format);
      for (const tail of [1, PAGE, 3 * PAGE + 7]) {
        const bytes = Buffer.concat([old.get(STORE_PATH), Buffer.alloc(tail, 0xaa)]);
        const files = withFile(old, STORE_PATH, bytes);
        expect(valuesIn(files, true)).to.equal(OLD_VALUES);
        expect(files.get(STORE_PATH).equals(bytes)).to.equal(true);
        expect(recoveryOf(files)).to.deep.equal({ journal: 'none', pages: 0, tailBytes: tail, uncountedPages: 0 });
        expect(bytesOf(files)).to.deep.equal(bytesOf(old));
      }
    });
  });

/** The store of a hundred rows, a page a row, whose superblock counts fewer pages than there are. */
function countingPages(pages: number, damagedPage?: number): MemoryFiles {
  const files = new MemoryFiles();
  const store = newStore(files);
  const batch = new WriteBatch(1n);
  for (let row = 0; row < 100; row += 1) batch.put(1n, Buffer.from([row]), Buffer.alloc(2500, 1));
  store.apply(batch);
  store.sync();
  store.close();
  const bytes = files.get(STORE_PATH);
  bytes.writeBigUInt64LE(BigInt(pages), SUPERBLOCK.nextPageIdOffset);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET);
  if (damagedPage !== undefined) bytes.fill(0xee, damagedPage * PAGE + 50, damagedPage * PAGE + 60);
  files.set(STORE_PATH, bytes);
  return files;
}

describe('a store whose trees point behind the end that it tells of', () => {
  it('keeps its pages, and tells of them with its next commit', () => {
    const whole = countingPages(102).get(STORE_PATH);
    expect(whole.length / PAGE).to.equal(102);
    for (const pages of [1, 2, 50, 101]) {
      const files = countingPages(pages);
      const store = openMemory(files);
      expect(store.recovery.tailBytes).to.equal(0);
      expect(store.scan(1n, {}, 1e6).length).to.equal(100);
      store.apply(new WriteBatch(2n).delete(1n, Buffer.from([7])));
      store.sync();
      store.close();
      expect(files.get(STORE_PATH).readBigUInt64LE(SUPERBLOCK.nextPageIdOffset)).to.equal(102n);
      expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
    }
  });

  it('keeps them also where damage hides whether there is such a pointer', () => {
    const store = openMemory(countingPages(102));
    const root = Number(store.tables()[0]?.root);
    store.close();
    const files = countingPages(101, root);
    expect(recoveryOf(files).tailBytes).to.equal(0);
    expect(files.get(STORE_PATH).length / PAGE).to.equal(102);
  });
});

describe('a store of more pages than a journal can name', () => {
  it('is not written', () => {
    const { old } = crashedStore();
    const open = old.open.bind(old);
    old.open = (path, mode) => ({ ...open(path, mode), size: () => (2 ** 32 + 1) * PAGE });
    expectRefused(() => openMemory(old), 'STORE_TOO_LARGE');
    expect(old.openHandles).to.equal(0);
    expect(valuesIn(old, true)).to.equal(OLD_VALUES);
  });
});

for (const format of FORMATS)
  describe(`opening a store of format ${format} in steps`, () => {
    it('that is given up lets go of the files, and of nothing else', () => {
      const { atCommitPoint } = crashedStore(format);
      for (let count = 1; ; count += 1) {
        const files = copyOf(atCommitPoint);
        const steps = BTreeStore.openSteps(STORE_PATH, { files });
        let done: boolean | undefined = false;
        for (let step = 0; step < count && done !== true; step += 1) ({ done } = steps.next());
        if (done === true) break;
        steps.return(undefined as never);
        expect(files.openHandles).to.equal(0);
        expect(valuesIn(files, false)).to.equal(NEW_VALUES);
      }
    });
  });

for (const format of FORMATS)
  describe(`a store of format ${format} with two names`, () => {
    it('is not written, unless the second one is what a crash left of its making', () => {
      const { old } = crashedStore(format);
      old.link(STORE_PATH, '/memory/other.kmb');
      expectNothingChanges(old, 'STORE_HAS_LINKS', false);
      expect(valuesIn(old, true)).to.equal(OLD_VALUES);
      old.unlink('/memory/other.kmb');
      old.link(STORE_PATH, `${STORE_PATH}-new-0123456789ab`);
      expect(valuesIn(old, false)).to.equal(OLD_VALUES);
      expect(old.paths()).to.deep.equal([STORE_PATH]);
    });
  });
