/** A result that cannot be printed: whoever reads the error must not do the work twice. */
import { expect } from 'chai';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './support/cli.js';
import { requireBuild, runShell } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

const COMMANDS: Record<string, number> = {
  'put s.kmb k2 v': 2,
  'delete s.kmb k': 2,
  'apply s.kmb ops': 2,
  'replay s.kmb log': 3,
};

describe('a command that has committed, and whose result cannot be printed', () => {
  before(requireBuild);

  for (const [command, position] of Object.entries(COMMANDS)) {
    it(`says so: ${command}`, async function () {
      this.timeout(30_000);
      if (!existsSync('/dev/full')) this.skip();
      for (const flag of ['', ' --json']) {
        await withTempFolder(async (cwd) => {
          await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
          writeFileSync(join(cwd, 'ops'), '{"op":"put","table":1,"key":"k","value":"w"}\n');
          writeFileSync(join(cwd, 'log'), '{"position":2,"ops":[]}\n{"position":3,"ops":[]}\n');
          const { status, stderr } = runShell(`kmb-store ${command}${flag} > /dev/full`, { cwd });
          expect(status, stderr).to.equal(6);
          const error = stderr
            .split('\n')
            .filter((line) => !/note/.test(line))
            .join('\n');
          if (flag === '') {
            expect(error).to.match(
              new RegExp(
                `^kmb-store: the store is committed at position ${position}, but printing the result failed: ENOSPC`,
              ),
            );
            expect(error).to.include('\nhint: do not run the command again\n');
          } else {
            const facts = (JSON.parse(error) as { error: Record<string, unknown> }).error;
            expect(facts).to.include({ code: 'IO_ERROR', exitCode: 6, committed: true, position });
          }
          const { stdout } = await runCli(['dump-superblock', 's.kmb', '--json'], { cwd });
          expect(JSON.parse(stdout)).to.include({ appliedPosition: position });
        });
      }
    });

    it(`ends well when its reader has gone away: ${command}`, async function () {
      this.timeout(30_000);
      await withTempFolder(async (cwd) => {
        await runCli(['put', 's.kmb', 'k', 'v'], { cwd });
        writeFileSync(join(cwd, 'ops'), '{"op":"put","table":1,"key":"k","value":"w"}\n');
        writeFileSync(join(cwd, 'log'), '{"position":2,"ops":[]}\n{"position":3,"ops":[]}\n');
        const { stdout, stderr } = runShell(`{ sleep 0.2; kmb-store ${command}; echo $? >&2; } | true`, { cwd });
        expect([stdout, stderr.split('\n').at(-2)]).to.deep.equal(['', '0']);
        const shown = await runCli(['dump-superblock', 's.kmb', '--json'], { cwd });
        expect(JSON.parse(shown.stdout)).to.include({ appliedPosition: position });
      });
    });
  }
});
