/**
 * Environments in which the command is started: an old Node.js, no passwd entry, few file descriptors, options of
 * Node.js.
 */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './support/cli.js';
import { requireBuild, runProcess, runShell } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

describe('the start of the command', () => {
  before(requireBuild);

  /** Runs the command behind a script that changes what Node.js says of itself or of the system. */
  const runBehind = (script: string, argv: readonly string[]): Promise<ReturnType<typeof runProcess>> =>
    withTempFolder((cwd) => {
      writeFileSync(join(cwd, 'before.cjs'), script);
      return runProcess(argv, { cwd, env: { NODE_OPTIONS: `--require ${join(cwd, 'before.cjs')}` } });
    });

  for (const version of ['v8.17.0', 'v12.22.12', 'v14.21.3', 'v18.20.8', 'v20.18.3']) {
    it(`names the Node.js that is needed under ${version}`, async () => {
      const script = `Object.defineProperty(process, 'version', { value: '${version}' });`;
      const { engines } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
        engines: { node: string };
      };
      const message = `Node.js ${engines.node.slice(2)} or later is needed, and this is ${version}`;
      const text = await runBehind(script, ['--version']);
      expect(text).to.include({ status: 70, stdout: '', stderr: `kmb-store: ${message}\n` });
      const json = await runBehind(script, ['get', 's', 'k', '--json']);
      expect(JSON.parse(json.stderr)).to.deep.equal({ error: { code: 'NODE_TOO_OLD', message, exitCode: 70 } });
    });
  }

  it('needs no passwd entry, HOME or SHELL', async () => {
    const script = `
      const os = require('os');
      delete process.env.HOME;
      delete process.env.SHELL;
      os.userInfo = () => { throw new Error('no entry'); };
      const { homedir } = os;
      os.homedir = () => { if (!process.env.HOME) throw new Error('no entry'); return homedir(); };`;
    for (const argv of [['--version'], ['--help'], ['get', '--help']]) {
      expect(await runBehind(script, argv), argv.join(' ')).to.include({ status: 0, stderr: '' });
    }
  });

  it('with too few file descriptors is a no of the system, with --json in JSON', () => {
    for (const limit of [24, 30, 40]) {
      const text = runShell(`ulimit -n ${limit}; kmb-store tables absent.kmb`);
      expect(text.status, `${limit}`).to.equal(6);
      expect(text.stderr).to.match(/^kmb-store: [^\n]*\n$/);
      const json = runShell(`ulimit -n ${limit}; kmb-store tables absent.kmb --json`);
      expect((JSON.parse(json.stderr) as { error: object }).error).to.include({ exitCode: 6 });
    }
  });

  it('with options of Node.js that forbid code generation runs commands, and says what help needs', () => {
    const env = { NODE_OPTIONS: '--disallow-code-generation-from-strings' };
    const quiet = runProcess(['tables', 'absent.kmb']);
    expect(runProcess(['tables', 'absent.kmb'], { env }).stderr).to.equal(quiet.stderr);
    const { status, stderr } = runProcess(['--help'], { env });
    expect(status).to.equal(6);
    expect(stderr).to.match(/^kmb-store: [^\n]+\nhint: [^\n]*NODE_OPTIONS\n$/);
  });

  it('with DEBUG set has the same output', () => {
    const quiet = runProcess(['tables', 'absent.kmb']);
    expect(runProcess(['tables', 'absent.kmb'], { env: { DEBUG: '*' } }).stderr).to.equal(quiet.stderr);
  });
});
