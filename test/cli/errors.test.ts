import { expect } from 'chai';
import { CliError, ReaderGoneError, UsageError } from '../../src/cli/cli-error.js';
import { reportError, wantsJson } from '../../src/cli/errors.js';
import { STORE_EXIT_CODES } from '../../src/cli/exit-codes.js';
import { withIo } from '../../src/cli/io.js';
import { StoreError, type StoreErrorCode } from '../../src/engine/index.js';
import { FakeOutput } from '../commands/support/fake-output.js';

interface Reported {
  readonly code: number;
  readonly stderr: string;
}

async function report(error: unknown, argv: readonly string[] = []): Promise<Reported> {
  const [stdout, stderr] = [new FakeOutput(), new FakeOutput()];
  const code = await withIo({ stdin: process.stdin, stdout, stderr, env: {} }, () =>
    Promise.resolve(reportError(error, argv)),
  );
  expect(stdout.text).to.equal('');
  return { code, stderr: stderr.text };
}

async function reportJson(error: unknown): Promise<{ code: number; error: Record<string, unknown> }> {
  const { code, stderr } = await report(error, ['get', '--json']);
  expect(stderr).to.match(/^[^\n]+\n$/);
  return { code, ...(JSON.parse(stderr) as { error: Record<string, unknown> }) };
}

const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: it failed, write`), { code, errno: -28, syscall: 'write' });

describe('errors', () => {
  for (const [code, exitCode] of Object.entries(STORE_EXIT_CODES)) {
    it(`${code} of the engine ends with ${exitCode}, in text and in JSON`, async () => {
      const error = new StoreError(code as StoreErrorCode, 'page 7 is damaged', { page: 2n ** 60n });
      const text = await report(error);
      expect(text.code).to.equal(exitCode);
      expect(text.stderr).to.match(/^kmb-store: [^\n]*page 7 is damaged[^\n]*\n(hint: [^\n]+\n)?$/);
      const json = await reportJson(error);
      expect(json.code).to.equal(exitCode);
      expect(json.error).to.include({ exitCode, page: '1152921504606846976' });
      expect(json.error['code']).to.equal(exitCode === 70 ? 'INTERNAL_ERROR' : code);
    });
  }

  it('a hint is a line of its own', async () => {
    const { stderr } = await report(new UsageError('X', 'what: the fact', {}, 'do this'));
    expect(stderr).to.equal('kmb-store: what: the fact\nhint: do this\n');
  });

  it('facts are fields, and never replace code, message or exitCode', async () => {
    const facts = { code: 'other', exitCode: 0, message: 'other', tables: [1n, 2n ** 64n - 1n], path: 'a"b' };
    expect((await reportJson(new CliError('X', 2, 'what', { facts }))).error).to.deep.equal({
      code: 'X',
      message: 'what',
      exitCode: 2,
      tables: [1, '18446744073709551615'],
      path: 'a"b',
    });
  });

  it('a message is one line that steers no terminal, whatever is in it', async () => {
    const { stderr } = await report(new StoreError('STORE_NOT_FOUND', 'no such file: a\nb\u001b[2J\r\u009b'));
    expect(stderr).to.equal('kmb-store: no such file: a\\nb\\x1b[2J\\r\\xc2\\x9b\n');
  });

  for (const error of [
    new TypeError('x is not a function'),
    new RangeError('out of bounds'),
    'a string',
    undefined,
    null,
  ]) {
    it(`${String(error)} is a bug: exit code 70`, async () => {
      const text = await report(error);
      expect(text.code).to.equal(70);
      expect(text.stderr).to.match(/^kmb-store: a bug in kmb-store: [^\n]+\nhint: please report [^\n]+\n$/);
      expect((await reportJson(error)).error).to.include({ code: 'INTERNAL_ERROR', exitCode: 70 });
    });
  }

  it('what the operating system says is exit code 6', async () => {
    expect(await report(systemError('ENOSPC'))).to.deep.equal({
      code: 6,
      stderr: 'kmb-store: input or output failed: ENOSPC: it failed\n',
    });
    expect((await reportJson(systemError('EIO'))).error).to.include({ code: 'IO_ERROR', errno: 'EIO', exitCode: 6 });
  });

  for (const error of [new ReaderGoneError(), systemError('EPIPE')]) {
    it(`a closed pipe (${error.name}) is no error`, async () => {
      expect(await report(error)).to.deep.equal({ code: 0, stderr: '' });
      expect(await report(error, ['--json'])).to.deep.equal({ code: 0, stderr: '' });
    });
  }

  it('help that ends the command is no error', async () => {
    const exit = Object.assign(new Error('EEXIT: 0'), { code: 'EEXIT', oclif: { exit: 0 } });
    expect(await report(exit)).to.deep.equal({ code: 0, stderr: '' });
  });

  it('a quiet no says nothing in text, and one line in JSON', async () => {
    const no = new CliError('KEY_NOT_FOUND', 1, 'key not found: a', { quiet: true });
    expect(await report(no)).to.deep.equal({ code: 1, stderr: '' });
    expect((await reportJson(no)).error).to.include({ code: 'KEY_NOT_FOUND', exitCode: 1 });
  });

  it('--json counts only among the flags', () => {
    expect(wantsJson(['get', '--json', '--', 'a'])).to.equal(true);
    expect(wantsJson(['get', '--', '--json'])).to.equal(false);
    expect(wantsJson(['get'])).to.equal(false);
  });
});
