/** The writer lock on a machine whose processes the tests make up: who gets it, who is told what, and what is left behind. */
import { expect } from 'chai';
import { BTreeStore, type FileSystem, type ProcessFacts, StoreError, WriteBatch } from '../../src/engine/index.js';
import { WriterLock } from '../../src/engine/commit/writer-lock.js';
import { runSteps } from '../../src/engine/steps.js';
import { utf8 } from '../support/bytes.js';
import { FakeProcesses } from '../support/fake-processes.js';
import { ForwardingFiles } from '../support/forwarding-files.js';
import { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import { expectRefused, refusalOf } from '../support/store-errors.js';

const LOCK = `${STORE_PATH}-lock`;
const SINCE = '2026-01-02T03:04:05.678Z';

/** The files as process number `pid` of the same machine sees them; `running` are the others that run, and when they started. */
function seenBy(files: MemoryFiles, pid: number, running: Record<number, string | null> = {}): FileSystem {
  const processes = new FakeProcesses({ pid, started: `${pid}` });
  for (const [other, started] of Object.entries(running)) processes.running.set(Number(other), started);
  return new ForwardingFiles(files, processes);
}

const open = (files: FileSystem, lockTimeoutMs = 0): BTreeStore =>
  BTreeStore.open(STORE_PATH, { create: true, lockTimeoutMs, files });

function storeWith(files = new MemoryFiles()): MemoryFiles {
  const store = open(files);
  store.apply(new WriteBatch(1n).put(1n, 'k', 'v'));
  store.sync();
  store.close();
  return files;
}

const HOLDER = {
  id: '0123456789ab',
  pid: 7,
  started: '7',
  namespace: 'pid:[1]',
  boot: 'boot-1',
  host: 'memory',
  since: SINCE,
};

const lockText = (facts: Partial<ProcessFacts> & { id?: string } = {}): Buffer =>
  utf8(`${JSON.stringify({ ...HOLDER, ...facts })}\n`);

function lockedBy(facts: Partial<ProcessFacts>): MemoryFiles {
  const files = storeWith();
  files.set(LOCK, lockText(facts));
  return files;
}

describe('the lock file', () => {
  it('is one line of JSON beside the store, from opening to closing, before the store is made too', () => {
    const files = new MemoryFiles();
    for (const round of ['made', 'opened']) {
      const store = open(seenBy(files, 9));
      const text = files.get(LOCK).toString();
      expect(text, round).to.match(
        /^\{"id":"[0-9a-f]{12}","pid":9,"started":"9","namespace":"pid:\[1\]","boot":"boot-1",/,
      );
      expect(text).to.match(/"host":"memory","since":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ"\}\n$/);
      store.sync();
      expect(files.paths()).to.deep.equal([STORE_PATH, LOCK]);
      store.close();
      expect(files.paths()).to.deep.equal([STORE_PATH]);
      store.close();
    }
  });

  it('is on the disk before it has its name', () => {
    const files = new MemoryFiles();
    files.log = [];
    open(files).close();
    const changes = files.log.filter(({ path }) => path.startsWith(LOCK)).map(({ kind }) => kind);
    const first = (kind: string): number => changes.findIndex((other) => other === kind);
    expect([first('create'), first('write'), first('sync'), first('link')]).to.deep.equal(
      [first('create'), first('write'), first('sync'), first('link')].sort((a, b) => a - b),
    );
  });

  it('is asked for before a commit: removed, or of somebody else, it is not held', () => {
    const files = storeWith();
    const take = (): WriterLock => runSteps(WriterLock.acquire(files, STORE_PATH, 0));
    const lock = take();
    const text = files.get(LOCK);
    expect(lock.isHeld()).to.equal(true);
    files.set(LOCK, lockText());
    expect(lock.isHeld()).to.equal(false);
    files.unlink(LOCK);
    expect(lock.isHeld()).to.equal(false);
    files.set(LOCK, text);
    expect(lock.isHeld()).to.equal(true);
    lock.release();
    expect(lock.isHeld()).to.equal(false);
    expect(files.paths()).to.deep.equal([STORE_PATH]);
  });

  it('is not needed by readers, who read beside a writer', () => {
    const files = storeWith();
    const writer = open(files);
    const reader = BTreeStore.open(STORE_PATH, { readOnly: true, files: seenBy(files, 9, { 1: '1' }) });
    expect(reader.appliedPosition).to.equal(1n);
    reader.close();
    expect(files.paths()).to.deep.equal([STORE_PATH, LOCK]);
    writer.close();
  });

  it('goes when opening fails', () => {
    const files = new MemoryFiles();
    files.set(STORE_PATH, utf8('no store'));
    expectRefused(() => open(files), 'NOT_A_STORE');
    expectRefused(() => BTreeStore.open(STORE_PATH, { cachePages: 1, files }), 'NOT_A_STORE', 'INVALID_ARGUMENT');
    expect(files.paths()).to.deep.equal([STORE_PATH]);
    expect(files.openHandles).to.equal(0);
  });

  it('of somebody else is left alone, though its place was ours', () => {
    const files = storeWith();
    const store = open(files);
    files.set(LOCK, lockText());
    store.close();
    expect(files.get(LOCK).equals(lockText())).to.equal(true);
  });
});

describe('a store that another process holds', () => {
  it("is refused, by the holder's pid, host and time", () => {
    const files = lockedBy({});
    const error = expectRefused(() => open(seenBy(files, 9, { 7: '7' })), 'STORE_LOCKED');
    expect(error.message).to.equal(`${STORE_PATH} is being written by process 7 on memory, since ${SINCE}`);
    expect(error.facts).to.deep.equal({ path: STORE_PATH, lockFile: LOCK, pid: 7, host: 'memory', since: SINCE });
    expect(error.hint).to.equal(undefined);
    expect(files.paths()).to.deep.equal([STORE_PATH, LOCK]);
  });

  it('is waited for, and had when it is free', () => {
    const files = storeWith();
    const holder = open(seenBy(files, 7));
    const opening = BTreeStore.openSteps(STORE_PATH, { lockTimeoutMs: 60_000, files: seenBy(files, 9, { 7: '7' }) });
    for (let step = 0; step < 3; step += 1) expect(opening.next().done).to.equal(false);
    holder.close();
    const { done, value } = opening.next();
    expect(done).to.equal(true);
    (value as BTreeStore).close();
    expect(files.paths()).to.deep.equal([STORE_PATH]);
  });

  it('is waited for as long as was said, in steps that may be given up', () => {
    const files = lockedBy({});
    const begin = performance.now();
    expectRefused(() => open(seenBy(files, 9, { 7: '7' }), 100), 'STORE_LOCKED');
    expect(performance.now() - begin).to.be.within(100, 2000);
    const opening = BTreeStore.openSteps(STORE_PATH, { lockTimeoutMs: 60_000, files: seenBy(files, 9, { 7: '7' }) });
    opening.next();
    opening.return(undefined as never);
    expect(files.paths()).to.deep.equal([STORE_PATH, LOCK]);
    expectRefused(() => open(files, -1), 'INVALID_ARGUMENT');
    expectRefused(() => open(files, Number.NaN), 'INVALID_ARGUMENT');
  });

  it('is refused at once when the holder is this process', () => {
    const files = storeWith();
    const first = open(files);
    const error = expectRefused(() => open(files, 60_000), 'STORE_LOCKED');
    expect(error.message).to.match(/^\/memory\/store\.kmb is open for writing in this process already/);
    first.close();
    open(files).close();
  });

  it('is made once, by whoever came first', () => {
    const files = new MemoryFiles();
    const first = open(seenBy(files, 7));
    const opening = BTreeStore.openSteps(STORE_PATH, {
      create: true,
      lockTimeoutMs: 60_000,
      files: seenBy(files, 9, { 7: '7' }),
    });
    opening.next();
    first.apply(new WriteBatch(1n));
    first.sync();
    first.close();
    const second = opening.next().value as BTreeStore;
    expect(second.appliedPosition).to.equal(1n);
    second.close();
  });
});

describe('a holder', () => {
  const DEAD: Record<string, { facts?: Partial<ProcessFacts>; running?: Record<number, string | null> }> = {
    'that runs no more': {},
    'whose pid another process has': { running: { 7: '8' } },
    'of an earlier start of the machine': { facts: { boot: 'boot-0', namespace: 'pid:[9]' }, running: { 7: '7' } },
    'without a start time that runs no more': { facts: { started: null } },
  };
  for (const [which, { facts = {}, running = {} }] of Object.entries(DEAD)) {
    it(`${which} is dead: the lock is taken over at once`, () => {
      const files = lockedBy(facts);
      const store = open(seenBy(files, 9, running));
      expect(files.get(LOCK).toString()).to.include('"pid":9');
      store.close();
      expect(files.paths()).to.deep.equal([STORE_PATH]);
    });
  }

  const UNKNOWN: Record<string, { facts: Partial<ProcessFacts>; running?: Record<number, string | null> }> = {
    'in another pid namespace': { facts: { namespace: 'pid:[2]' } },
    'in another pid namespace under a pid that runs here': { facts: { namespace: 'pid:[2]' }, running: { 7: '8' } },
    'that does not know its start of the machine': { facts: { boot: null } },
    'that does not know its namespace': { facts: { namespace: null } },
  };
  for (const [which, { facts, running = {} }] of Object.entries(UNKNOWN)) {
    it(`${which} may live: the lock stays, and the error names the file to remove`, () => {
      const files = lockedBy(facts);
      const error = expectRefused(() => open(seenBy(files, 9, running)), 'STORE_LOCKED');
      expect(error.hint).to.equal(`if nothing writes the store any more, remove ${LOCK}`);
      expect(files.get(LOCK).equals(lockText(facts))).to.equal(true);
    });
  }

  it('that has no start time, under a pid that runs, lives', () => {
    expectRefused(() => open(seenBy(lockedBy({ started: null }), 9, { 7: '8' })), 'STORE_LOCKED');
    expectRefused(() => open(seenBy(lockedBy({}), 9, { 7: null })), 'STORE_LOCKED');
  });

  it('on another machine without namespaces may live', () => {
    const files = lockedBy({ namespace: null, boot: null, host: 'elsewhere' });
    const processes = new FakeProcesses({ pid: 9, namespace: null, boot: null });
    expectRefused(() => open(new ForwardingFiles(files, processes)), 'STORE_LOCKED');
    files.set(LOCK, lockText({ namespace: null, boot: null }));
    open(new ForwardingFiles(files, processes)).close();
  });

  for (const text of [
    '',
    '{',
    'null',
    '7\n',
    JSON.stringify({ ...HOLDER, pid: 0 }),
    JSON.stringify({ ...HOLDER, pid: -1 }),
    JSON.stringify({ ...HOLDER, pid: 2 ** 31 }),
    JSON.stringify({ ...HOLDER, id: '../../../etc' }),
    JSON.stringify({ ...HOLDER, started: 7 }),
    JSON.stringify({ ...HOLDER, host: 'x'.repeat(5000) }),
  ]) {
    it(`that cannot be read from the lock file may live: ${text.slice(0, 60)}`, () => {
      const files = storeWith();
      files.set(LOCK, utf8(text));
      const error = expectRefused(() => open(seenBy(files, 9)), 'STORE_LOCKED');
      expect(error.facts).to.deep.equal({ path: STORE_PATH, lockFile: LOCK, pid: null, host: null, since: null });
      expect(error.hint).to.equal(`if nothing writes the store any more, remove ${LOCK}`);
      expect(files.get(LOCK).toString()).to.equal(text);
    });
  }
});

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
    for (const purpose of ['new', 'spill', 'sort']) files.set(`${STORE_PATH}-${purpose}-0123456789ab`, utf8('half'));
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
