/** A store that is mounted as a single file is read, and not written: its lock and journal would stay behind. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountPoints } from '../../src/engine/file/mounts.js';
import { runCli } from './support/cli.js';
import { requireBuild, runShell } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

const canMount = (): boolean => spawnSync('unshare', ['-m', 'sh', '-c', 'mount --bind /tmp /tmp']).status === 0;

describe('a store that is mounted as a single file', () => {
  for (const name of ['mounted.kmb', 'with space.kmb']) {
    it(`is read, and refused to writers with the way out: ${name} (needs the right to mount)`, async function () {
      this.timeout(30_000);
      if (!canMount()) this.skip();
      requireBuild();
      await withTempFolder(async (cwd) => {
        await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
        mkdirSync(join(cwd, 'place'));
        writeFileSync(join(cwd, 'place', name), '');
        writeFileSync(join(cwd, 'log'), '{"position":2,"ops":[]}\n');
        const bytes = readFileSync(join(cwd, 's.kmb'));
        const script = [
          `mount --bind s.kmb 'place/${name}' || exit 99`,
          `"$NODE" "$SCRIPT" get 'place/${name}' k`,
          `for c in "put@k w" "delete@k" "replay@log" "recover@"; do "$NODE" "$SCRIPT" \${c%%@*} 'place/${name}' \${c#*@}; echo $?; done`,
        ].join('\n');
        const { stdout, stderr } = runShell(`unshare -m sh -c ${quoted(script)}`, { cwd });
        expect(stdout).to.equal('v\n4\n4\n4\n4\n');
        expect(stderr).to.match(/is mounted by itself[^\n]*\nhint: mount the folder that the store is in\n/);
        expect(readFileSync(join(cwd, 's.kmb')).equals(bytes)).to.equal(true);
        expect(readdirSync(join(cwd, 'place'))).to.deep.equal([name]);
      });
    });
  }

  it('is found in the list of mounts, whatever its name', () => {
    const line = (point: string): string => `36 35 98:0 /s.kmb ${point} rw,noatime master:1 - ext4 /dev/root rw`;
    const list = [line('/data/a\\040b\\134c.kmb'), line(Buffer.from('/data/é.kmb').toString('latin1'))].join('\n');
    expect([...mountPoints(list)]).to.deep.equal(['/data/a b\\c.kmb', '/data/é.kmb']);
  });
});

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
