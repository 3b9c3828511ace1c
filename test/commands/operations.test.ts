/** docs/OPERATIONS.md: what is a command there can be run, in the order in which it stands there. */
import { expect } from 'chai';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireBuild, runShell } from './support/processes.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

const GUIDE = readFileSync(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8');
const COMMAND = /^ {4}(.*\bkmb-store .*)$/gm;

const LOG = ['{"op":"put","table":1,"key":"a","value":"1"}', '{"op":"put","table":1,"key":"b","value":"2"}']
  .map((operation, index) => `{"position":${index + 1},"ops":[${operation}]}\n`)
  .join('');

describe('the operator’s guide', function () {
  this.timeout(60_000);
  const commands = [...GUIDE.matchAll(COMMAND)].map(([, command = '']) => command);
  let folder = '';

  before(() => {
    requireBuild();
    folder = makeTempFolder();
    for (const name of ['data', 'logs', 'backups']) mkdirSync(join(folder, name));
    for (const name of ['orders', 'stock']) {
      writeFileSync(join(folder, 'logs', `${name}.ndjson`), LOG);
      const made = runShell(`kmb-store replay data/${name}.kmb logs/${name}.ndjson`, { cwd: folder });
      expect(made.status).to.equal(0);
    }
  });
  after(() => {
    removeFolder(folder);
  });

  it('has commands', () => {
    expect(commands.length).to.be.above(15);
  });

  for (const command of commands) {
    it(command, () => {
      const { status, stderr } = runShell(command, { cwd: folder });
      expect(status, stderr).to.equal(0);
    });
  }
});
