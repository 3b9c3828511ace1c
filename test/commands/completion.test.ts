/** The completion scripts, in the shells that they are for; a shell that is not installed is passed over. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './support/cli.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

/** What is typed, and what must be offered, and must not. */
const CASES: readonly { typed: string; offers: readonly string[]; not?: readonly string[] }[] = [
  { typed: 'kmb-store ver', offers: ['verify-log', 'verify-pages', 'version'], not: ['get'] },
  { typed: 'kmb-store scan --ta', offers: ['--table'], not: ['--at'] },
  { typed: 'kmb-store import --as ', offers: ['csv', 'debezium'], not: ['a.kmb'] },
  { typed: 'kmb-store get ', offers: ['a.kmb', 'b c.kmb'], not: ['scan'] },
  { typed: 'kmb-store get --table 1 ', offers: ['a.kmb'] },
  { typed: 'kmb-store get a.kmb ', offers: [], not: ['a.kmb'] },
  { typed: 'kmb-store verify-pages a.kmb ', offers: ['a.kmb'] },
  { typed: 'kmb-store put --value-file ', offers: ['a.kmb'] },
  { typed: 'kmb-store completion z', offers: ['zsh'], not: ['bash'] },
  { typed: 'kmb-store help expl', offers: ['explain'] },
];

/** A shell's program that reads the script, and for each line of its input prints what it offers, and an empty line. */
const BASH = `
  source ./script
  while IFS= read -r line; do
    read -ra COMP_WORDS <<<"$line"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    _kmb_store
    printf '%s\\n' "\${COMPREPLY[@]}" ; echo ==
  done`;
const FISH = `
  source ./script
  while read -l line
    complete -C $line | string split -f1 (printf '\\t'); echo ==
  end`;

function answers(shell: string, program: string, cwd: string): string[][] {
  const input = CASES.map(({ typed }) => `${typed}\n`).join('');
  const env = { ...process.env, HOME: cwd, XDG_CONFIG_HOME: cwd, XDG_DATA_HOME: cwd, TERM: 'dumb' };
  const { stdout, stderr, status } = spawnSync(shell, ['-c', program], { cwd, env, input, encoding: 'utf8' });
  expect(status, stderr).to.equal(0);
  return stdout.split('==\n').map((lines) =>
    lines
      .split('\n')
      .map((line) => line.replaceAll('\\ ', ' '))
      .filter((line) => line !== ''),
  );
}

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

describe('completion', () => {
  let cwd: string;

  before(() => {
    cwd = makeTempFolder();
    for (const name of ['a.kmb', 'b c.kmb']) writeFileSync(join(cwd, name), '');
    mkdirSync(join(cwd, 'fish'));
  });

  after(() => {
    removeFolder(cwd);
  });

  for (const [shell, program] of [
    ['bash', BASH],
    ['fish', FISH],
  ] as const) {
    it(`offers commands, flags, values and files in ${shell}`, async function () {
      if (!isInstalled(shell)) this.skip();
      writeFileSync(join(cwd, 'script'), (await runCli(['completion', shell])).stdout);
      const offered = answers(shell, program, cwd);
      CASES.forEach(({ typed, offers, not = [] }, index) => {
        expect(offered[index], typed).to.include.members([...offers]);
        for (const word of not) expect(offered[index], typed).to.not.include(word);
      });
    });
  }

  it('takes --format=1 apart as bash does', async function () {
    if (!isInstalled('bash')) this.skip();
    writeFileSync(join(cwd, 'script'), (await runCli(['completion', 'bash'])).stdout);
    const program = `source ./script; COMP_WORDS=(kmb-store put --format =); COMP_CWORD=3; _kmb_store; echo "\${COMPREPLY[@]}"`;
    expect(spawnSync('bash', ['-c', program], { cwd, encoding: 'utf8' }).stdout).to.equal('1 2\n');
  });

  it('is taken by zsh, which is given what each command has', async function () {
    if (!isInstalled('zsh')) this.skip();
    writeFileSync(join(cwd, 'script'), (await runCli(['completion', 'zsh'])).stdout);
    const program = `
      compdef() { print -r -- $1 }
      source ./script
      _arguments() { state=rest line=(scan); [[ $1 == -C ]] || print -rl -- "$@"; }
      _kmb_store`;
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', program], { cwd, encoding: 'utf8' });
    expect(stderr).to.equal('');
    const [owner, ...specs] = stdout.trimEnd().split('\n');
    expect(owner).to.equal('_kmb_store');
    expect(specs.join('\n'))
      .to.match(/^--table=\[.*\]:table:$/m)
      .and.match(/^1::argument:_files$/m);
  });

  it('is refused for another shell', async () => {
    expect((await runCli(['completion', 'csh'])).code).to.equal(2);
  });
});
