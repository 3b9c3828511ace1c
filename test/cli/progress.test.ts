/** The line that says how far long work has come. */
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { withIo } from '../../src/cli/io.js';
import { Presenter } from '../../src/cli/output/presenter.js';
import { Progress } from '../../src/cli/output/progress.js';
import { verifyProgress } from '../../src/cli/verify/progress.js';
import { runCli } from '../commands/support/cli.js';
import { FakeOutput } from '../commands/support/fake-output.js';
import { withTempFolder } from '../commands/support/temp-folder.js';

const STYLE = { json: false, noColor: true };
const VIEW = { columns: [{ name: 'N', text: String }], json: String };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function sleepHere(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Rows that take 600 ms. */
function* slowRows(): Generator<number> {
  for (let row = 1; row <= 10; row += 1) {
    sleepHere(60);
    yield row;
  }
}

interface Streams {
  readonly stdout?: FakeOutput;
  readonly stderr?: FakeOutput;
  readonly env?: Readonly<Record<string, string>>;
}

/** What is written on standard error meanwhile. */
async function messagesOf(run: () => Promise<void>, streams: Streams = {}): Promise<string> {
  const { stdout = new FakeOutput(), stderr = new FakeOutput(80), env = {} } = streams;
  await withIo({ stdin: Readable.from([]), stdout, stderr, env }, run);
  return stderr.text;
}

async function showLate(progress: Progress, text: string): Promise<void> {
  await progress.show(() => 'too early');
  await sleep(510);
  await progress.show(() => text);
  progress.stop();
}

describe('progress', () => {
  it('is shown on a terminal once the work has taken half a second', async () => {
    const shown = await messagesOf(() => showLate(new Progress(STYLE), 'half way'));
    expect(shown).to.contain('half way').and.not.contain('too early');
  });

  it('is not shown in a pipe, on a dumb terminal, on one without columns, or with --json', async () => {
    const show = (style = STYLE) => showLate(new Progress(style), 'half way');
    const all = await Promise.all([
      messagesOf(show, { stderr: new FakeOutput() }),
      messagesOf(show, { env: { TERM: 'dumb' } }),
    ]);
    all.push(await messagesOf(show, { stderr: new FakeOutput(0) }));
    all.push(await messagesOf(() => show({ json: true, noColor: true })));
    expect(all).to.deep.equal(['', '', '', '']);
  });

  it('fits the terminal', async () => {
    const shown = await messagesOf(() => showLate(new Progress(STYLE), 'word '.repeat(30)), {
      stderr: new FakeOutput(40),
    });
    const longest = shown.split('\u001b').map((text) => text.replace(/^\[[\d;?]*\w/, '').length);
    expect(Math.max(...longest)).to.be.within(30, 39);
  });

  it('of rows is shown while they go to a file, and not beside rows that are looked at', async () => {
    const print = () => new Presenter(STYLE).rows(slowRows(), VIEW);
    const file = new FakeOutput();
    file.isFile = true;
    const shown = await messagesOf(print, { stdout: file });
    expect(shown).to.match(/\d rows/);
    expect(file.text).to.equal('1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n');
    expect(await messagesOf(print)).to.equal('');
    expect(await messagesOf(print, { stdout: new FakeOutput(80) })).to.equal('');
  });

  it('says that a store is opened that somebody else writes', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 'store.kmb', 'k', 'v'], { cwd });
      // Somebody whom nobody can prove dead.
      writeFileSync(join(cwd, 'store.kmb-lock'), '{"pid":1}\n');
      const { code, stderr } = await runCli(['put', 'store.kmb', 'k', 'v', '--lock-timeout', '0.7'], {
        cwd,
        terminalColumns: 80,
        env: { NO_COLOR: '1' },
      });
      expect(code).to.equal(5);
      expect(stderr).to.contain('opening store.kmb');
    }));

  it('of a check fits, with the end of a long path', () => {
    const line = (path: string) => verifyProgress(path, { pagesDone: 500_000, pagesTotal: 1_000_000 }, 2, 40);
    expect(line('a.kmb')).to.equal('a.kmb: 50 %, 1,024 MB/s, 2 s left');
    expect(line('/stores/2026/november/a.kmb')).to.equal('…ember/a.kmb: 50 %, 1,024 MB/s, 2 s left');
    expect(line('a\u001b[31m')).to.not.contain('\u001b');
  });
});
