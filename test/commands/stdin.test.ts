/** Standard input that cannot be read is an error, never an empty value. */
import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireBuild, runShell } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

const COMMANDS = ['put s.kmb k --value-file -', 'apply s.kmb -', 'replay s.kmb -'];
const UNREADABLE: Readonly<Record<string, string>> = {
  'a directory': '< /',
  'a datagram socket': '0<>/dev/udp/127.0.0.1/9',
  'a file opened to be written': '0> other',
  ...(existsSync('/proc/self/fdinfo/0') ? { closed: '<&-' } : {}),
};

describe('standard input', () => {
  before(requireBuild);

  for (const [what, redirection] of Object.entries(UNREADABLE)) {
    it(`that is ${what} is exit code 6, and nothing is written`, () =>
      withTempFolder((cwd) => {
        for (const command of COMMANDS) {
          const absent = runShell(`kmb-store ${command} ${redirection}`, { cwd });
          expect(absent.status, command).to.equal(6);
          expect(absent.stdout).to.equal('');
          expect(absent.stderr).to.match(/^kmb-store: cannot read standard input: [^\n]+\n(hint: [^\n]+\n)?$/);
          expect(existsSync(join(cwd, 's.kmb'))).to.equal(false);
        }
        runShell('kmb-store put s.kmb k old', { cwd });
        for (const command of COMMANDS) {
          const { status, stderr } = runShell(`kmb-store ${command} --json ${redirection}`, { cwd });
          expect(status, command).to.equal(6);
          expect((JSON.parse(stderr) as { error: object }).error).to.include({ code: 'IO_ERROR', exitCode: 6 });
        }
        expect(runShell('kmb-store get s.kmb k', { cwd }).stdout).to.equal('old\n');
      })).timeout(30_000);
  }

  it('that is empty and can be read gives an empty value', () =>
    withTempFolder((cwd) => {
      for (const source of ['< /dev/null', '< <(true)']) {
        expect(runShell(`kmb-store put s.kmb k --value-file - ${source}`, { cwd }).status, source).to.equal(0);
        expect(runShell('kmb-store get s.kmb k --raw', { cwd }).stdout).to.equal('');
      }
    }));

  it('does not become a value for a dash: put KEY - is refused, and says how each is written', () =>
    withTempFolder((cwd) => {
      const { status, stderr } = runShell('printf x | kmb-store put s.kmb k -', { cwd });
      expect(status).to.equal(2);
      expect(stderr).to.match(/\nhint: .*--value-file -.*--value-hex 2d\n$/);
      expect(existsSync(join(cwd, 's.kmb'))).to.equal(false);
      expect(runShell('kmb-store put s.kmb k --value-hex 2d; kmb-store get s.kmb k', { cwd }).stdout).to.equal(
        'position 1\n-\n',
      );
    }));
});
