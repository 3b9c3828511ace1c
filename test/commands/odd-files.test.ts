import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli, type Outcome } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

/** Every command on a store of this name; `log.ndjson` and `ops.ndjson` are good. */
const READING = [
  ['get', 'NAME', 'key'],
  ['get', 'NAME', 'key', '--quiet'],
  ['scan', 'NAME'],
  ['scan', 'NAME', '--all-tables'],
  ['count', 'NAME', '--table', '1'],
  ['history', 'NAME', 'key'],
  ['tables', 'NAME'],
  ['delete', 'NAME', 'key'],
];
const CREATING = [
  ['put', 'NAME', 'key', 'value'],
  ['apply', 'NAME', 'ops.ndjson'],
  ['replay', 'NAME', 'log.ndjson'],
];

/**
 * What has no page at all is refused by the commands that show pages; test/commands/dump.test.ts has what they show of
 * the rest.
 */
const DUMPING = [
  ['dump-superblock', 'NAME'],
  ['dump-page', 'NAME', '0', '--hex'],
  ['dump-page', 'NAME', '1'],
];

const JPEG = Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), Buffer.alloc(20000, 0x5a)]);

interface OddFile {
  readonly what: string;
  readonly commands: readonly (readonly string[])[];
  readonly exitCode: number;
  readonly errorCode: string;
  readonly make: (path: string) => void;
}

const ODD_FILES: readonly OddFile[] = [
  {
    what: 'an absent file',
    commands: [...READING, ...DUMPING],
    exitCode: 6,
    errorCode: 'STORE_NOT_FOUND',
    make: () => undefined,
  },
  ...[
    { what: 'a picture', make: (path: string) => writeFileSync(path, JPEG) },
    { what: 'a text of one line', make: (path: string) => writeFileSync(path, 'VDBSTORE\n') },
  ].map((file) => ({ ...file, commands: [...READING, ...CREATING], exitCode: 3, errorCode: 'NOT_A_STORE' })),
  ...[
    { what: 'an empty file', make: (path: string) => writeFileSync(path, '') },
    { what: 'a hundred bytes', make: (path: string) => writeFileSync(path, JPEG.subarray(0, 100)) },
    { what: 'a directory', make: (path: string) => mkdirSync(path) },
    { what: 'a named pipe', make: (path: string) => void spawnSync('mkfifo', [path]) },
  ].map((file) => ({
    ...file,
    commands: [...READING, ...CREATING, ...DUMPING],
    exitCode: 3,
    errorCode: 'NOT_A_STORE',
  })),
  {
    what: 'a link to nothing',
    commands: [...READING, ...DUMPING],
    exitCode: 6,
    errorCode: 'STORE_NOT_FOUND',
    make: (path) => symlinkSync('nowhere', path),
  },
];

describe('odd files', () => {
  for (const { what, commands, exitCode, errorCode, make } of ODD_FILES) {
    it(`${what} is refused with exit code ${exitCode} by every command, and left alone`, () =>
      withTempFolder(async (cwd) => {
        makeInputs(cwd);
        make(join(cwd, 'odd'));
        const before = contentsOf(cwd);
        for (const command of commands) {
          const argv = command.map((word) => (word === 'NAME' ? 'odd' : word));
          expectTextError(await runCli(argv, { cwd }), exitCode, argv);
          expectJsonError(await runCli([...argv, '--json'], { cwd }), { exitCode, code: errorCode }, argv);
        }
        expect(contentsOf(cwd)).to.deep.equal(before);
      }));
  }

  for (const command of CREATING) {
    it(`${command[0]} in a folder that is not there exits 6`, () =>
      withTempFolder(async (cwd) => {
        makeInputs(cwd);
        const argv = command.map((word) => (word === 'NAME' ? 'nowhere/odd' : word));
        expectTextError(await runCli(argv, { cwd }), 6, argv);
        expectJsonError(await runCli([...argv, '--json'], { cwd }), { exitCode: 6, code: 'IO_ERROR' }, argv);
      }));
  }

  for (const [path, errorCode] of [
    ['absent', 'FILE_NOT_FOUND'],
    ['folder', 'IO_ERROR'],
  ] as const) {
    for (const command of [
      ['put', 'new.kmb', 'key', '--value-file', path],
      ['apply', 'new.kmb', path],
      ['replay', 'new.kmb', path],
    ]) {
      it(`${command.join(' ')}: input that is ${path} exits 6, and no store is made`, () =>
        withTempFolder(async (cwd) => {
          mkdirSync(join(cwd, 'folder'));
          expectTextError(await runCli(command, { cwd }), 6, command);
          expectJsonError(await runCli([...command, '--json'], { cwd }), { exitCode: 6, code: errorCode }, command);
          expect(readdirSync(cwd)).to.deep.equal(['folder']);
        }));
    }
  }

  it('a store without permission to read it exits 6', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'odd'), JPEG);
      chmodSync(join(cwd, 'odd'), 0o000);
      const mayReadAnything = process.getuid?.() === 0;
      expectTextError(await runCli(['tables', 'odd'], { cwd }), mayReadAnything ? 3 : 6, ['tables']);
    }));

  it('a store is read through a link, and written through it', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 'store.kmb', 'key', 'one'], { cwd });
      symlinkSync('store.kmb', join(cwd, 'link'));
      expect((await runCli(['put', 'link', 'key', 'two'], { cwd })).code).to.equal(0);
      expect((await runCli(['get', 'store.kmb', 'key'], { cwd })).stdout).to.equal('two\n');
      expect((await runCli(['get', 'link', 'key'], { cwd })).stdout).to.equal('two\n');
    }));
});

