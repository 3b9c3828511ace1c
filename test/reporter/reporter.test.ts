/** What the reporter of the tests prints. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTempFolder, removeFolder } from '../commands/support/temp-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LINES = 3000;
const PROGRAM = `
  const text = (last) => Array.from({ length: ${LINES} }, (_, line) => 'line ' + line).concat(last).join('\\n');
  it('passes', () => {});
  it('differs at its end', () => {
    throw Object.assign(new Error('differ'), { actual: text('one'), expected: text('other'), showDiff: true });
  });
`;

describe('the reporter', () => {
  let folder: string;

  before(() => {
    folder = makeTempFolder();
    writeFileSync(join(folder, 'some.test.cjs'), PROGRAM);
  });

  after(() => {
    removeFolder(folder);
  });

  it('ends with one line for scripts, shows whole differences, and no progress in a pipe', () => {
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    const reporter = join(root, 'test/reporter/summary.js');
    const args = [mocha, '--no-config', '--parallel', '--jobs', '2', '--reporter', reporter, 'some.test.cjs'];
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect(status).to.equal(1);
    expect(stdout.trimEnd().split('\n').at(-1)).to.equal('1 passed, 1 failed');
    expect(stdout)
      .to.match(/^ *-one$/m)
      .and.match(/^ *\+other$/m)
      .and.not.contain('truncated')
      .and.not.contain('\x1b[2K');
  });

  it('shows on a terminal how far it is, not too often, and within its width', async () => {
    const { ProgressLine } = await import('./progress-line.js');
    const written: string[] = [];
    let now = 0;
    const terminal = { isTTY: true, columns: 12, write: (text: string) => written.push(text) };
    const line = new ProgressLine(terminal, () => now);
    for (; now < 300; now += 30) line.show('3 passed, 0 failed');
    line.clear();
    expect(written).to.deep.equal([...Array<string>(3).fill('\r\x1b[2K3 passed, 0'), '\r\x1b[2K']);
  });
});
