// Makes the command line of three files, which starts in a fraction of the time: dist/main.cjs, dist/cold.cjs with what
// few commands need, and dist/packages.cjs with what few of those need of other packages. The plain build of tsc is
// for the library, for tests, and for what is generated from the commands.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { root } from './bundle/parts.js';
import { coldPlugin, ENTRY, mainPlugin } from './bundle/plugin.js';

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
  sourcemap: 'external',
  sourcesContent: false,
  // Names of modules do not depend on where packages are.
  preserveSymlinks: true,
};

const read = (file) => JSON.parse(readFileSync(`${root}${file}`, 'utf8'));

/** Modules by their names, each loaded when it is asked for. */
function gettersOf(names) {
  const properties = [...names].sort().map((name) => {
    const module = JSON.stringify(name.startsWith('src/') || name.includes('node_modules/') ? `./${name}` : name);
    return `get ${JSON.stringify(name)}() { return require(${module}); }`;
  });
  return `{${properties.join(',')}}`;
}

/** Starts the commands of the manifest; each is loaded when it is run. */
function mainEntry(shared) {
  const { name, version, description, type, oclif } = read('package.json');
  const manifest = read('oclif.manifest.json');
  const ids = Object.keys(manifest.commands).sort();
  const loaders = ids.map((id) => `${JSON.stringify(id)}: async () => require('./src/commands/${id}.ts')`);
  const json = (value) => `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
  return `
    import { main } from './src/cli/main.ts';
    import { ownPlugin } from './src/cli/own-plugin.ts';
    const pjson = ${json({ name, version, description, type, oclif })};
    const manifest = ${json({ version: manifest.version, commands: Object.fromEntries(ids.map((id) => [id, manifest.commands[id]])) })};
    const loaders = {${loaders.join(',')}};
    const optionsOf = (root) => {
      const plugin = ownPlugin({ root, pjson, manifest, loaders });
      return { root, plugins: new Map([[plugin.name, plugin]]) };
    };
    export const start = (root, argv) => main(argv, optionsOf(root));
    export const serve = (root) => require('./src/cli/many/worker.ts').serve(optionsOf(root));
    export const modules = ${gettersOf(shared)};`;
}

function bundle(entry, { resolveDir = root, ...options }) {
  const stdin = { contents: entry, resolveDir, sourcefile: ENTRY, loader: 'js' };
  return build({ ...SETTINGS, stdin, ...options });
}

const bundleMain = (cold, shared, options) =>
  bundle(mainEntry(shared), { outfile: 'dist/main.cjs', plugins: [mainPlugin(cold, packages)], ...options });

const cold = new Set();
const packages = new Set();
const shared = new Set();
const { metafile } = await bundleMain(cold, [], { write: false, metafile: true });
await bundle(`module.exports = ${gettersOf(cold)};`, {
  outfile: 'dist/cold.cjs',
  plugins: [coldPlugin(new Set(Object.keys(metafile.inputs)), shared, packages)],
});
await bundle(`module.exports = ${gettersOf(packages)};`, {
  outfile: 'dist/packages.cjs',
  resolveDir: `${root}node_modules/@oclif/core`,
});
await bundleMain(cold, shared);
