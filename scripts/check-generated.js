// Says whether what is generated from the commands and committed is current: oclif.manifest.json, docs/COMMANDS.md,
// the man page and the picture of README.md. Changes nothing. `npm run generate` makes them again.
import { Plugin } from '@oclif/core';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MAN_PAGE, manPage } from './man-page.js';
import { PICTURE, sessionPicture } from './session-picture.js';

const root = fileURLToPath(new URL('..', import.meta.url));

function complain(file) {
  console.error(`${file} is not current: run \`npm run generate\``);
  process.exitCode = 1;
}

async function currentManifest() {
  const plugin = new Plugin({
    errorOnManifestCreate: true,
    ignoreManifest: true,
    respectNoCacheDefault: true,
    root,
    type: 'core',
  });
  await plugin.load();
  return JSON.stringify(plugin.manifest, null, 2);
}

/** What `oclif readme` would make of the reference; its first line names the file. */
function currentReference() {
  const args = ['--no-aliases', '--no-source-links', '--readme-path', 'docs/COMMANDS.md', '--dry-run'];
  const oclif = `${root}node_modules/oclif/bin/run.js`;
  const env = { ...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true' };
  const { stdout } = spawnSync(process.execPath, [oclif, 'readme', ...args], { cwd: root, env, encoding: 'utf8' });
  return stdout.slice(stdout.indexOf('\n') + 1);
}

if ((await currentManifest()) !== readFileSync(`${root}oclif.manifest.json`, 'utf8').trimEnd()) {
  complain('oclif.manifest.json');
}
if (currentReference().trim() !== readFileSync(`${root}docs/COMMANDS.md`, 'utf8').trim()) complain('docs/COMMANDS.md');
if (manPage() !== readFileSync(`${root}${MAN_PAGE}`, 'utf8')) complain(MAN_PAGE);
if ((await sessionPicture()) !== readFileSync(`${root}${PICTURE}`, 'utf8')) complain(PICTURE);
