/** `purge-table`: asks where somebody can answer, and makes room. */
import { expect } from 'chai';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Outcome, runCli } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

const COLUMNS = 80;

/** Runs the command where somebody at a terminal answers. */
async function answering(answer: string, cwd: string, ...flags: readonly string[]): Promise<Outcome> {
  const stdin = Object.assign(Readable.from([Buffer.from(answer)]), { isTTY: true });
  const argv = ['purge-table', 'a.kmb', '--table', '1', ...flags];
  return runCli(argv, { cwd, stdin, terminalColumns: COLUMNS, env: { NO_COLOR: '1' } });
}

async function withStore(run: (cwd: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (cwd) => {
    await runCli(['put', 'a.kmb', 'key', 'value', '--table', '1'], { cwd });
    await run(cwd);
  });
}

const rowsIn = async (cwd: string): Promise<string> =>
  (await runCli(['count', 'a.kmb', '--table', '1'], { cwd })).stdout;

describe('purge-table', () => {
  it('asks on a terminal, and purges when the answer is yes', () =>
    withStore(async (cwd) => {
      const { code, stdout, stderr } = await answering('yes\n', cwd);
      expect(stderr).to.equal('purge table 1 of a.kmb? Type yes to go on: ');
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'position 2, pages freed 1\n' });
      expect(await rowsIn(cwd)).to.equal('0\n');
    }));

  for (const answer of ['no\n', '\n', '', 'yes please\n']) {
    it(`takes ${JSON.stringify(answer)} for a no, and writes nothing`, () =>
      withStore(async (cwd) => {
        const before = statSync(join(cwd, 'a.kmb')).mtimeMs;
        const { code, stdout, stderr } = await answering(answer, cwd);
        expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
        expect(stderr).to.contain('kmb-store: not confirmed: nothing was changed\n');
        expect(statSync(join(cwd, 'a.kmb')).mtimeMs).to.equal(before);
      }));
  }

  it('says that a table is not there before it asks', () =>
    withStore(async (cwd) => {
      const { code, stderr } = await answering('yes\n', cwd, '--table=2');
      expect(code).to.equal(2);
      expect(stderr).to.contain('--table is given more than once');
      const argv = ['purge-table', 'a.kmb', '--table', '2'];
      const stdin = Object.assign(Readable.from([]), { isTTY: true });
      const absent = await runCli(argv, { cwd, stdin, terminalColumns: COLUMNS, env: { NO_COLOR: '1' } });
      expect(absent.code).to.equal(1);
      expect(absent.stderr).to.contain('table not found: 2').and.not.contain('Type yes');
    }));

  it('asks nobody with --json, where a program reads the answer', () =>
    withStore(async (cwd) => {
      expect((await answering('yes\n', cwd, '--json')).code).to.equal(2);
      const { code, stdout } = await answering('', cwd, '--json', '--yes');
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '{"position":2,"pagesFreed":1}\n' });
    }));
});
