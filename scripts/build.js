import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

// A command that was deleted or renamed in src must not live on in dist.
rmSync(`${root}/dist`, { recursive: true, force: true });

const { status } = spawnSync(process.execPath, [compiler, '--project', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
// What a report has in it for the browser is not compiled.
if (status === 0) cpSync(`${root}/src/cli/report/browser`, `${root}/dist/cli/report/browser`, { recursive: true });
if (status === 0) await import('./bundle.js');
