// An esbuild plugin: distributes modules to the files of the command line, and has them loaded when they are used.
import { build } from 'esbuild';
import path from 'node:path';
import { isCold, moduleId, root } from './parts.js';
import { editCore, editOurs } from './source-edits.js';
import { isReplaced, packageWhenUsed, standinFor } from './standins.js';

/** What the entry of each file is called. */
export const ENTRY = 'entry.js';

const OTHER = 'other-file';
const PACKAGE = 'package';

/**
 * The plugin for main.cjs.
 *
 * @param {Set<string>} cold is told which modules are taken from cold.cjs
 * @param {Set<string>} packages is told which packages are taken from packages.cjs
 */
export function mainPlugin(cold, packages) {
  return plugin('main', (id) => isCold(id), cold, packages);
}

/**
 * The plugin for cold.cjs.
 *
 * @param {Set<string>} inMain the modules that main.cjs has: there must be one of each
 * @param {Set<string>} shared is told which of them are taken from there
 * @param {Set<string>} packages is told which packages are taken from packages.cjs
 */
export function coldPlugin(inMain, shared, packages) {
  return plugin('cold', (id) => inMain.has(id), shared, packages);
}

function plugin(part, isElsewhere, taken, packages) {
  const isMain = part === 'main';
  return {
    name: part,
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /^\.\/(main|cold|packages)\.cjs$/ }, ({ path: file }) => ({ path: file, external: true }));
      onResolve({ filter: /.*/ }, async ({ path: name, pluginData, namespace, ...from }) => {
        if (pluginData === 'resolved' || !isDistributed(namespace, from)) return undefined;
        if (name.startsWith('node:') || name === 'typescript') return undefined;
        if (isPackage(name)) return isEntry(from) ? undefined : { path: name, namespace: PACKAGE };
        const { kind, importer, resolveDir } = from;
        const found = await resolve(name, { kind, importer, resolveDir, namespace, pluginData: 'resolved' });
        const id = moduleId(found.path);
        return isElsewhere(id) ? { path: id, namespace: OTHER } : found;
      });
      onLoad({ filter: /.*/, namespace: PACKAGE }, ({ path: name }) => {
        if (!isMain || !isReplaced(name)) packages.add(name);
        const load = `require('./packages.cjs')[${JSON.stringify(name)}]`;
        const contents = (isMain ? standinFor(name) : undefined) ?? packageWhenUsed(name, load);
        return { contents, loader: 'js', resolveDir: `${root}node_modules/@oclif/core` };
      });
      onLoad({ filter: /.*/, namespace: OTHER }, async ({ path: id }) => {
        taken.add(id);
        const load = `${isMain ? `require('./cold.cjs')` : `require('./main.cjs').modules`}[${JSON.stringify(id)}]`;
        const isEngine = !isMain && id.startsWith('src/engine/');
        const contents = isEngine ? await bindings(id, load) : `module.exports = ${load};`;
        return { contents, loader: 'js', resolveDir: root };
      });
      onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path: file }) => ({
        contents: editCore(file),
        loader: 'js',
      }));
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path: file }) => ({
        contents: editOurs(file),
        loader: 'ts',
      }));
    },
  };
}

/**
 * What a module of the engine exports, as variables: an export of the other file is reached through two getters, and
 * in the loops of a check that takes longer than all else. No module of the engine imports one above it, so that all
 * of what it exports is there by then.
 */
async function bindings(id, load) {
  const options = { entryPoints: [id], absWorkingDir: root, bundle: false, write: false, metafile: true };
  const { metafile } = await build({ ...options, format: 'esm', outfile: 'module.js', logLevel: 'silent' });
  return `export const { ${metafile.outputs['module.js'].exports.join(', ')} } = ${load};`;
}

/** Whether what is imported there is for one file or the other: what other packages import is where they are. */
function isDistributed(namespace, { kind, importer }) {
  if (kind === 'entry-point') return false;
  const isOurs = /^(src\/|node_modules\/@oclif\/core\/lib\/)/.test(moduleId(importer));
  return namespace === 'file' && (isOurs || isEntry({ importer }));
}

function isEntry({ importer }) {
  return moduleId(importer) === ENTRY;
}

/** Whether this is the name of somebody else's package: of oclif's core each module is looked at by itself. */
function isPackage(name) {
  if (name.startsWith('.') || path.isAbsolute(name)) return false;
  return name === '@oclif/core/package.json' || !/^@oclif\/core(\/|$)/.test(name);
}
