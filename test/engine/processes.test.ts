/** What the system says about its processes, and whose files are. */
import { expect } from 'chai';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BTreeStore, nodeProcesses } from '../../src/engine/index.js';
import { makeTempFolder, removeFolder } from '../commands/support/temp-folder.js';

const hasProc = existsSync('/proc/self/stat');

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('a process', () => {
  it('knows itself, by more than its pid where the system tells', () => {
    const self = nodeProcesses.self();
    expect(self.pid).to.equal(process.pid);
    expect(nodeProcesses.find(process.pid)).to.deep.equal({ started: self.started });
    if (!hasProc) return;
    expect(self.started).to.match(/^\d+$/);
    expect(self.namespace).to.match(/^pid:\[\d+\]/);
    expect(self.boot).to.match(/^[0-9a-f-]{36}$/);
  });

  it('knows since when the kernel runs, as of now', async function () {
    if (!hasProc) this.skip();
    const { kernelStart, uptime } = nodeProcesses.kernel();
    expect(Math.abs((kernelStart ?? 0) + (uptime ?? 0) - Date.now() / 1000)).to.be.below(60);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(nodeProcesses.kernel().uptime).to.be.greaterThan(uptime ?? Infinity);
  });

  it('is found as long as it runs', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    const found = nodeProcesses.find(pid);
    expect(found).to.not.equal(undefined);
    if (hasProc) expect(Number(found?.started)).to.be.at.least(Number(nodeProcesses.self().started));
    await ended(child);
    expect(nodeProcesses.find(pid)).to.equal(undefined);
  });

  it('of another user, or hidden, is there all the same', () => {
    expect(nodeProcesses.find(1)).to.not.equal(undefined);
  });

  it('that is over and waits for its parent is not there', async function () {
    if (!hasProc) this.skip();
    // `exec` leaves a parent that does not ask.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60']);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(existsSync(`/proc/${pid}`)).to.equal(true);
    expect(nodeProcesses.find(pid)).to.equal(undefined);
    await ended(parent);
  });
});

describe('the lock of a store', () => {
  it('has the permissions and, where we may give it away, the owner of the store', () => {
    const folder = makeTempFolder();
    try {
      const path = join(folder, 's.kmb');
      const made = BTreeStore.open(path, { create: true });
      made.sync();
      made.close();
      chmodSync(path, 0o660);
      if (process.getuid?.() === 0) chownSync(path, 12345, 54321);
      const store = BTreeStore.open(path);
      const facts = (file: string): unknown[] => [statSync(file).uid, statSync(file).gid, statSync(file).mode];
      expect(facts(`${path}-lock`)).to.deep.equal(facts(path));
      store.close();
    } finally {
      removeFolder(folder);
    }
  });
});
