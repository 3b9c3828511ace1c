/**
 * Places and names where no store can be kept: every command ends at once, or at its timeout, with an error that says
 * where.
 */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './support/cli.js';
import { requireBuild, runShell } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

const isRoot = process.getuid?.() === 0;

describe('a link at the name of a lock', () => {
  for (const [what, target] of [
    ['to nothing', 'nowhere'],
    ['to itself', 's.kmb-lock'],
    ['to a file', 'other'],
    ['to a folder', '.'],
  ] as const) {
    it(`${what} is waited for until the timeout, named, and left alone`, () =>
      withTempFolder(async (cwd) => {
        await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
        writeFileSync(join(cwd, 'other'), '{}');
        symlinkSync(target, join(cwd, 's.kmb-lock'));
        const before = readdirSync(cwd);
        for (const argv of [
          ['put', 's.kmb', 'k', 'w'],
          ['delete', 's.kmb', 'k'],
          ['recover', 's.kmb'],
        ]) {
          const { code, stderr } = await runCli([...argv, '--lock-timeout', '0.05'], { cwd });
          expect(code, argv[0]).to.equal(5);
          expect(stderr).to.match(
            /s\.kmb-lock does not say by whom: it is a symbolic link\nhint: .*remove .*s\.kmb-lock\n$/,
          );
        }
        expect((await runCli(['get', 's.kmb', 'k'], { cwd })).stdout).to.equal('v\n');
        expect(readdirSync(cwd)).to.deep.equal(before);
      }));
  }

  it('of a takeover is, too', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
      const { nodeProcesses } = await import('../../src/engine/index.js');
      const dead = { ...nodeProcesses.self(), started: '1', id: '0123456789ab', since: '2026-01-02T03:04:05.678Z' };
      writeFileSync(join(cwd, 's.kmb-lock'), JSON.stringify(dead));
      symlinkSync('nowhere', join(cwd, 's.kmb-lock-takeover-0123456789ab'));
      const { code, stderr } = await runCli(['put', 's.kmb', 'k', 'w', '--lock-timeout', '0.05'], { cwd });
      expect(code).to.equal(5);
      expect(stderr).to.include('s.kmb-lock-takeover-0123456789ab does not say by whom: it is a symbolic link');
    }));
});

describe('a place where nothing can be made', () => {
  for (const folder of ['/proc', '/sys', '/proc/self/fd']) {
    it(`${folder}: every command that would make a store there exits 6`, async function () {
      if (!existsSync(folder)) this.skip();
      for (const argv of [
        ['put', `${folder}/x.kmb`, 'k', 'v'],
        ['replay', `${folder}/x.kmb`, '/dev/null'],
      ]) {
        const { code, stderr } = await runCli(argv, {});
        expect(code, argv.join(' ')).to.equal(6);
        expect(stderr).to.match(/^kmb-store: cannot [^\n]*x\.kmb: [A-Z]+\n$/);
      }
    });
  }

  it('a pipe of the shell is no store, for any command', function () {
    requireBuild();
    if (!existsSync('/dev/fd')) this.skip();
    for (const command of ['get P k', 'put P k v', 'delete P k', 'tables P', 'verify-pages P', 'recover P']) {
      const line = `kmb-store ${command.replace('P', '<(echo)')}`;
      const { stderr, status } = runShell(line);
      expect(status, line).to.equal(3);
      expect(stderr).to.match(/^kmb-store: \/dev\/fd\/\d+ is a named pipe, not a store\n/);
    }
  });
});

describe('a name that leaves no room for those of the files beside a store', () => {
  const LONGEST = 255 - '-lock-takeover-0123456789ab'.length;

  it('is refused before anything is made; a byte less is taken, killed writers and all', () =>
    withTempFolder(async (cwd) => {
      for (const length of [LONGEST + 1, 233, 240, 255]) {
        const { code, stderr } = await runCli(['put', 'n'.repeat(length), 'k', 'v', '--json'], { cwd });
        expect(code, `${length}`).to.equal(4);
        expect((JSON.parse(stderr) as { error: object }).error).to.include({ code: 'STORE_NAME_TOO_LONG' });
      }
      // Bytes count, not characters.
      expect((await runCli(['put', 'é'.repeat(115), 'k', 'v'], { cwd })).code).to.equal(4);
      expect(readdirSync(cwd)).to.deep.equal([]);
      expect((await runCli(['put', 'n'.repeat(LONGEST), 'k', 'v'], { cwd })).code).to.equal(0);
    }));

  it('is read all the same', () =>
    withTempFolder(async (cwd) => {
      await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
      const { status } = spawnSync('mv', ['s.kmb', 'n'.repeat(250)], { cwd });
      expect(status).to.equal(0);
      for (const command of ['tables', 'verify-pages', 'dump-superblock']) {
        expect((await runCli([command, 'n'.repeat(250)], { cwd })).code, command).to.equal(0);
      }
    }));
});

describe('permissions that keep a writer from its own files', () => {
  before(requireBuild);

  /** Runs a line of shell as somebody who may not do everything. */
  const runAsUser = (cwd: string, line: string): ReturnType<typeof runShell> => {
    const asUser = isRoot ? `setpriv --reuid 12345 --regid 12345 --clear-groups ` : '';
    if (isRoot) chownSync(cwd, 12345, 12345);
    return runShell(`as_user() { ${asUser}"$NODE" "$SCRIPT" "$@"; }\n${line}`, { cwd });
  };

  for (const umask of ['0400', '0600', '0777']) {
    it(`umask ${umask}: nothing stays behind, and the next writer has the store`, () =>
      withTempFolder((cwd) => {
        const { status, stderr } = runAsUser(cwd, `umask ${umask}; as_user put s.kmb k v && as_user put s.kmb k w`);
        expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
        expect(readdirSync(cwd)).to.deep.equal(['s.kmb']);
      }));
  }

  it('a store that its owner may not read: exit code 6, and no lock stays behind', () =>
    withTempFolder((cwd) => {
      expect(runAsUser(cwd, 'as_user put s.kmb k v').status).to.equal(0);
      chmodSync(join(cwd, 's.kmb'), 0o200);
      expect(runAsUser(cwd, 'as_user put s.kmb k w').status).to.equal(6);
      expect(readdirSync(cwd)).to.deep.equal(['s.kmb']);
    }));

  it('a folder that cannot be synced: put fails before it is committed', () =>
    withTempFolder((cwd) => {
      expect(runAsUser(cwd, 'as_user put s.kmb k v').status).to.equal(0);
      const { mtimeMs } = statSync(join(cwd, 's.kmb'));
      chmodSync(cwd, 0o300);
      const { status, stderr } = runAsUser(cwd, 'as_user put s.kmb k w');
      chmodSync(cwd, 0o700);
      expect(status).to.equal(6);
      expect(stderr).to.match(/^kmb-store: cannot sync the directory of .*s\.kmb: EACCES\n$/);
      expect(statSync(join(cwd, 's.kmb')).mtimeMs).to.equal(mtimeMs);
    }));
});
