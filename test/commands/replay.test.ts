import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli, type Outcome } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

const batchLine = (position: number | string, value = `v${position}`): string =>
  `{"position":${position},"ops":[{"op":"put","table":1,"key":"key","value":"${value}"}]}\n`;

const logOf = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, index) => batchLine(first + index)).join('');

interface ReplayCase {
  readonly what: string;
  readonly format?: string;
  readonly log: string | Uint8Array;
  readonly code: string;
  readonly line: number;
  readonly appliedPosition: number;
}

const BAD_LOGS: readonly ReplayCase[] = [
  {
    what: 'a line that is no JSON',
    log: `${logOf(1, 2)}nonsense\n${logOf(3, 4)}`,
    code: 'INVALID_LOG_LINE',
    line: 3,
    appliedPosition: 2,
  },
  { what: 'a gap', log: logOf(1, 2) + logOf(4, 5), code: 'LOG_GAP', line: 3, appliedPosition: 2 },
  { what: 'a log that begins too late', log: logOf(2, 3), code: 'LOG_GAP', line: 1, appliedPosition: 0 },
  {
    what: 'invalid UTF-8',
    log: Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
    code: 'INVALID_LOG_LINE',
    line: 1,
    appliedPosition: 0,
  },
  {
    what: 'an unknown field behind blank lines',
    log: `${logOf(1, 1)}\n\n{"position":2,"ops":[],"x":1}\n`,
    code: 'INVALID_LOG_LINE',
    line: 4,
    appliedPosition: 1,
  },
  {
    what: 'a key that is too long',
    log: `${logOf(1, 1)}{"position":2,"ops":[{"op":"put","table":1,"key":"${'k'.repeat(1025)}","value":""}]}\n`,
    code: 'KEY_TOO_LONG',
    line: 2,
    appliedPosition: 1,
  },
  {
    what: 'a value that is too large for format 1',
    format: '1',
    log: logOf(1, 1) + batchLine(2, 'v'.repeat(5000)) + batchLine(3),
    code: 'ENTRY_TOO_LARGE',
    line: 2,
    appliedPosition: 1,
  },
];

describe('replay', () => {
  it('applies a log, skips what is applied, and goes on where it stopped', () =>
    withTempFolder(async (cwd) => {
      const log = join(cwd, 'log');
      writeFileSync(log, logOf(1, 3));
      expectSummary(await replay(cwd), { applied: 3, skipped: 0, operations: 3, fromPosition: 0, toPosition: 3 });
      writeFileSync(log, logOf(1, 5));
      expectSummary(await replay(cwd), { applied: 2, skipped: 3, operations: 2, fromPosition: 3, toPosition: 5 });
      expectSummary(await replay(cwd), { applied: 0, skipped: 5, operations: 0, fromPosition: 5, toPosition: 5 });
    }));

  it('stops after --to', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'log'), logOf(1, 5));
      expectSummary(await replay(cwd, '--to', '2'), { applied: 2, toPosition: 2 });
      expectSummary(await replay(cwd, '--to', '1'), { applied: 0, toPosition: 2 });
      expectSummary(await replay(cwd, '--to', '18446744073709551615'), { applied: 3, toPosition: 5 });
    }));

  it('does not look at what is behind --to', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'log'), `${logOf(1, 2)}nonsense\n`);
      expectSummary(await replay(cwd, '--to', '2'), { applied: 2, toPosition: 2 });
    }));

  it('reads LF and CRLF, blank lines, and a last line without end', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'log'), `\r\n${logOf(1, 3).replaceAll('\n', '\r\n')}\n  \n${logOf(4, 4).trimEnd()}`);
      expectSummary(await replay(cwd), { applied: 4, toPosition: 4 });
    }));

  it('makes an empty store of an empty log', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'log'), '');
      expectSummary(await replay(cwd), { applied: 0, toPosition: 0 });
      expect(readFileSync(join(cwd, 'store.kmb')).length).to.equal(2 * 4096);
    }));

  it('reads a log from standard input, in whatever pieces it comes', () =>
    withTempFolder(async (cwd) => {
      const bytes = Buffer.from(logOf(1, 20));
      const pieces = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
      const outcome = await runCli(['replay', 'store.kmb', '-', '--json'], { cwd, stdin: Readable.from(pieces) });
      expectSummary(outcome, { applied: 20, toPosition: 20 });
    }));

  it('gives the same store, byte for byte, from a file and from standard input', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'log'), logOf(1, 50));
      await replay(cwd);
      await runCli(['replay', 'other.kmb', '-'], { cwd, stdin: logOf(1, 50) });
      expect(readFileSync(join(cwd, 'other.kmb')).equals(readFileSync(join(cwd, 'store.kmb')))).to.equal(true);
    }));

  for (const { what, log, code, line, appliedPosition, format = '2' } of BAD_LOGS) {
    it(`ends at ${what} with exit code 4, the line, and the batches before it`, () =>
      withTempFolder(async (cwd) => {
        writeFileSync(join(cwd, 'log'), log);
        const outcome = await replay(cwd, '--format', format);
        expect(outcome.code).to.equal(4);
        expect(outcome.stdout).to.equal('');
        const { error } = JSON.parse(outcome.stderr) as { error: object };
        expect(error).to.include({ code, exitCode: 4, line, appliedPosition });

        const text = await runCli(['replay', 'other.kmb', 'log', '--format', format], { cwd });
        expect(text.code).to.equal(4);
        expect(text.stderr).to.match(new RegExp(`^kmb-store: line ${line}: [^\\n]+\\n(hint: [^\\n]+\\n)?$`));

        expect(existsSync(join(cwd, 'store.kmb'))).to.equal(appliedPosition > 0);
        if (appliedPosition > 0) {
          const { stdout } = await runCli(['history', 'store.kmb', 'key', '--json'], { cwd });
          expect((JSON.parse(stdout.split('\n')[0]!) as { createdAt: number }).createdAt).to.equal(appliedPosition);
        }
      }));
  }

  it('keeps the batches before an error of the input', () =>
    withTempFolder(async (cwd) => {
      const failure = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' });
      async function* input(): AsyncGenerator<Buffer> {
        yield Buffer.from(logOf(1, 3));
        await Promise.resolve();
        throw failure;
      }
      const outcome = await runCli(['replay', 'store.kmb', '-', '--json'], { cwd, stdin: Readable.from(input()) });
      expect(outcome.code).to.equal(6);
      const { error } = JSON.parse(outcome.stderr) as { error: object };
      expect(error).to.include({ code: 'IO_ERROR', errno: 'EIO', line: 4, appliedPosition: 3 });
      expect((await runCli(['get', 'store.kmb', 'key'], { cwd })).stdout).to.equal('v3\n');
    }));
});

const replay = (cwd: string, ...flags: readonly string[]): Promise<Outcome> =>
  runCli(['replay', 'store.kmb', 'log', '--json', ...flags], { cwd });

function expectSummary({ code, stdout, stderr }: Outcome, facts: object): void {
  expect(stderr).to.equal('');
  expect(code).to.equal(0);
  const { notCompared, ...summary } = JSON.parse(stdout) as { readonly notCompared?: string };
  expect({ ...summary, ...(notCompared === undefined ? {} : { notCompared }) }).to.include(facts);
  expect(Object.keys(summary)).to.deep.equal([
    'applied',
    'skipped',
    'operations',
    'fromPosition',
    'toPosition',
    'seconds',
  ]);
}
