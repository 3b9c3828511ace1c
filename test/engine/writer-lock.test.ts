/** The writer lock on a machine whose processes the tests make up: who gets it, and who is told what. */
import { expect } from 'chai';
import { BTreeStore, type KernelFacts, type ProcessFacts, WriteBatch } from '../../src/engine/index.js';
import { WriterLock } from '../../src/engine/lock/writer-lock.js';
import { runSteps } from '../../src/engine/steps.js';
import { utf8 } from '../support/bytes.js';
import { FakeProcesses } from '../support/fake-processes.js';
import { ForwardingFiles } from '../support/forwarding-files.js';
import { HOLDER, LOCK, SINCE, lockedBy, lockText, open, seenBy, storeWith } from '../support/locked-store.js';
import { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

describe('the lock file', () => {
  it('is one line of JSON beside the store, from opening to closing, before the store is made too', () => {
    const files = new MemoryFiles();
    for (const round of ['made', 'opened']) {
      const store = open(seenBy(files, 9));
      const text = files.get(LOCK).toString();
      expect(text, round).to.match(
        /^\{"id":"[0-9a-f]{12}","pid":9,"started":"9","namespace":"pid:\[1\]","boot":"boot-1",/,
      );
      expect(text).to.match(
        /,"kernelStart":1700000000,"uptime":5000,"host":"memory","since":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ"\}\n$/,
      );
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
  const DEAD: Record<string, { facts?: Partial<ProcessFacts & KernelFacts>; running?: Record<number, string | null> }> =
    {
      'that runs no more': {},
      'whose pid another process has': { running: { 7: '8' } },
      'of a kernel that started more than a minute earlier': {
        facts: { boot: 'boot-0', namespace: 'pid:[9]', kernelStart: 1_699_999_939 },
        running: { 7: '7' },
      },
      'of a kernel that started more than a minute later, the clock was wrong': {
        facts: { boot: 'boot-0', kernelStart: 1_700_000_061 },
        running: { 7: '7' },
      },
      'of a kernel that had been running for longer than this one': {
        facts: { boot: 'boot-0', uptime: 5001 },
        running: { 7: '7' },
      },
      'of a kernel whose start is not known, and that had been running for longer': {
        facts: { boot: 'boot-0', kernelStart: null, uptime: 5001 },
        running: { 7: '7' },
      },
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

  const UNKNOWN: Record<
    string,
    { facts: Partial<ProcessFacts & KernelFacts>; running?: Record<number, string | null> }
  > = {
    'in another pid namespace': { facts: { namespace: 'pid:[2]' } },
    'in another pid namespace under a pid that runs here': { facts: { namespace: 'pid:[2]' }, running: { 7: '8' } },
    'that does not know its start of the machine': { facts: { boot: null } },
    'with a boot id of its own, of the same kernel': { facts: { boot: 'boot-0' } },
    'with a boot id of its own, under a pid that runs here': { facts: { boot: 'boot-0' }, running: { 7: '8' } },
    'with a boot id of its own, of a kernel whose start is read a minute off': {
      facts: { boot: 'boot-0', kernelStart: 1_700_000_060, uptime: 5000 },
    },
    'with another boot id, which does not know its kernel': {
      facts: { boot: 'boot-0', kernelStart: null, uptime: null },
    },
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

  it('in a lock file of an earlier release, which did not name the kernel, is judged by the rest', () => {
    // JSON has no undefined: the fields are not there.
    const text = (facts: object = {}): Buffer =>
      utf8(JSON.stringify({ ...HOLDER, kernelStart: undefined, uptime: undefined, ...facts }));
    const files = storeWith();
    files.set(LOCK, text());
    expect(expectRefused(() => open(seenBy(files, 9, { 7: '7' })), 'STORE_LOCKED').facts).to.include({ pid: 7 });
    files.set(LOCK, text({ boot: 'boot-0' }));
    expect(expectRefused(() => open(seenBy(files, 9)), 'STORE_LOCKED').facts).to.include({ pid: 7 });
    files.set(LOCK, text());
    open(seenBy(files, 9)).close();
    expect(files.paths()).to.deep.equal([STORE_PATH]);
  });

  it('of the same boot lives, however the clock was set and whatever the uptime', () => {
    const running = { 7: '7' };
    for (const facts of [{ kernelStart: 1 }, { uptime: 1e9 }, { kernelStart: null, uptime: null }]) {
      expectRefused(() => open(seenBy(lockedBy(facts), 9, running)), 'STORE_LOCKED');
    }
  });

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
    JSON.stringify({ ...HOLDER, uptime: '1' }),
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
