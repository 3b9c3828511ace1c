// Installs and tests the committed tree under every Node.js release line that is supported, each from the package
// `node`. `npm run matrix`, or `npm run matrix -- 22` for one of them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const RELEASES = ['20.19.0', '22', '24'];

const root = fileURLToPath(new URL('..', import.meta.url));
const releases = process.argv.length > 2 ? process.argv.slice(2) : RELEASES;

function run(command, args, cwd, env = process.env) {
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}`);
  return stdout.trim();
}

function testUnder(release, folder) {
  const installed = path.join(folder, 'node');
  const clone = path.join(folder, 'clone');
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', installed, `node@${release}`], folder);
  run('git', ['clone', '--quiet', root, clone], folder);
  const bin = path.join(installed, 'node_modules', 'node', 'bin');
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  const version = run('node', ['--version'], clone, env);
  run('npm', ['install', '--silent', '--no-audit', '--no-fund'], clone, env);
  return `Node.js ${version}: ${run('npm', ['test', '--silent'], clone, env).split('\n').at(-1)}`;
}

for (const release of releases) {
  const folder = mkdtempSync(path.join(tmpdir(), 'kmb-store-matrix-'));
  try {
    console.log(testUnder(release, folder));
  } catch (error) {
    console.error(`Node.js ${release}: ${error.message}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
