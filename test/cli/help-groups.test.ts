import { expect } from 'chai';
import { grouped } from '../../src/cli/help-groups.js';
import { requireBuild, runProcess } from '../commands/support/processes.js';

describe('the groups of the help', () => {
  it('have all commands once, in their order, and none is empty', () => {
    const commands = ['scan', 'get', 'unknown', 'recover'].map((id) => ({ id }));
    expect(grouped(commands)).to.deep.equal([
      { title: 'READ', members: [{ id: 'get' }, { id: 'scan' }] },
      { title: 'RESCUE', members: [{ id: 'recover' }] },
      { title: 'OTHER', members: [{ id: 'unknown' }] },
    ]);
  });

  it('are the list of commands', () => {
    requireBuild();
    const { stdout } = runProcess(['--help']);
    for (const title of ['READ', 'WRITE', 'INSPECT', 'TIME TRAVEL', 'RESCUE'])
      expect(stdout).to.contain(`\n${title}\n`);
    expect(stdout).to.match(/\nREAD\n {2}get +Print the value of a key\.\n {2}scan /);
  });
});
