/** What an error of a commit says of it: whether it happened, and that is how the store is found. */
import { expect } from 'chai';
import { StoreError, WriteBatch } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { copyOf, crashedStore, NEW_VALUES, OLD_VALUES, valuesIn } from '../support/crashed-store.js';
import { clearFaults, injectFault, type MemoryFiles, type OperationKind } from '../support/memory-files.js';
import { openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

/** Every file, to be compared. */
const bytesOf = (files: MemoryFiles): [string, string][] =>
  files.paths().map((path) => [path, files.get(path).toString('latin1')]);

interface FailedCommit {
  readonly kind: OperationKind;
  readonly path: string;
  readonly outcome: unknown;
  readonly files: MemoryFiles;
}

/** The same commit again and again, each time with the next of its operations failing. */
function failedCommits(old: MemoryFiles): FailedCommit[] {
  const failed: FailedCommit[] = [];
  for (let nth = 1; ; nth += 1) {
    const files = copyOf(old);
    const store = openMemory(files);
    store.apply(new WriteBatch(4n).put(1n, 'k', 'new').put(2n, 'k', 'new').put(4n, 'k', 'new'));
    const kinds: OperationKind[] = ['create', 'write', 'truncate', 'sync', 'syncDirectory', 'unlink', 'copyOwner'];
    const tally = injectFault(files, { kinds, nth });
    const inject = files.onOperation;
    let met: { kind: OperationKind; path: string } | undefined;
    files.onOperation = (operation) => {
      const before = tally.failed;
      try {
        inject(operation);
      } finally {
        if (tally.failed > before) met = operation;
      }
    };
    let error: unknown;
    try {
      store.sync();
    } catch (thrown) {
      error = thrown;
    }
    clearFaults(files);
    if (error instanceof StoreError && met !== undefined) {
      expect(error.code).to.equal('IO_ERROR');
      const { outcome } = error.facts;
      const later = expectRefused(() => store.get(1n, Buffer.from('k')), 'STORE_FAILED');
      expect(later.facts['outcome']).to.equal(outcome);
      failed.push({ kind: met.kind, path: met.path, outcome, files });
    }
    store.close();
    expect(files.openHandles).to.equal(0);
    if (error === undefined) return failed;
  }
}

for (const format of FORMATS)
  describe(`a commit of format ${format} that fails`, () => {
    it('says whether it stands, and that is how the store is found', () => {
      const { old } = crashedStore(format);
      const failed = failedCommits(old);
      expect(
        failed.map(({ kind, path, outcome }) => `${kind} ${path.replace(/^.*\//, '')}: ${String(outcome)}`),
      ).to.deep.equal([
        'create store.kmb-journal: not committed',
        'write store.kmb-journal: not committed',
        'copyOwner store.kmb-journal: not committed',
        'write store.kmb-journal: not committed',
        'write store.kmb-journal: not committed',
        'write store.kmb-journal: not committed',
        'sync store.kmb-journal: unknown',
        'syncDirectory memory: unknown',
        'write store.kmb: committed',
        'write store.kmb: committed',
        'write store.kmb: committed',
        ...(format === 1 ? [] : ['write store.kmb: committed']),
        'sync store.kmb: committed',
        'unlink store.kmb-journal: committed',
        'syncDirectory memory: committed',
      ]);
      for (const { outcome, files } of failed) {
        if (outcome === 'not committed') expect(bytesOf(files)).to.deep.equal(bytesOf(old));
        const expected = outcome === 'not committed' ? [OLD_VALUES] : [NEW_VALUES];
        expect([valuesIn(files, true)]).to.deep.equal(expected);
        expect([valuesIn(files, false)]).to.deep.equal(expected);
        expect(files.paths()).to.deep.equal([STORE_PATH]);
      }
    });

    it('never syncs again what could not be synced', () => {
      const { old } = crashedStore(format);
      const files = copyOf(old);
      const store = openMemory(files);
      store.apply(new WriteBatch(4n).put(1n, 'k', 'new'));
      injectFault(files, { kinds: ['sync'], nth: 1 });
      expectRefused(() => store.sync(), 'IO_ERROR');
      clearFaults(files);
      const syncs = files.count('sync');
      expectRefused(() => store.sync(), 'STORE_FAILED');
      store.close();
      expect(files.count('sync')).to.equal(syncs);
    });
  });
