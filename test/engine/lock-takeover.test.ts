/** The lock of a dead writer is taken over, whatever comes in between; what cannot be decided ends at the deadline. */
import { expect } from 'chai';
import { BTreeStore, type FileMode, type FileSystem, StoreError, type FileHandle } from '../../src/engine/index.js';
import { encodeOpenPage } from '../../src/engine/journal/format.js';
import { utf8 } from '../support/bytes.js';
import { ForwardingFiles } from '../support/forwarding-files.js';
import { HOLDER, LOCK, lockedBy, lockText, open, seenBy, storeWith } from '../support/locked-store.js';
import { CHANGING } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import { expectRefused, refusalOf } from '../support/store-errors.js';

describe('taking over', () => {
  it('when another was faster, between our look at the dead holder and our removing it: the other has the lock', () => {
    for (let moment = 1; ; moment += 1) {
      const files = lockedBy({});
      let other: BTreeStore | undefined;
      let seen = 0;
      files.onOperation = () => {
        seen += 1;
        if (seen !== moment) return;
        files.onOperation = () => {};
        other = attemptToOpen(seenBy(files, 8, { 9: '9' }));
      };
      const ours = attemptToOpen(seenBy(files, 9, { 8: '8' }));
      const holders = [ours, other].filter((store) => store !== undefined);
      expect(holders.length, `at operation ${moment}`).to.be.at.most(1);
      if (holders.length === 1) expect(files.get(LOCK).toString()).to.include(`"pid":${ours === undefined ? 8 : 9},`);
      for (const store of holders) store.close();
      if (holders.length === 1) expect(files.paths()).to.deep.equal([STORE_PATH]);
      if (seen < moment) break;
    }
  });

  it('that a crash cut off is taken over', () => {
    const files = lockedBy({});
    files.set(`${LOCK}-takeover-${HOLDER.id}`, lockText({ pid: 8, id: 'aaaaaaaaaaaa' }));
    files.set(`${LOCK}-takeover-aaaaaaaaaaaa`, lockText({ pid: 6, id: 'bbbbbbbbbbbb' }));
    open(seenBy(files, 9)).close();
    expect(files.paths()).to.deep.equal([STORE_PATH]);
  });

  it('that another process is about is waited for, not joined', () => {
    const files = lockedBy({});
    const guard = `${LOCK}-takeover-${HOLDER.id}`;
    files.set(guard, lockText({ pid: 8, started: '8', id: 'aaaaaaaaaaaa' }));
    const error = expectRefused(() => open(seenBy(files, 9, { 8: '8' })), 'STORE_LOCKED');
    expect(error.facts).to.include({ pid: 8, lockFile: guard });
    expect(files.paths()).to.deep.equal([STORE_PATH, LOCK, guard]);
  });

  it('does not go round in circles where files that nobody made do', () => {
    const files = lockedBy({});
    files.set(`${LOCK}-takeover-${HOLDER.id}`, lockText({ id: HOLDER.id }));
    expectRefused(() => open(seenBy(files, 9)), 'STORE_LOCKED');
  });

  it('removes what killed writers have left beside the store, and nothing that is not theirs', () => {
    const files = storeWith();
    for (const purpose of ['new', 'spill', 'sort'])
      files.set(`${STORE_PATH}-${purpose}-0123456789ab`, encodeOpenPage('0123456789ab'));
    files.set(`${LOCK}-new-0123456789ab`, lockText());
    files.set(`${LOCK}-new-aaaaaaaaaaaa`, utf8(''));
    files.set(`${LOCK}-takeover-aaaaaaaaaaaa`, lockText());
    const others = [
      '-lock-new-bbbbbbbbbbbb',
      '-new-x',
      '-copy',
      '.bak',
      '-lock-new-0123456789abc',
      '-sort-x',
      '-spill-0123456789abc',
    ];
    for (const name of others) files.set(`${STORE_PATH}${name}`, lockText({ pid: 8, started: '8' }));
    open(seenBy(files, 9, { 8: '8' })).close();
    expect(files.paths()).to.deep.equal([STORE_PATH, ...others.map((name) => `${STORE_PATH}${name}`)].sort());
  });
});

/** The store, or undefined when it is locked. */
function attemptToOpen(files: FileSystem): BTreeStore | undefined {
  try {
    return open(files);
  } catch (error) {
    expect(error).to.include({ code: 'STORE_LOCKED' });
    return undefined;
  }
}

describe('a name that is taken for one call and free for another', () => {
  /** Opens nothing at a path, and makes nothing there. */
  class Disagreeing extends ForwardingFiles {
    constructor(
      inner: FileSystem,
      private readonly path: string,
    ) {
      super(inner);
    }

    override open(path: string, mode: FileMode): FileHandle {
      if (path === this.path) throw new StoreError('FILE_NOT_FOUND', `${path}: no such file`, { path });
      return super.open(path, mode);
    }

    override link(from: string, to: string): void {
      if (to === this.path) throw new StoreError('FILE_EXISTS', `${to} exists`, { path: to });
      super.link(from, to);
    }
  }

  for (const path of [LOCK, `${LOCK}-takeover-${HOLDER.id}`]) {
    it(`is waited for until the deadline, with pauses, and named: ${path}`, () => {
      const files = new Disagreeing(seenBy(lockedBy({}), 9), path);
      const error = expectRefused(() => open(files, 50), 'STORE_LOCKED');
      expect(error.facts['lockFile']).to.equal(path);
      const opening = BTreeStore.openSteps(STORE_PATH, { lockTimeoutMs: 60_000, files });
      expect(opening.next().done).to.equal(false);
      opening.return(undefined as never);
    });
  }
});

describe('a place where a store could not be kept', () => {
  it('is refused before anything is made: the directory cannot be synced', () => {
    const files = storeWith();
    files.log = [];
    files.onOperation = ({ kind, path }) => {
      if (kind === 'syncDirectory') throw new StoreError('IO_ERROR', `cannot fsync ${path}`, { errno: 'EINVAL' });
    };
    expectRefused(() => open(files), 'IO_ERROR');
    expect(files.log.filter(({ kind }) => CHANGING.includes(kind)).map(({ kind }) => kind)).to.deep.equal([
      'syncDirectory',
    ]);
  });
});

describe('a takeover on a disk that fails once', () => {
  it('comes to an end, at any operation, and keeps nobody out afterwards', () => {
    for (let nth = 1; ; nth += 1) {
      const files = lockedBy({ pid: 99, started: '99' });
      let seen = 0;
      files.onOperation = ({ kind, path }) => {
        seen += 1;
        if (seen > 1000) throw new Error(`endless after operation ${nth} failed`);
        if (seen === nth) throw new StoreError('IO_ERROR', `${kind} of ${path} failed`, { errno: 'EIO' });
      };
      refusalOf(() => {
        open(files).close();
      }, 'IO_ERROR');
      const met = seen >= nth;
      files.onOperation = () => {};
      open(seenBy(files, 2)).close();
      expect(files.paths(), `after operation ${nth} failed`).to.deep.equal([STORE_PATH]);
      if (!met) break;
    }
  });
});
