/** Writers that meet, as processes of their own. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BTreeStore, nodeProcesses } from '../../src/engine/index.js';
import { structureProblems } from '../support/any-format.js';
import { runCli } from './support/cli.js';
import { outcomeOf, requireBuild, startProcess, until } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

const racer = fileURLToPath(new URL('../support/lock-racer.js', import.meta.url));

/** Leaves the lock of a process that is surely dead: it has our pid, and started at another time. */
function writeDeadLock(store: string): void {
  const facts = { ...nodeProcesses.self(), started: '1', id: '0123456789ab', since: '2026-01-02T03:04:05.678Z' };
  writeFileSync(`${store}-lock`, `${JSON.stringify(facts)}\n`);
}

/** A command that holds `s.kmb` until its input ends. */
async function startHolder(cwd: string): Promise<ReturnType<typeof startProcess>> {
  const holder = startProcess(['apply', 's.kmb', '-'], { cwd });
  holder.stdin.on('error', () => undefined);
  await until(() => existsSync(join(cwd, 's.kmb-lock')));
  return holder;
}

describe('writers that meet', function () {
  this.timeout(120_000);
  before(requireBuild);

  it('go one after the other, also when all of them find the same dead holder', () =>
    withTempFolder(async (cwd) => {
      const store = join(cwd, 's.kmb');
      writeDeadLock(store);
      const moment = (Date.now() + 800).toString();
      const racers = Array.from({ length: 8 }, () => spawn(process.execPath, [racer, store, moment, '5']));
      const outputs = await Promise.all(racers.map(outcomeOf));
      const said = outputs.flatMap(({ stdout }) => stdout.trimEnd().split('\n'));
      expect(outputs.map(({ stderr }) => stderr).join('')).to.equal('');
      expect(said.sort((a, b) => Number(a) - Number(b))).to.deep.equal(
        Array.from({ length: 40 }, (_, index) => `${index + 1}`),
      );
      expect(readdirSync(cwd)).to.deep.equal(['s.kmb']);
      expect(structureProblems(readFileSync(store))).to.deep.equal([]);
    }));

  it('wait for each other: of 8 commands that put at once none is lost', () =>
    withTempFolder(async (cwd) => {
      const puts = Array.from({ length: 8 }, (_, index) =>
        outcomeOf(startProcess(['put', 's.kmb', `key:${index}`, 'v', '--lock-timeout', '60', '--json'], { cwd })),
      );
      const outcomes = await Promise.all(puts);
      expect(outcomes.map(({ code, stderr }) => ({ code, stderr }))).to.deep.equal(
        outcomes.map(() => ({ code: 0, stderr: '' })),
      );
      const positions = outcomes.map(({ stdout }) => (JSON.parse(stdout) as { position: number }).position);
      expect(positions.sort()).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
      expect((await runCli(['count', 's.kmb'], { cwd })).stdout).to.equal('8\n');
      expect(readdirSync(cwd)).to.deep.equal(['s.kmb']);
    }));

  it('are told who holds the store, with exit code 5, while readers read', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
      const holder = await startHolder(cwd);
      const ended = outcomeOf(holder);
      const lockFile = join(cwd, 's.kmb-lock');
      const { since } = JSON.parse(readFileSync(lockFile, 'utf8')) as { since: string };
      const path = join(cwd, 's.kmb');
      const message = `${path} is being written by process ${holder.pid} on ${hostname()}, since ${since}`;
      const facts = { path, lockFile, pid: holder.pid, host: hostname(), since };
      for (const argv of [
        ['put', 's.kmb', 'k', 'w', '--lock-timeout', '0'],
        ['delete', 's.kmb', 'k', '--lock-timeout', '0.05'],
        ['replay', 's.kmb', '-', '--lock-timeout', '0'],
      ]) {
        const text = await runCli(argv, { cwd });
        expect({ code: text.code, stderr: text.stderr }).to.deep.equal({ code: 5, stderr: `kmb-store: ${message}\n` });
        const json = await runCli([...argv, '--json'], { cwd });
        expect(json.code).to.equal(5);
        const error = { code: 'STORE_LOCKED', message, exitCode: 5, ...facts };
        expect(JSON.parse(json.stderr)).to.deep.equal({ error });
      }
      expect((await runCli(['get', 's.kmb', 'k'], { cwd })).stdout).to.equal('v\n');
      holder.stdin.end();
      expect((await ended).code).to.equal(0);
      expect(readdirSync(cwd)).to.deep.equal(['s.kmb']);
    }));

  it('take over at once from a holder that was killed', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
      const holder = await startHolder(cwd);
      const exited = once(holder, 'exit');
      holder.kill('SIGKILL');
      await exited;
      expect(readdirSync(cwd)).to.deep.equal(['s.kmb', 's.kmb-lock']);
      const begin = performance.now();
      expect((await runCli(['put', 's.kmb', 'k', 'w'], { cwd })).stdout).to.equal('position 2\n');
      expect(performance.now() - begin).to.be.below(1000);
      expect(readdirSync(cwd)).to.deep.equal(['s.kmb']);
    }));

  it('meet under every path of the store: a link leads to the same lock', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
      mkdirSync(join(cwd, 'inner'));
      symlinkSync('../s.kmb', join(cwd, 'inner', 'link'));
      symlinkSync('inner', join(cwd, 'folder'));
      const store = BTreeStore.open(join(cwd, 'folder', 'link'));
      expect(readdirSync(cwd)).to.include('s.kmb-lock');
      expect((await runCli(['put', 's.kmb', 'k', 'w', '--lock-timeout', '0'], { cwd })).code).to.equal(5);
      store.close();
      const made = BTreeStore.open(join(cwd, 'folder', 'new'), { create: true });
      expect(readdirSync(join(cwd, 'inner'))).to.include('new-lock');
      made.close();
    }));

  it('wait for a number of seconds, and nothing else is one', () =>
    withTempFolder(async (cwd) => {
      for (const text of ['soon', '-1', '1e3', '.5', '', '1,5', 'Infinity', '9'.repeat(30)]) {
        const { code, stderr } = await runCli(['put', 's.kmb', 'k', 'v', `--lock-timeout=${text}`], { cwd });
        expect(code, text).to.equal(2);
        expect(stderr).to.match(/^kmb-store: --lock-timeout is (not a number of seconds|too long): /);
      }
      expect((await runCli(['put', 's.kmb', 'k', 'v', '--lock-timeout=0.25'], { cwd })).code).to.equal(0);
    }));
});
