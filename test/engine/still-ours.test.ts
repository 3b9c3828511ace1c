/**
 * The check just before a commit: a store that was moved, replaced or overwritten, or whose lock is gone, is not
 * written.
 */
import { expect } from 'chai';
import { BTreeStore, Replayer, type StoreErrorCode, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { copyOf, crashedStore } from '../support/crashed-store.js';
import { LOCK, lockText } from '../support/locked-store.js';
import { clearFaults, MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

const OTHER = '/memory/other.kmb';

/** Every file but the lock, with its bytes. */
const bytesOf = (files: MemoryFiles): [string, string][] =>
  files
    .paths()
    .filter((path) => path !== LOCK)
    .map((path) => [path, files.get(path).toString('latin1')]);

/** Another store: the same history, and one batch more. */
function otherStore(old: MemoryFiles): Buffer {
  const files = copyOf(old);
  const store = openMemory(files);
  store.apply(new WriteBatch(4n).put(1n, 'k', 'other'));
  store.sync();
  store.close();
  return files.get(STORE_PATH);
}

interface Change {
  readonly code: StoreErrorCode;
  readonly says: RegExp;
  readonly make: (files: MemoryFiles) => void;
}

/** What others may do to a store while it is open. */
const CHANGES: Record<string, Change> = {
  'is renamed': {
    code: 'STORE_REPLACED',
    says: /store\.kmb was renamed or removed while/,
    make: (files) => {
      files.rename(STORE_PATH, '/memory/moved.kmb');
    },
  },
  'is removed': {
    code: 'STORE_REPLACED',
    says: /store\.kmb was renamed or removed while/,
    make: (files) => {
      files.unlink(STORE_PATH);
    },
  },
  'is replaced by a rename': {
    code: 'STORE_REPLACED',
    says: /store\.kmb was replaced by another file while/,
    make: (files) => {
      files.rename(OTHER, STORE_PATH);
    },
  },
  'is overwritten in place': {
    code: 'STORE_REPLACED',
    says: /store\.kmb was overwritten while/,
    make: (files) => {
      files.overwrite(STORE_PATH, files.get(OTHER));
    },
  },
  'loses its lock': {
    code: 'LOCK_LOST',
    says: /the lock of .*store\.kmb was removed or taken while/,
    make: (files) => {
      files.unlink(LOCK);
    },
  },
  'has its lock taken': {
    code: 'LOCK_LOST',
    says: /the lock of .*store\.kmb was removed or taken while/,
    make: (files) => {
      files.set(LOCK, lockText({ id: 'ffffffffffff' }));
    },
  },
};

/** A store as of position 3, and beside it another one as of position 4. */
function start(format: FormatNumber): MemoryFiles {
  const { old } = crashedStore(format);
  const files = copyOf(old);
  files.set(OTHER, otherStore(old));
  return files;
}

for (const format of FORMATS)
  describe(`a store of format ${format} that while it is open to be written`, () => {
    for (const [what, { code, says, make }] of Object.entries(CHANGES)) {
      it(`${what} is not committed, and nothing is changed anywhere`, () => {
        const files = start(format);
        const store = openMemory(files);
        store.apply(new WriteBatch(4n).put(1n, 'k', 'new').put(2n, 'k', 'new').put(4n, 'k', 'new'));
        make(files);
        const before = bytesOf(files);
        const lock = files.paths().includes(LOCK) ? files.get(LOCK).toString() : undefined;
        const error = expectRefused(() => store.sync(), code);
        expect(error.message).to.match(says);
        expect(error.facts['outcome']).to.equal('not committed');
        expectRefused(() => store.sync(), 'STORE_FAILED');
        store.close();
        expect(bytesOf(files)).to.deep.equal(before);
        // A lock of its own is given back; another's stays.
        const left = files.paths().includes(LOCK) ? files.get(LOCK).toString() : undefined;
        expect(left).to.equal(what === 'has its lock taken' ? lock : undefined);
        expect(files.openHandles).to.equal(0);
      });

      it(`${what} during a commit is not committed: the check is the last thing before the journal's header`, () => {
        const files = start(format);
        const store = openMemory(files);
        store.apply(new WriteBatch(4n).put(1n, 'k', 'new').put(2n, 'k', 'new'));
        let before: [string, string][] = [];
        files.onOperation = ({ kind, path, position }) => {
          if (kind !== 'write' || !path.endsWith('-journal') || position === 0) return;
          clearFaults(files);
          make(files);
          before = bytesOf(files).filter(([name]) => !name.endsWith('-journal'));
        };
        expectRefused(() => store.sync(), code);
        store.close();
        expect(bytesOf(files)).to.deep.equal(before);
      });

      it(`${what} during a replay ends it`, () => {
        const files = start(format);
        const store = openMemory(files, { cachePages: 32 });
        const replayer = new Replayer(store, { groupBytes: 1 });
        let told = 0;
        const push = (): void => {
          for (let position = 4; position <= 40; position += 1) {
            if (position === 20) {
              make(files);
              told = 1;
            }
            const ops = [{ op: 'put', table: 1, key: `k${position}`, value: 'v' }];
            replayer.push(utf8(JSON.stringify({ position, ops })));
          }
          replayer.finish();
        };
        expect(expectRefused(push, code).message).to.match(says);
        expect(told).to.equal(1);
        store.close();
        expect(files.openHandles).to.equal(0);
      });
    }

    it('is still there is committed', () => {
      const files = start(format);
      const store = openMemory(files);
      store.apply(new WriteBatch(4n).put(1n, 'k', 'new'));
      store.sync();
      store.close();
      const read = openMemory(files, { readOnly: true });
      expect(Buffer.from(read.get(1n, utf8('k')) ?? []).toString()).to.equal('new');
      read.close();
    });
  });

for (const format of FORMATS)
  describe(`a new store of format ${format} whose lock is taken away`, () => {
    it('does not get its name', () => {
      const files = new MemoryFiles();
      const store = BTreeStore.open(STORE_PATH, { files, create: true, format });
      store.apply(new WriteBatch(1n).put(1n, 'k', 'v'));
      files.unlink(LOCK);
      expectRefused(() => store.sync(), 'LOCK_LOST');
      store.close();
      expect(files.paths()).to.deep.equal([]);
    });
  });

for (const format of FORMATS)
  describe(`a store file of format ${format} that is a mount point`, () => {
    it('is read, and not written', () => {
      const files = start(format);
      files.mountPoints.add(STORE_PATH);
      const before = bytesOf(files);
      const error = expectRefused(() => openMemory(files), 'STORE_IS_MOUNT_POINT');
      expect(error.hint).to.equal('mount the folder that the store is in');
      openMemory(files, { readOnly: true }).close();
      expect(bytesOf(files)).to.deep.equal(before);
      expect(files.paths()).to.not.include(LOCK);
    });
  });

for (const format of FORMATS)
  describe(`a reader whose store of format ${format}`, () => {
    const rows = (store: BTreeStore): string[] =>
      [1n, 2n, 3n].map((table) => Buffer.from(store.get(table, utf8('k')) ?? []).toString());

    for (const withJournal of [false, true]) {
      const beside = withJournal ? 'with a journal beside it' : 'without a journal';
      it(`is replaced by a rename, ${beside}, goes on with the file that it has`, () => {
        const files = start(format);
        const reader = openMemory(files, { readOnly: true, cachePages: 32 });
        files.rename(OTHER, STORE_PATH);
        if (withJournal) files.set(`${STORE_PATH}-journal`, crashedStore(format).inPlace.get(`${STORE_PATH}-journal`));
        expect(rows(reader)).to.deep.equal(['old', 'old', 'old']);
        reader.close();
      });
    }

    const back = (): Buffer => {
      const files = new MemoryFiles();
      const store = BTreeStore.open(STORE_PATH, { files, create: true, format });
      for (const position of [1n, 2n]) store.apply(new WriteBatch(position).put(position, 'k', 'backup'));
      store.sync();
      store.close();
      return files.get(STORE_PATH);
    };
    const otherLog = (): Buffer => {
      const files = new MemoryFiles();
      const store = BTreeStore.open(STORE_PATH, { files, create: true, format });
      for (const position of [1n, 2n, 3n]) store.apply(new WriteBatch(position).put(position, 'k', 'another'));
      store.sync();
      store.close();
      return files.get(STORE_PATH);
    };
    for (const [what, make] of Object.entries({ 'an older store': back, 'a store of another log': otherLog })) {
      it(`is overwritten in place with ${what} says so, and gives no row of it`, () => {
        const files = start(format);
        const reader = openMemory(files, { readOnly: true });
        expect(Buffer.from(reader.get(1n, utf8('k')) ?? []).toString()).to.equal('old');
        files.overwrite(STORE_PATH, make());
        expectRefused(() => rows(reader), 'STORE_REPLACED');
        reader.close();
        expect(files.openHandles).to.equal(0);
      });
    }
  });
