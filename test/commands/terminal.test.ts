import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { runCli, type RunOptions } from './support/cli.js';
import { makeLargeStore } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

const SCREEN: RunOptions = { terminalColumns: 40, env: { NO_COLOR: '1' } };

async function withStore(run: (cwd: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (cwd) => {
    for (const [key, value] of [
      ['a', 'short'],
      ['long', 'x'.repeat(100)],
      ['control\u001b[31m', 'line\nend'],
      ['漢字', '🐟 value'],
    ] as const) {
      await runCli(['put', 'store.kmb', key, value, '--table', '1'], { cwd });
    }
    await run(cwd);
  });
}

describe('on a terminal', () => {
  it('scan prints a table with cut cells', () =>
    withStore(async (cwd) => {
      const { stdout } = await runCli(['scan', 'store.kmb'], { cwd, ...SCREEN });
      expect(stdout.split('\n')).to.deep.equal([
        'KEY              VALUE',
        'a                short',
        'control\\x1b[31m  line\\nend',
        `long             ${'x'.repeat(22)}…`,
        '漢字             🐟 value',
        '',
      ]);
    }));

  it('history and tables are tables too, with numbers to the right', () =>
    withStore(async (cwd) => {
      expect((await runCli(['history', 'store.kmb', 'a'], { cwd, ...SCREEN })).stdout).to.equal(
        `1 *${'='.repeat(34)} 4\nCREATED  DELETED  VALUE\n      1        -  short\n`,
      );
      expect((await runCli(['tables', 'store.kmb'], { cwd, ...SCREEN })).stdout).to.equal(
        'ID  ROOT  HEIGHT\n 1     2       1\n',
      );
    }));

  it('stat is tables with bars', () =>
    withStore(async (cwd) => {
      await runCli(['put', 'store.kmb', 'a', 'again', '--table', '2'], { cwd });
      const { stdout } = await runCli(['stat', 'store.kmb'], { cwd, ...SCREEN, terminalColumns: 80 });
      const lines = stdout.split('\n');
      expect(lines.slice(0, 2)).to.deep.equal(['store.kmb: format 2, 4 pages, 16,384 bytes', 'position 5']);
      expect(lines[2]).to.match(/^hash [0-9a-f]{64}$/);
      expect(lines.slice(3, 8)).to.deep.equal([
        'TABLE  ROWS  KEYS  VERSIONS  HEIGHT  PAGES  OLDEST  FILL',
        '    1     4     4         4       1      1       0   6 %  █▎',
        '    2     1     1         1       1      1       0   2 %  ▍',
        '  all     5     5         5              2           4 %  ▉',
        '',
      ]);
      expect(lines).to.include('leaf                   2   50 %  ██████████');
      const fast = await runCli(['stat', 'store.kmb', '--fast', '--table', '1'], {
        cwd,
        ...SCREEN,
        terminalColumns: 80,
      });
      expect(fast.stdout.split('\n').slice(3)).to.deep.equal([
        'only what is recorded: without --fast everything is counted',
        'TABLE  ROWS  KEYS  VERSIONS  HEIGHT  PAGES  OLDEST  FILL',
        '    1     4     4         -       1      1       0     -',
        '',
      ]);
    }));

  it('a terminal that gives no width has 80 columns', () =>
    withStore(async (cwd) => {
      const { stdout } = await runCli(['scan', 'store.kmb', '--prefix', 'long'], {
        cwd,
        ...SCREEN,
        terminalColumns: 0,
      });
      expect(stdout).to.equal(`KEY   VALUE\nlong  ${'x'.repeat(73)}…\n`);
    }));

  it('no rows are no table', () =>
    withStore(async (cwd) => {
      expect((await runCli(['scan', 'store.kmb', '--from', 'z', '--to', 'z'], { cwd, ...SCREEN })).stdout).to.equal('');
    }));

  it('get escapes what would steer it', () =>
    withStore(async (cwd) => {
      const argv = ['get', 'store.kmb', 'control\u001b[31m'];
      expect((await runCli(argv, { cwd, ...SCREEN })).stdout).to.equal('line\\nend\n');
      expect((await runCli(argv, { cwd })).stdout).to.equal('line\nend\n');
      expect((await runCli([...argv, '--raw'], { cwd, ...SCREEN })).stdout).to.equal('line\nend');
    }));

  it('what programs read stays the same', () =>
    withStore(async (cwd) => {
      for (const flags of [['--json'], ['--null']]) {
        const argv = ['scan', 'store.kmb', ...flags];
        expect((await runCli(argv, { cwd, ...SCREEN })).stdout).to.equal((await runCli(argv, { cwd })).stdout);
      }
    }));

  it('the head of a table has colour, unless it is not wanted', () =>
    withStore(async (cwd) => {
      const head = async (options: RunOptions, ...flags: readonly string[]): Promise<string | undefined> =>
        (await runCli(['tables', 'store.kmb', ...flags], { cwd, ...options })).stdout.split('\n')[0];
      const plain = 'ID  ROOT  HEIGHT';
      expect(await head({ terminalColumns: 40 })).to.contain('\u001b[1mID');
      expect(await head({ terminalColumns: 40 }, '--no-color')).to.equal(plain);
      expect(await head({ terminalColumns: 40, env: { TERM: 'dumb' } })).to.equal(plain);
      expect(await head({ env: { FORCE_COLOR: '1' } })).to.equal('1\t2\t1');
    }));

  it('widths come from the first 100 rows, and all rows are there', () =>
    withTempFolder(async (cwd) => {
      await makeLargeStore(cwd, 'store.kmb', 250);
      const { stdout } = await runCli(['scan', 'store.kmb'], { cwd, terminalColumns: 200, env: { NO_COLOR: '1' } });
      const rows = stdout.split('\n').slice(1, -1);
      expect(rows).to.have.length(250);
      expect(rows[99]).to.equal(`row:00000099  ${'v'.repeat(60)}99`);
      expect(rows[249]).to.equal(`row:00000249  ${'v'.repeat(60)}2…`);
    }));

  it('replay shows no spinner on a terminal that says it has no columns, where it would never end', () =>
    withTempFolder(async (cwd) => {
      const log = Readable.from([Buffer.from('{"position":1,"ops":[]}\n')], { highWaterMark: 1 });
      const slow = log.map(async (chunk: Buffer) => {
        await new Promise((resolve) => setTimeout(resolve, 600));
        return chunk;
      });
      const { code, stderr } = await runCli(['replay', 'a.kmb', '-'], { cwd, terminalColumns: 0, stdin: slow });
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    }));

  it('replay shows a spinner on standard error only, and not with --json', () =>
    withTempFolder(async (cwd) => {
      const lines = Array.from({ length: 8 }, (_, index) => `{"position":${index + 1},"ops":[]}\n`);
      async function* slowly(): AsyncGenerator<Buffer> {
        for (const line of lines) {
          yield Buffer.from(line);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
      const run = (store: string, ...flags: readonly string[]) =>
        runCli(['replay', store, '-', ...flags], { cwd, terminalColumns: 80, stdin: Readable.from(slowly()) });
      const shown = await run('a.kmb');
      expect(shown.stderr).to.contain('position 0, reading');
      expect(shown.stdout).to.match(
        /^applied 8 batches with 0 operations, skipped 0, from position 0 to 8 in [\d.]+ s\n$/,
      );
      expect((await run('b.kmb', '--json')).stderr).to.equal('');
    }));

  describe('colours', () => {
    const broken = async (cwd: string): Promise<void> => {
      await runCli(['put', 'store.kmb', 'k', 'v', '--table', '1', '--format', '1'], { cwd });
      const bytes = readFileSync(join(cwd, 'store.kmb'));
      bytes[5000] = 0xff;
      writeFileSync(join(cwd, 'store.kmb'), bytes);
    };
    const bold = (text: string) => `\u001b[1m${text}\u001b[22m`;
    const red = (text: string) => `\u001b[31m${bold(text)}\u001b[39m`;

    it('are where a report of damage begins, and lines are broken between words', () =>
      withTempFolder(async (cwd) => {
        await broken(cwd);
        const { stdout, stderr } = await runCli(['verify-pages', 'store.kmb'], { cwd, terminalColumns: 50 });
        const lines = stdout.split('\n');
        expect(lines.slice(0, 2)).to.deep.equal([
          red('store.kmb: 1 corrupt'),
          `${red('corrupt page-crc:')} a page was changed after it was`,
        ]);
        expect(lines.filter((line) => line.startsWith(bold('next:')))).to.have.length(1);
        for (const line of lines) expect(stripVTControlCharacters(line).length).to.be.at.most(50);
        expect(stderr).to.equal(`${red('kmb-store:')} store.kmb is not sound: 1 corrupt\n`);
        const piped = await runCli(['verify-pages', 'store.kmb'], { cwd });
        const words = (text: string) => stripVTControlCharacters(text).split(/\s+/);
        expect(words(stdout)).to.deep.equal(words(piped.stdout));
        expect(piped.stdout).to.not.contain('\u001b');
      }));

    it('are in errors and hints, which are not broken', () =>
      withTempFolder(async (cwd) => {
        await broken(cwd);
        const run = async (flags: readonly string[], options: RunOptions): Promise<string> =>
          (await runCli(['get', 'store.kmb', 'k', ...flags], { cwd, ...options })).stderr;
        const coloured = await run([], { terminalColumns: 30 });
        const [error = '', hint = '', ...rest] = coloured.split('\n');
        expect(error).to.match(/kmb-store:\S+ store\.kmb: page 1 is damaged: /);
        expect(error.startsWith(red('kmb-store:'))).to.equal(true);
        expect(hint.startsWith(`${bold('hint:')} kmb-store verify-pages store.kmb says`)).to.equal(true);
        expect(rest).to.deep.equal(['']);
        const plain = stripVTControlCharacters(coloured);
        expect(await run([], {})).to.equal(plain);
        expect(await run([], { env: { FORCE_COLOR: '1' } })).to.equal(coloured);
        expect(await run(['--no-color'], { terminalColumns: 30 })).to.equal(plain);
        expect(await run([], { terminalColumns: 30, env: { NO_COLOR: '1' } })).to.equal(plain);
        expect(await run(['--json'], { terminalColumns: 30 }))
          .to.match(/^\{"error":.*\}\n$/)
          .and.not.contain('\u001b');
      }));
  });
});
