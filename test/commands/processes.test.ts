/** What only a process of its own can show: exit codes, pipes, signals, memory. */
import { expect } from 'chai';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeExampleFiles, makeLargeStore } from './support/fixtures.js';
import { requireBuild, runProcess, runShell, startProcess } from './support/processes.js';
import { makeTempFolder, removeFolder, withTempFolder } from './support/temp-folder.js';

const ROWS = 300_000;

describe('the command as a process', () => {
  before(requireBuild);

  for (const { argv, code } of [
    { argv: ['get', 'store.kmb', 'user:1', '--table', '1'], code: 0 },
    { argv: ['get', 'store.kmb', 'nobody', '--table', '1'], code: 1 },
    { argv: ['delete', 'store.kmb', 'nobody'], code: 1 },
    { argv: ['get', 'store.kmb'], code: 2 },
    { argv: ['scan', 'store.kmb', '--limit', 'x'], code: 2 },
    { argv: ['nonsense', 'store.kmb'], code: 2 },
    { argv: ['--nonsense'], code: 2 },
    { argv: ['get:scan', 'store.kmb'], code: 2 },
    { argv: ['tables', 'log.ndjson'], code: 3 },
    { argv: ['get', 'store.kmb', 'user:1', '--at', '4'], code: 4 },
    { argv: ['put', 'store.kmb', 'k', 'v', '--position', '9'], code: 4 },
    { argv: ['tables', 'absent.kmb'], code: 6 },
    { argv: ['replay', 'store.kmb', 'absent.ndjson'], code: 6 },
  ]) {
    it(`${argv.join(' ')} exits ${code}, with --json too`, () =>
      withTempFolder(async (cwd) => {
        await makeExampleFiles(cwd);
        const text = runProcess(argv, { cwd });
        expect(text.status).to.equal(code);
        if (code > 0) expect(text.stderr).to.match(/^kmb-store: [^\n]+\n(hint: [^\n]+\n)?$/);

        const json = runProcess([...argv, '--json'], { cwd });
        expect(json.status).to.equal(code);
        if (code === 0) return;
        expect(json.stdout).to.equal('');
        expect(json.stderr).to.match(/^[^\n]+\n$/);
        expect((JSON.parse(json.stderr) as { error: object }).error).to.include({ exitCode: code });
      }));
  }

  for (const [argv, message] of [
    [['gte', 's.kmb', 'k'], 'kmb-store: unknown command: gte\nhint: did you mean get?\n'],
    [
      ['--no-color', 'get', 's.kmb', 'k'],
      'kmb-store: a flag is in front of the command: --no-color\nhint: flags come after the command: kmb-store get … --no-color\n',
    ],
    [
      ['--table', '1', 'get', 's.kmb', 'k'],
      'kmb-store: a flag is in front of the command: --table\nhint: flags come after the command: kmb-store get … --table\n',
    ],
  ] as const) {
    it(`${argv.join(' ')} says what was probably meant`, () => {
      const { status, stderr } = runProcess(argv);
      expect({ status, stderr }).to.deep.equal({ status: 2, stderr: message });
    });
  }

  it('an argument that is not UTF-8 is refused, not mended', () =>
    withTempFolder(async (cwd) => {
      await makeExampleFiles(cwd);
      const { status, stderr } = runShell(`kmb-store put store.kmb $'k\\xff' v --table 1`, { cwd });
      expect(status).to.equal(2);
      expect(stderr).to.match(/^kmb-store: KEY is not valid UTF-8: .*\nhint: write it in hex with --key-hex\n$/);
    }));

  it('what lies in the home of the user, readable or not, changes nothing and is not told of', () =>
    withTempFolder((cwd) => {
      mkdirSync(join(cwd, 'kmb-store', 'package.json'), { recursive: true });
      const { status, stderr } = runProcess(['tables', 'absent.kmb', '--json'], { cwd, env: { XDG_DATA_HOME: cwd } });
      expect(status).to.equal(6);
      expect(stderr).to.match(/^\{"error":[^\n]+\n$/);
    }));

  it('a value comes in and goes out byte for byte', () =>
    withTempFolder((cwd) => {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      expect(runProcess(['put', 's.kmb', 'k', '--value-file', '-'], { cwd, input: bytes }).status).to.equal(0);
      const { status } = runShell('kmb-store get s.kmb k --raw > out; kmb-store get s.kmb k > line', { cwd });
      expect(status).to.equal(0);
      expect(readFileSync(join(cwd, 'out')).equals(bytes)).to.equal(true);
      expect(readFileSync(join(cwd, 'line')).equals(Buffer.concat([bytes, Buffer.from('\n')]))).to.equal(true);
    }));

  it('a full disk under the output is exit code 6', () =>
    withTempFolder(async (cwd) => {
      await makeExampleFiles(cwd);
      if (!existsSync('/dev/full')) return;
      const { status, stderr } = runShell('kmb-store scan store.kmb > /dev/full', { cwd });
      expect(status).to.equal(6);
      expect(stderr).to.equal('kmb-store: input or output failed: ENOSPC: no space left on device\n');
    }));

  it('errors that nobody reads change no exit code', () =>
    withTempFolder(async (cwd) => {
      await makeExampleFiles(cwd);
      expect(runShell('kmb-store get store.kmb nobody 2>&-', { cwd }).status).to.equal(1);
    }));

  it('a replay that has what it wants does not wait for the end of its input', () =>
    withTempFolder(async (cwd) => {
      const child = startProcess(['replay', 'store.kmb', '-', '--to', '1', '--json'], { cwd });
      const exited = once(child, 'exit') as Promise<[number | null]>;
      child.stdin.on('error', () => undefined);
      child.stdin.write('{"position":1,"ops":[]}\n{"position":2,"ops":[]}\n');
      expect((await exited)[0]).to.equal(0);
    }));
});

describe('300,000 rows', function () {
  this.timeout(60_000);
  let cwd = '';

  before(async () => {
    requireBuild();
    cwd = makeTempFolder();
    await makeLargeStore(cwd, 'large.kmb', ROWS);
  });
  after(() => {
    removeFolder(cwd);
  });

  it('end at once and quietly when the reader wants one line', () => {
    for (const flags of ['', '--json', '--keys-only --null']) {
      const line = `kmb-store scan large.kmb ${flags} | head -c 10 >/dev/null; echo "\${PIPESTATUS[0]}"`;
      const begin = performance.now();
      const { stdout, stderr } = runShell(line, { cwd });
      expect({ stdout, stderr }).to.deep.equal({ stdout: '0\n', stderr: '' });
      expect(performance.now() - begin).to.be.below(5000);
    }
  });

  it('all reach a reader that sleeps first, in less than 200 MB', async () => {
    const child = startProcess(['scan', 'large.kmb', '--json'], { cwd });
    const exited = once(child, 'exit') as Promise<[number]>;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(child.exitCode, 'it waits for its reader').to.equal(null);
    const memory = memoryMaxBytes(child);
    expect(await countLines(child)).to.equal(ROWS);
    expect((await exited)[0]).to.equal(0);
    expect(memory).to.be.below(200 * 2 ** 20);
  });

  it('are counted, through the smallest cache too', () => {
    expect(runProcess(['count', 'large.kmb', '--cache', '128KiB'], { cwd }).stdout).to.equal(`${ROWS}\n`);
  });
});

async function countLines(child: ChildProcessWithoutNullStreams): Promise<number> {
  let lines = 0;
  for await (const chunk of child.stdout) {
    for (const byte of chunk as Buffer) if (byte === 0x0a) lines += 1;
  }
  return lines;
}

/** The most memory that a running process has had, where the system tells; else 0. */
function memoryMaxBytes({ pid }: ChildProcessWithoutNullStreams): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return 0;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) * 1024;
}
