// Checks the package as it would be published, packed once for both tools: each would build it again before it packs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'kmb-store-package-'));

function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exitCode = 1;
}

try {
  run('npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder);
  const [tarball] = readdirSync(folder).map((name) => join(folder, name));
  run('publint', '--strict', tarball);
  run('attw', tarball, '--profile', 'esm-only', '--quiet');
} finally {
  rmSync(folder, { recursive: true });
}
