/** Where a shell sends results: files, pipes that are read at once, slowly, in part or not at all. */
import { expect } from 'chai';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeLargeStore } from './support/fixtures.js';
import { requireBuild, runShell } from './support/processes.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

const ROWS = 5000;

describe('standard output', () => {
  let cwd: string;
  const run = (line: string) => runShell(`set -o pipefail; ${line}`, { cwd });

  before(async () => {
    requireBuild();
    cwd = makeTempFolder();
    await makeLargeStore(cwd, 'store.kmb', ROWS);
  });

  after(() => {
    removeFolder(cwd);
  });

  it('gets all rows into a file, a pipe and a slow pipe, in their order', () => {
    const { status, stderr } = run(`
      kmb-store scan store.kmb > file; kmb-store scan store.kmb | cat > quick
      kmb-store scan store.kmb | (sleep 0.4; head -c 70000; sleep 0.4; cat) > slow`);
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    const text = readFileSync(join(cwd, 'file'), 'utf8');
    expect(text.split('\n')).to.have.length(ROWS + 1);
    for (const name of ['quick', 'slow']) expect(readFileSync(join(cwd, name), 'utf8') === text, name).to.equal(true);
  });

  it('is appended to, and shared with other commands in the order in which they run', () => {
    run('echo before > shared; (kmb-store count store.kmb; echo between; kmb-store count store.kmb) >> shared');
    expect(readFileSync(join(cwd, 'shared'), 'utf8')).to.equal(`before\n${ROWS}\nbetween\n${ROWS}\n`);
    const { stdout } = run('(kmb-store count store.kmb; echo between; kmb-store count store.kmb) | cat');
    expect(stdout).to.equal(`${ROWS}\nbetween\n${ROWS}\n`);
  });

  it('stays as it was for the processes that have it too', () => {
    const { stdout } = run('(kmb-store count store.kmb; sed -n s/flags:.*0//p /proc/self/fdinfo/1) | cat');
    expect(stdout).to.equal(`${ROWS}\n1\n`);
  });

  it('that is closed ends the work with success, at whatever time', () => {
    for (const line of [
      'kmb-store scan store.kmb | head -1',
      'kmb-store scan store.kmb | true',
      'kmb-store --help | true',
      '(sleep 0.3; kmb-store count store.kmb) | true',
      '(sleep 0.3; kmb-store get --help) | true',
    ]) {
      const { status, stderr } = run(line);
      expect({ status, stderr }, line).to.deep.equal({ status: 0, stderr: '' });
    }
  });

  it('that cannot take it is exit code 6', () => {
    for (const line of ['kmb-store count store.kmb > /dev/full', 'kmb-store get --help > /dev/full']) {
      const { status, stderr } = run(line);
      expect(status, line).to.equal(6);
      expect(stderr).to.match(/^kmb-store: [^\n]*no space left on device[^\n]*\n$/);
    }
    const { status, stderr } = run('trap "" XFSZ; ulimit -f 4; kmb-store scan store.kmb > cut');
    expect(status).to.equal(6);
    expect(stderr).to.match(/^kmb-store: [^\n]+\n$/);
    expect(statSync(join(cwd, 'cut')).size).to.equal(4096);
  });

  it('that is not there is no reason to fail', () => {
    expect(run('kmb-store count store.kmb >&-').status).to.equal(0);
  });

  it('and standard error that nobody reads leave the exit code as it is', () => {
    expect(run('(sleep 0.3; kmb-store get store.kmb nobody; echo $? > code) 2>&1 | true').status).to.equal(0);
    expect(readFileSync(join(cwd, 'code'), 'utf8')).to.equal('1\n');
  });
});
