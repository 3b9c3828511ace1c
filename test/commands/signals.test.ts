/** Signals end every command soon, at the last commit, and leave nothing beside the store. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BTreeStore } from '../../src/engine/index.js';
import { runCli } from './support/cli.js';
import { makeLargeStore } from './support/fixtures.js';
import { outcomeOf, requireBuild, runShell, startProcess, until } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof SIGNALS;

/** 200 ms are promised; a machine that runs other tests meanwhile may take longer to get round to it. */
const PATIENCE_MS = 1000;

type Child = ReturnType<typeof startProcess>;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Signals a command; its exit code, as a shell sees it, and what it said. */
async function end(
  child: Child,
  signal: Signal,
  flags: { twice?: boolean } = {},
): Promise<{ code: number; stderr: string }> {
  child.stdin.on('error', () => undefined);
  const outcome = outcomeOf(child);
  const begin = performance.now();
  child.kill(signal);
  if (flags.twice === true) child.kill(signal);
  const { code, endedBy, stderr } = await outcome;
  expect(performance.now() - begin).to.be.below(PATIENCE_MS);
  return { code: code ?? SIGNALS[endedBy as Signal], stderr };
}

describe('a signal', function () {
  this.timeout(60_000);
  before(requireBuild);

  for (const [signal, code] of Object.entries(SIGNALS) as [Signal, number][]) {
    it(`${signal} ends a replay that waits for its log, with exit code ${code}`, () =>
      withTempFolder(async (cwd) => {
        const child = startProcess(['replay', 's.kmb', '-'], { cwd });
        child.stdin.write('{"position":1,"ops":[{"op":"put","table":1,"key":"k","value":"v"}]}\n');
        await until(() => existsSync(join(cwd, 's.kmb-lock')));
        await pause(50);
        expect(await end(child, signal)).to.deep.equal({ code, stderr: `kmb-store: ended by ${signal}\n` });
        expect(readdirSync(cwd)).to.deep.equal([]);
      }));
  }

  it('ends a command that waits for the lock, and leaves the lock to its holder', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
      const holder = BTreeStore.open(join(cwd, 's.kmb'));
      const child = startProcess(['put', 's.kmb', 'k', 'w', '--lock-timeout', '60', '--json'], { cwd });
      await pause(600);
      const { code, stderr } = await end(child, 'SIGTERM');
      expect(code).to.equal(143);
      const error = { code: 'ENDED_BY_SIGNAL', message: 'ended by SIGTERM', exitCode: 143, signal: 'SIGTERM' };
      expect(JSON.parse(stderr)).to.deep.equal({ error });
      expect(readdirSync(cwd)).to.deep.equal(['s.kmb', 's.kmb-lock']);
      holder.close();
    }));

  it('in the middle of a replay, twice, leaves the store as it was', () =>
    withTempFolder(async (cwd) => {
      await makeLargeStore(cwd, 'made.kmb', 200_000);
      await runCli(['replay', 's.kmb', 'large.ndjson', '--to', '2'], { cwd });
      const child = startProcess(['replay', 's.kmb', 'large.ndjson', '--cache', '128KiB'], { cwd });
      await until(() => existsSync(join(cwd, 's.kmb-lock')));
      await pause(150);
      expect((await end(child, 'SIGINT', { twice: true })).code).to.equal(130);
      expect(readdirSync(cwd)).to.deep.equal(['large.ndjson', 'made.kmb', 's.kmb']);
      expect((await runCli(['count', 's.kmb'], { cwd })).stdout).to.equal('2000\n');
    }));

  it('ends a scan that nobody reads on, and `| head` still ends it with exit code 0', () =>
    withTempFolder(async (cwd) => {
      await makeLargeStore(cwd, 's.kmb', 50_000);
      const child = startProcess(['scan', 's.kmb'], { cwd });
      await pause(800);
      expect((await end(child, 'SIGTERM')).code).to.equal(143);
      const { stdout } = runShell('kmb-store scan s.kmb | head -n 1; echo "${PIPESTATUS[0]}"', { cwd });
      expect(stdout).to.match(/^row:00000000\t.*\n0\n$/);
    }));

  it('ends a command whose log is a named pipe that nobody writes to', () =>
    withTempFolder(async (cwd) => {
      execFileSync('mkfifo', [join(cwd, 'pipe')]);
      const child = startProcess(['replay', 's.kmb', 'pipe'], { cwd });
      await pause(600);
      expect((await end(child, 'SIGTERM')).code).to.equal(143);
      expect(readdirSync(cwd)).to.deep.equal(['pipe']);
    }));

  it('before the store is opened changes nothing', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'ops'), '');
      const child = startProcess(['put', 's.kmb', 'k', '--value-file', '-'], { cwd });
      await pause(600);
      expect((await end(child, 'SIGHUP')).code).to.equal(129);
      expect(readdirSync(cwd)).to.deep.equal(['ops']);
    }));
});
