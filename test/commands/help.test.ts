import { Config } from '@oclif/core/config';
import { expect } from 'chai';
import { commandIds, loadCommand, repositoryRoot, runCli } from './support/cli.js';
import { makeExampleFiles } from './support/fixtures.js';
import { requireBuild, runProcess, runShell } from './support/processes.js';
import { splitWords } from './support/session.js';
import { withTempFolder } from './support/temp-folder.js';

const PROGRAM = 'kmb-store ';

/** What a shell has to run, and help, which oclif writes past the streams of a test; the rest runs in this process. */
const NEEDS_SHELL = /[|<>;\\]|^kmb-store help/;

async function examplesOf(id: string): Promise<string[]> {
  const { examples } = await loadCommand(id);
  return examples
    .map((example) => (typeof example === 'string' ? example : example.command))
    .map((example) => example.replaceAll('<%= config.bin %>', PROGRAM.trim()));
}

/** Commands that are about all tables when none is named. */
const WHOLE_STORE: ReadonlySet<string> = new Set(['stat']);

describe('the help', () => {
  before(requireBuild);

  for (const id of commandIds) {
    it(`of ${id} has a summary, a description and examples that name their table`, async () => {
      const command = await loadCommand(id);
      expect(command.summary).to.match(/^[A-Z].*\.$/);
      expect(command.description).to.be.a('string').with.length.above(40);
      const examples = await examplesOf(id);
      expect(examples).to.not.have.length(0);
      const hasTable = 'table' in { ...command.flags } && !WHOLE_STORE.has(id);
      for (const example of examples) {
        if (hasTable) expect(example).to.match(/--table \d|--all-tables/);
      }
    });

    it(`of ${id} describes every argument and flag`, async () => {
      const { args, flags, baseFlags } = await loadCommand(id);
      const described = [...Object.values(args), ...Object.values({ ...flags, ...baseFlags })];
      for (const { name, description } of described) expect(description, name).to.match(/^\S.*\.$/);
    });

    it(`of ${id} has examples that run`, async function () {
      this.timeout(30_000);
      for (const example of await examplesOf(id)) {
        await withTempFolder(async (cwd) => {
          await makeExampleFiles(cwd);
          const { code, stderr } = NEEDS_SHELL.test(example) ? inShell(example, cwd) : await inProcess(example, cwd);
          expect(stderr.replaceAll(/^note: .*\n/gm, ''), example).to.equal('');
          expect(code, example).to.equal(0);
        });
      }
    });
  }

  it('is shown by --help, with every command in it, and by the bare command', () => {
    for (const argv of [['--help'], []]) {
      const { status, stdout, stderr } = runProcess(argv);
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
      for (const id of commandIds) expect(stdout).to.match(new RegExp(`^  ${id} `, 'm'));
    }
  });

  it('of a command is shown by --help behind it, whatever else is wrong', () => {
    const { status, stdout, stderr } = runProcess(['get', '--table', 'x', '--help']);
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    expect(stdout).to.contain('$ kmb-store get STORE KEY').and.contain('EXAMPLES');
  });

  it('of a command is shown by the help command too, which knows what is no command', () => {
    expect(runProcess(['help', 'scan']).stdout).to.equal(runProcess(['scan', '--help']).stdout);
    const { status, stdout, stderr } = runProcess(['help', 'nope']);
    expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
    expect(stderr).to.match(/^kmb-store: unknown command: nope\n/);
    expect(runProcess(['help', 'scna']).stderr).to.contain('hint: did you mean scan?');
  });

  it('is shown by -h as well', () => {
    expect(runProcess(['-h']).stdout).to.equal(runProcess(['--help']).stdout);
    expect(runProcess(['scan', '-h']).stdout).to.equal(runProcess(['scan', '--help']).stdout);
  });

  it('--version gives the version', () => {
    const { status, stdout } = runProcess(['--version']);
    expect(status).to.equal(0);
    expect(stdout).to.match(/^kmb-store\/\d+\.\d+\.\d+ /);
  });
});

describe('arguments', () => {
  for (const id of commandIds) {
    it(`of ${id} are never filled from standard input`, async () => {
      for (const arg of Object.values((await loadCommand(id)).args)) {
        expect(arg.ignoreStdin, arg.name).to.equal(true);
      }
    });
  }

  it('a missing key with a pipe on standard input is exit code 2, and nothing is deleted', () =>
    withTempFolder(async (cwd) => {
      await makeExampleFiles(cwd);
      for (const id of ['delete', 'get', 'put', 'history']) {
        const { status, stdout, stderr } = runProcess([id, 'store.kmb'], { cwd, input: 'user:1\n' });
        expect({ id, status, stdout }).to.deep.equal({ id, status: 2, stdout: '' });
        expect(stderr).to.match(/^kmb-store: missing argument: KEY\n/);
      }
      expect((await runCli(['count', 'store.kmb'], { cwd })).stdout).to.equal('3\n');
      const loop = runShell(
        'printf "user:1\\nuser:3\\n" | while read -r key; do kmb-store delete store.kmb; cat >rest; done',
        { cwd },
      );
      expect(loop.stderr).to.match(/^kmb-store: missing argument: KEY\n/);
      expect(runShell('cat rest', { cwd }).stdout).to.equal('user:3\n');
    }));

  it('every command in the manifest is one that is tested here', async () => {
    const config = await Config.load(repositoryRoot);
    expect([...config.commandIDs].sort()).to.deep.equal(commandIds);
  });
});

function inShell(example: string, cwd: string): { code: number | null; stderr: string } {
  const { status, stderr } = runShell(example, { cwd });
  return { code: status, stderr };
}

const inProcess = (example: string, cwd: string): Promise<{ code: number; stderr: string }> =>
  runCli(splitWords(example.slice(PROGRAM.length)), { cwd });
