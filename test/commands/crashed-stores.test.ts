/** Crashed stores in a real folder: what the commands say, and what they leave. */
import { expect } from 'chai';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { crashedStore, JOURNAL_PATH, withFile } from '../support/crashed-store.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';
import { nodeFiles, BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { runCli } from './support/cli.js';
import { requireBuild, runProcess, startProcess } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

const JOURNAL = 'store.kmb-journal';

function putDown(files: MemoryFiles, cwd: string): void {
  for (const path of files.paths())
    writeFileSync(join(cwd, path === STORE_PATH ? 'store.kmb' : JOURNAL), files.get(path));
}

/** Every file with its bytes and the time of its last change. */
const stateOf = (cwd: string): unknown[] =>
  readdirSync(cwd).map((name) => [
    name,
    readFileSync(join(cwd, name), 'hex'),
    statSync(join(cwd, name), { bigint: true }).mtimeNs,
  ]);

describe('commands on a crashed store', () => {
  const { atCommitPoint, inPlace, old } = crashedStore();

  for (const [name, files] of Object.entries({ atCommitPoint, inPlace })) {
    it(`read the commit that stands, in a folder that nobody may write: ${name}`, () =>
      withTempFolder(async (cwd) => {
        putDown(files, cwd);
        chmodSync(cwd, 0o555);
        const before = stateOf(cwd);
        expect((await runCli(['get', 'store.kmb', 'k', '--table', '1'], { cwd })).stdout).to.equal('new\n');
        expect((await runCli(['count', 'store.kmb', '--all-tables'], { cwd })).stdout).to.equal('4\n');
        const checked = await runCli(['verify-pages', 'store.kmb'], { cwd });
        expect([checked.code, checked.stderr]).to.deep.equal([0, '']);
        expect(checked.stdout).to.match(/^store\.kmb: sound\n.*\na journal holds a commit that is not in the file yet/);
        const { stdout } = await runCli(['verify-pages', 'store.kmb', '--json'], { cwd });
        expect(JSON.parse(stdout)).to.include({ ok: true, journal: true, appliedPosition: 4 });
        expect((await runCli(['tables', 'store.kmb'], { cwd })).stdout).to.equal(
          '1\t1\t1\n2\t2\t1\n3\t3\t1\n4\t4\t1\n',
        );
        expect(stateOf(cwd)).to.deep.equal(before);
        chmodSync(cwd, 0o755);
      }));
  }

  it('are not needed twice: recover says what it did, and then that there is nothing to do', () =>
    withTempFolder(async (cwd) => {
      const recover = async (...flags: string[]): Promise<string> => {
        const { code, stdout, stderr } = await runCli(['recover', 'store.kmb', ...flags], { cwd });
        expect([code, stderr]).to.deep.equal([0, '']);
        expect(readdirSync(cwd)).to.deep.equal(['store.kmb']);
        return stdout;
      };
      putDown(inPlace, cwd);
      expect(await recover()).to.equal('played in 4 pages, to position 4\n');
      expect(await recover()).to.equal('nothing to do, the store is at position 4\n');
      putDown(inPlace, cwd);
      expect(await recover('--json')).to.equal(
        '{"journal":"played","pages":4,"tailBytes":0,"uncountedPages":0,"position":4}\n',
      );
      putDown(withFile(atCommitPoint, JOURNAL_PATH, Buffer.alloc(9)), cwd);
      expect(await recover()).to.equal('dropped the journal of an unfinished commit\n');
      expect(readFileSync(join(cwd, 'store.kmb')).equals(old.get(STORE_PATH))).to.equal(true);
      expect(await recover('--json')).to.equal(
        '{"journal":"none","pages":0,"tailBytes":0,"uncountedPages":0,"position":3}\n',
      );
    }));

  it('that write finish the commit before they begin', () =>
    withTempFolder(async (cwd) => {
      putDown(atCommitPoint, cwd);
      expect((await runCli(['put', 'store.kmb', 'k', 'newer', '--table', '1'], { cwd })).stdout).to.equal(
        'position 5\n',
      );
      expect(readdirSync(cwd)).to.deep.equal(['store.kmb']);
      const { stdout } = await runCli(['history', 'store.kmb', 'k', '--table', '1'], { cwd });
      expect(stdout).to.equal('5\t-\tnewer\n4\t5\tnew\n1\t4\told\n');
    }));

  it('refuse a journal that is not the store’s, and leave both', () =>
    withTempFolder(async (cwd) => {
      putDown(withFile(atCommitPoint, STORE_PATH, old.get(STORE_PATH).subarray(0, -4096)), cwd);
      const before = stateOf(cwd);
      for (const argv of [
        ['recover', 'store.kmb'],
        ['put', 'store.kmb', 'k', 'v', '--table', '1'],
        ['tables', 'store.kmb'],
      ]) {
        const { code, stderr } = await runCli(argv, { cwd });
        expect(code).to.equal(3);
        expect(stderr).to.match(/^kmb-store: the journal .*store\.kmb-journal belongs to another state of the store: /);
      }
      expect(stateOf(cwd)).to.deep.equal(before);
    }));

  it('refuse to write a store with two names, and follow a symbolic link to where the journal belongs', () =>
    withTempFolder(async (cwd) => {
      mkdirSync(join(cwd, 'place'));
      putDown(inPlace, join(cwd, 'place'));
      symlinkSync('place/store.kmb', join(cwd, 'link.kmb'));
      expect((await runCli(['recover', 'link.kmb'], { cwd })).stdout).to.equal('played in 4 pages, to position 4\n');
      expect(readdirSync(join(cwd, 'place'))).to.deep.equal(['store.kmb']);
      linkSync(join(cwd, 'place', 'store.kmb'), join(cwd, 'second.kmb'));
      const { code, stderr } = await runCli(['put', 'second.kmb', 'k', 'v', '--table', '1', '--json'], { cwd });
      expect(code).to.equal(4);
      expect(stderr).to.include('"code":"STORE_HAS_LINKS"').and.to.include('"names":2');
      expect((await runCli(['get', 'second.kmb', 'k', '--table', '1'], { cwd })).stdout).to.equal('new\n');
    }));
});

describe('the journal of a store', () => {
  it('has the permissions of the store', () =>
    withTempFolder((cwd) => {
      putDown(crashedStore().old, cwd);
      const path = join(cwd, 'store.kmb');
      for (const mode of [0o600, 0o640, 0o666]) {
        chmodSync(path, mode);
        let journalMode = 0;
        const files = {
          ...nodeFiles,
          unlink: (gone: string): void => {
            journalMode = statSync(gone).mode & 0o777;
            nodeFiles.unlink(gone);
          },
        };
        const store = BTreeStore.open(path, { files });
        store.apply(new WriteBatch(store.appliedPosition + 1n).put(1n, 'k', `${mode}`));
        store.sync();
        store.close();
        expect(journalMode).to.equal(mode);
      }
    }));
});

describe('a replay that is killed while it commits', () => {
  before(requireBuild);

  it('goes on where its last commit stands, and ends with the same store', function () {
    this.timeout(60_000);
    return withTempFolder(async (cwd) => {
      const value = 'v'.repeat(400);
      const lines = Array.from({ length: 1500 }, (_, batch) => {
        const ops = Array.from({ length: 20 }, (__, op) => ({
          op: 'put',
          table: 1,
          key: `key/${(batch * 7919 + op * 104_729) % 20_000}`,
          value: batch % 3 === 0 ? '' : value.slice(0, 100),
        }));
        return JSON.stringify({ position: batch + 1, ops });
      });
      writeFileSync(join(cwd, 'log'), `${lines.join('\n')}\n`);
      writeFileSync(join(cwd, 'first'), `${lines.slice(0, 700).join('\n')}\n`);
      expect(runProcess(['replay', 'store.kmb', 'first'], { cwd }).status).to.equal(0);
      let kills = 0;
      for (const delayMs of [0, 10]) {
        const child = startProcess(['replay', 'store.kmb', 'log', '--cache', '128KiB'], { cwd });
        const ended = once(child, 'exit');
        while (child.exitCode === null && !readdirSync(cwd).includes(JOURNAL)) await setTimeout(1);
        await setTimeout(delayMs);
        if (child.kill('SIGKILL')) kills += 1;
        await ended;
        const { status, stdout } = runProcess(['count', 'store.kmb'], { cwd });
        expect([status, Number(stdout) > 0]).to.deep.equal([0, true]);
      }
      expect(kills).to.be.greaterThan(0);
      expect(runProcess(['replay', 'store.kmb', 'log'], { cwd }).status).to.equal(0);
      expect(runProcess(['replay', 'whole.kmb', 'log'], { cwd }).status).to.equal(0);
      const rows = (store: string): string => runProcess(['scan', store, '--json'], { cwd }).stdout;
      expect(rows('store.kmb') === rows('whole.kmb')).to.equal(true);
      expect(readdirSync(cwd).sort()).to.deep.equal(['first', 'log', 'store.kmb', 'whole.kmb']);
    });
  });
});