describe('a symbolic link to nothing', () => {
  it('is told as such by a command that would make a store, and nothing is made', () =>
    withTempFolder(async (cwd) => {
      symlinkSync('nowhere', join(cwd, 'link'));
      const { code, stderr } = await runCli(['put', 'link', 'k', 'v', '--table', '1'], { cwd });
      expect(code).to.equal(6);
      expect(stderr).to.equal('kmb-store: link is a symbolic link to a file that is not there\n');
      expect(readdirSync(cwd)).to.deep.equal(['link']);
    }));
});

describe('keys that are too long', () => {
  const longKey = 'k'.repeat(1025);

  it('put refuses one of 1,025 bytes with exit code 4 and creates nothing', () =>
    withTempFolder(async (cwd) => {
      const argv = ['put', 'new.kmb', longKey, 'value'];
      expectTextError(await runCli(argv, { cwd }), 4, ['put', '…']);
      expectJsonError(await runCli([...argv, '--json'], { cwd }), { exitCode: 4, code: 'KEY_TOO_LONG' }, ['put', '…']);
      expect(existsSync(join(cwd, 'new.kmb'))).to.equal(false);
    }));

  it('put takes one of 1,024 bytes, whatever its characters', () =>
    withTempFolder(async (cwd) => {
      const key = 'é'.repeat(512);
      expect((await runCli(['put', 'new.kmb', key, 'value'], { cwd })).code).to.equal(0);
      expect((await runCli(['get', 'new.kmb', key], { cwd })).stdout).to.equal('value\n');
      expect((await runCli(['put', 'new.kmb', `${key}é`, 'value'], { cwd })).code).to.equal(4);
    }));

  it('get, history and delete just do not find it', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 'new.kmb', 'key', 'value'], { cwd });
      for (const command of ['get', 'history', 'delete']) {
        const argv = [command, 'new.kmb', longKey];
        expectTextError(await runCli(argv, { cwd }), 1, argv.slice(0, 2));
        const facts = { exitCode: 1, code: 'KEY_NOT_FOUND', key: longKey };
        expectJsonError(await runCli([...argv, '--json'], { cwd }), facts, argv.slice(0, 2));
      }
    }));

  it('scan may begin and end at one', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 'new.kmb', 'key', 'value'], { cwd });
      expect((await runCli(['count', 'new.kmb', '--to', longKey], { cwd })).stdout).to.equal('1\n');
      expect((await runCli(['count', 'new.kmb', '--from', longKey], { cwd })).stdout).to.equal('0\n');
      expect((await runCli(['count', 'new.kmb', '--prefix', longKey], { cwd })).stdout).to.equal('0\n');
    }));
});

describe('values that are too large', () => {
  it('a value beyond what a page of format 1 holds is refused with exit code 4 and creates nothing', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'value'), Buffer.alloc(5000));
      const argv = ['put', 'new.kmb', 'key', '--value-file', 'value', '--json', '--format', '1'];
      expectJsonError(await runCli(argv, { cwd }), { exitCode: 4, code: 'ENTRY_TOO_LARGE' }, argv);
      expect(readdirSync(cwd)).to.deep.equal(['value']);
    }));

  it('endless input is refused with exit code 4 instead of filling the memory', () =>
    withTempFolder(async (cwd) => {
      const argv = ['put', 'new.kmb', 'key', '--value-file', '/dev/zero', '--json'];
      expectJsonError(await runCli(argv, { cwd }), { exitCode: 4, code: 'VALUE_TOO_LARGE' }, argv);
      expect(readdirSync(cwd)).to.deep.equal([]);
    }));
});

function makeInputs(folder: string): void {
  writeFileSync(join(folder, 'log.ndjson'), '{"position":1,"ops":[]}\n');
  writeFileSync(join(folder, 'ops.ndjson'), '{"op":"delete","table":1,"key":"a"}\n');
}

/** Names in a folder, with the bytes of what can be read. */
function contentsOf(folder: string): [string, string][] {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry): [string, string] => [entry.name, entry.isFile() ? readFileSync(join(folder, entry.name), 'hex') : ''])
    .sort();
}

function expectTextError({ code, stdout, stderr }: Outcome, exitCode: number, argv: readonly string[]): void {
  const where = argv.join(' ');
  expect(code, where).to.equal(exitCode);
  expect(stdout, where).to.equal('');
  expect(stderr, where).to.match(/^kmb-store: [^\n]+\n(hint: [^\n]+\n)?$/);
}

function expectJsonError(
  { code, stdout, stderr }: Outcome,
  facts: { readonly exitCode: number; readonly code: string },
  argv: readonly string[],
): void {
  const where = argv.join(' ');
  expect(code, where).to.equal(facts.exitCode);
  expect(stdout, where).to.equal('');
  expect(stderr, where).to.match(/^[^\n]+\n$/);
  expect((JSON.parse(stderr) as { error: object }).error, where).to.include(facts);
}
