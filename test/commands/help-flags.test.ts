/** `-h` among the data of a script is not taken for a wish to see the help. */
import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireBuild, runProcess } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

describe('-h and --help', () => {
  before(requireBuild);

  for (const argv of [
    ['put', 's.kmb', 'k', '-h'],
    ['put', 's.kmb', '--table', '1', 'k', '--help'],
    ['put', 's.kmb', '-h', 'v'],
    ['get', 's.kmb', '-h'],
    ['delete', 's.kmb', '--help'],
    ['history', 's.kmb', '--json', '-h'],
    ['scan', 's.kmb', '--prefix', '-h'],
    ['count', '--from', '--help', 's.kmb'],
    ['put', 's.kmb', 'k', '--value-file', '-h'],
  ]) {
    it(`${argv.join(' ')} is exit code 2, and says how it is written`, () =>
      withTempFolder((cwd) => {
        const { status, stdout, stderr } = runProcess(argv, { cwd });
        expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
        expect(stderr).to.match(argv.includes('--json') ? /"hint":".*-- -h/ : /\nhint: .*(-- -|=-)/);
        expect(existsSync(join(cwd, 's.kmb'))).to.equal(false);
      }));
  }

  it('are arguments behind --', () =>
    withTempFolder((cwd) => {
      expect(runProcess(['put', 's.kmb', 'k', '--', '-h'], { cwd }).stdout).to.equal('position 1\n');
      expect(runProcess(['get', 's.kmb', 'k'], { cwd }).stdout).to.equal('-h\n');
      expect(runProcess(['count', 's.kmb', '--prefix=-h'], { cwd }).stdout).to.equal('0\n');
    }));

  for (const argv of [
    ['put', '-h'],
    ['put', 's.kmb', 'k', 'v', '--help'],
    ['scan', 's.kmb', '--help'],
    ['replay', 's.kmb', '-h'],
    ['help', '-h'],
  ]) {
    it(`${argv.join(' ')} shows the help`, () => {
      const { status, stdout, stderr } = runProcess(argv);
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
      expect(stdout).to.contain('USAGE');
    });
  }
});
