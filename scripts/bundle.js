// Makes the command line of a few files, which starts in a fraction of the time: dist/main.cjs, and dist/cold.cjs with
// packages that few commands need. What the plain build of tsc is for: the library, tests, and what is generated from
// the commands.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lazyPlugin } from './lazy.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const SETTINGS = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  minifyWhitespace: true,
  minifySyntax: true,
  minifyIdentifiers: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['typescript'],
  // Names of modules do not depend on where packages are.
  preserveSymlinks: true,
};

const read = (file) => JSON.parse(readFileSync(`${root}${file}`, 'utf8'));

/** Starts the commands of the manifest; each is loaded when it is run. */
function entry() {
  const { name, version, description, type, oclif } = read('package.json');
  const manifest = read('oclif.manifest.json');
  const ids = Object.keys(manifest.commands).sort();
  const loaders = ids.map((id) => `${JSON.stringify(id)}: () => import('./src/commands/${id}.ts')`);
  const json = (value) => `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
  return `
    import { main } from './src/cli/main.ts';
    import { ownPlugin } from './src/cli/own-plugin.ts';
    const pjson = ${json({ name, version, description, type, oclif })};
    const manifest = ${json({ version: manifest.version, commands: Object.fromEntries(ids.map((id) => [id, manifest.commands[id]])) })};
    const loaders = {${loaders.join(',')}};
    export const start = (root, argv) => {
      const plugin = ownPlugin({ root, pjson, manifest, loaders });
      return main(argv, { root, plugins: new Map([[plugin.name, plugin]]) });
    };`;
}

const cold = new Set();
await build({
  ...SETTINGS,
  stdin: { contents: entry(), resolveDir: root, sourcefile: 'entry.js', loader: 'js' },
  outfile: 'dist/main.cjs',
  sourcemap: 'external',
  sourcesContent: false,
  plugins: [lazyPlugin(cold)],
});
await build({
  ...SETTINGS,
  stdin: {
    contents: `module.exports = {${[...cold].map((name) => `get ${JSON.stringify(name)}() { return require(${JSON.stringify(name)}); }`).join(',')}};`,
    resolveDir: `${root}node_modules/@oclif/core`,
    sourcefile: 'cold.js',
    loader: 'js',
  },
  outfile: 'dist/cold.cjs',
});
