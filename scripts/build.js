// Makes dist from src. When dist is still what was made of the same sources it stays: an installation builds, and so do
// the checks after it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const STAMP = 'dist/.made-of';
const INPUTS = ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const INSTALLED = 'node_modules/.package-lock.json';

/** The files of a folder, or the file, by their paths below the root. */
function filesOf(path) {
  if (!existsSync(`${root}${path}`)) return [];
  const entries = readdirSync(`${root}${path}`, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(root.length));
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files.filter((name) => name !== STAMP && existsSync(`${root}${name}`)).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(`${root}${file}`))
      .update('\0');
  }
  return hash.digest('hex');
}

/** What dist is, and what it was made of: both are to be as they were. */
function stampNow() {
  const inputs = INPUTS.flatMap((path) => (path.includes('.') ? [path] : filesOf(path)));
  return `${process.version} ${hashOf([...inputs, INSTALLED, 'oclif.manifest.json'])} ${hashOf(filesOf('dist'))}\n`;
}

async function build() {
  // A command that was deleted or renamed in src must not live on in dist.
  rmSync(`${root}dist`, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, '--project', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
  if (status !== 0) return;
  // What a report has in it for the browser is not compiled.
  cpSync(`${root}src/cli/report/browser`, `${root}dist/cli/report/browser`, { recursive: true });
  await import('./bundle.js');
  writeFileSync(`${root}${STAMP}`, stampNow());
}

const isCurrent = existsSync(`${root}${STAMP}`) && readFileSync(`${root}${STAMP}`, 'utf8') === stampNow();
if (!isCurrent) await build();
