import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, runCli } from '../commands/support/cli.js';
import { makeExampleFiles } from '../commands/support/fixtures.js';
import { withTempFolder } from '../commands/support/temp-folder.js';

interface Manifest {
  readonly commands: Readonly<
    Record<
      string,
      {
        readonly args: Readonly<Record<string, unknown>>;
        readonly flags: Readonly<Record<string, { readonly type: string }>>;
      }
    >
  >;
}

const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'oclif.manifest.json'), 'utf8')) as Manifest;

describe('boolean flags', () => {
  for (const [command, { args, flags }] of Object.entries(manifest.commands)) {
    const names = Object.keys(flags).filter((name) => flags[name]?.type === 'boolean');
    for (const name of names) {
      it(`--${name} of ${command} takes no value, whatever it is and wherever it is`, () =>
        withTempFolder(async (cwd) => {
          await makeExampleFiles(cwd);
          const before = readFileSync(join(cwd, 'store.kmb'));
          const words = [
            'store.kmb',
            ...Object.keys(args)
              .slice(1)
              .map(() => '1'),
          ];
          for (const value of ['false', 'true', '', '0', 'no', 'a=b', 'two\nlines']) {
            const flag = `--${name}=${value}`;
            // In the place of an argument that is missing, which is where it was taken for one, behind all, and in
            // front.
            for (const argv of [
              [...words.slice(0, -1), flag],
              [...words, flag],
              [flag, ...words],
            ]) {
              const { code, stdout, stderr } = await runCli([command, ...argv], { cwd });
              expect({ code, stdout }, flag).to.deep.equal({ code: 2, stdout: '' });
              expect(stderr).to.match(new RegExp(`^kmb-store: --${name} takes no value: --${name}=`));
            }
          }
          expect(readFileSync(join(cwd, 'store.kmb')).equals(before)).to.equal(true);
        }));
    }
  }

  it('take no value in JSON mode either, where the error is JSON', async () => {
    const { code, stderr } = await runCli(['get', 's.kmb', 'k', '--json', '--quiet=yes']);
    expect(code).to.equal(2);
    expect((JSON.parse(stderr) as { error: object }).error).to.include({
      code: 'UNEXPECTED_FLAG_VALUE',
      flag: '--quiet',
      text: '--quiet=yes',
    });
  });

  it('are no flags behind --, nor as the value of one', () =>
    withTempFolder(async (cwd) => {
      await makeExampleFiles(cwd);
      expect((await runCli(['put', 'store.kmb', '--', '--json=false', '--json=false'], { cwd })).code).to.equal(0);
      expect((await runCli(['get', 'store.kmb', '--', '--json=false'], { cwd })).stdout).to.equal('--json=false\n');
      expect((await runCli(['count', 'store.kmb', '--prefix=--json='], { cwd })).stdout).to.equal('1\n');
    }));
});
