// An esbuild plugin: what a command does not use is not loaded. Packages that few commands need are taken from another
// file, and modules are required when they are first used.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Node's modules that take time to load, and that few commands use. Only functions are imported from them. */
const SLOW_MODULES = /^node:(crypto|fs\/promises|timers\/promises)$/;

/** ES modules that commands import from other packages, with the names that they use. */
const ES_MODULES = { chalk: ['Chalk'], 'cli-table3': ['default'], 'lossless-json': ['parse'], ora: ['default'] };

/**
 * Packages that are replaced: debug does nothing unless it is asked for, and wsl-utils asks the same question in one
 * line.
 */
const STANDINS = {
  debug: `
    const quiet = () => Object.assign(() => {}, { enabled: false, extend: quiet });
    module.exports = process.env.DEBUG ? require('./cold.cjs')['debug'] : quiet;`,
  'wsl-utils': `
    const os = require('node:os');
    exports.isWsl = process.platform === 'linux' && /microsoft/i.test(os.release());
    exports.powerShellPath = async () => 'powershell.exe';`,
};

const LAZY = `function lazy(load) {
  let loaded;
  return { get it() { return (loaded ??= load()); } };
}`;

/** @param {Set<string>} cold is told which packages are to be bundled apart */
export function lazyPlugin(cold) {
  return {
    name: 'lazy',
    setup(build) {
      build.onResolve({ filter: /^\.\/cold\.cjs$/, namespace: 'cold' }, () => ({ path: './cold.cjs', external: true }));
      build.onResolve({ filter: /^[^./]/ }, ({ path: name, importer, kind }) => {
        if (kind === 'entry-point' || name.startsWith('node:') || name === 'typescript') return undefined;
        if (name === '@oclif/core/package.json') return { path: name, namespace: 'cold' };
        if (name.startsWith('@oclif/core') || name.startsWith('crc/')) return undefined;
        return path.isAbsolute(importer) || importer === '' ? { path: name, namespace: 'cold' } : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: 'cold' }, ({ path: name }) => {
        if (name === '@oclif/core/package.json') return { contents: coreVersion(), loader: 'json' };
        if (name !== 'wsl-utils') cold.add(name);
        return { contents: STANDINS[name] ?? fromCold(name), loader: 'js', resolveDir: root };
      });
      build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path: file }) => ({
        contents: requireWhenUsed(loadOwnHelp(readFileSync(file, 'utf8'), file)),
        loader: 'js',
      }));
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path: file }) => ({
        contents: importWhenUsed(importDirectly(sayWhere(readFileSync(file, 'utf8'), file), file)),
        loader: 'ts',
      }));
    },
  };
}

function coreVersion() {
  const file = `${root}node_modules/@oclif/core/package.json`;
  return JSON.stringify({ version: JSON.parse(readFileSync(file, 'utf8')).version });
}

function fromCold(name) {
  const load = `require('./cold.cjs')[${JSON.stringify(name)}]`;
  const names = ES_MODULES[name];
  if (names === undefined) return `module.exports = ${load};`;
  const isCommonJs = name === 'cli-table3';
  const lines = names.map((each) => {
    if (each === 'default') return `export default ${isCommonJs ? load : `${load}.default`};`;
    // What is not constructed is called: it can wait for that.
    return /^[A-Z]/.test(each)
      ? `export const ${each} = ${load}.${each};`
      : `export const ${each} = (...given) => ${load}.${each}(...given);`;
  });
  return lines.join('\n');
}

/** The help class that oclif would load from its file is in the bundle: its errors are the bundle's, and oclif is not loaded twice. */
function loadOwnHelp(source, file) {
  if (!/[\\/]lib[\\/]help[\\/]index\.js$/.test(file)) return source;
  const load = 'await (0, module_loader_1.load)(config, path)';
  if (!source.includes(load)) throw new Error(`${file} loads the help class in another way than it did`);
  return source.replace(load, () => `require(${JSON.stringify(`${root}src/cli/help-class.ts`)})`);
}

/** A module that asks where it is gets the answer that it would get in the plain build. */
function sayWhere(source, file) {
  const built = path.relative(`${root}src`, file).replace(/\.ts$/, '.js');
  const url = `require('node:url').pathToFileURL(require('node:path').join(__dirname, ${JSON.stringify(built)})).href`;
  return source.replaceAll('import.meta.url', () => url);
}

/** CommonJS as the TypeScript compiler writes it: each `const x_1 = require('x')` waits for the first use of `x_1`. */
function requireWhenUsed(source) {
  let result = source;
  for (const [line, name, value] of source.matchAll(
    /^(?:const|var) (\w+_\d+) = ((?:__import\w+\()?require\("[^"]+"\)\)?);$/gm,
  )) {
    const uses = [...result.matchAll(new RegExp(`\\b${name}\\b(.?)`, 'g'))];
    if (uses.some(([, next], index) => index > 0 && next !== '.')) continue;
    // Not a function: `new x_1.default()` must stay what it is.
    const waiting = `var ${name} = lazy(() => ${value});`;
    result = result.replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `${name}.it.`).replace(line, () => waiting);
  }
  return result === source ? source : `${result}\n${LAZY}`;
}

/** Imports of functions from slow modules wait for the first call; lines stay where they are. */
function importWhenUsed(source) {
  return source.replaceAll(/^import \{([^}]+)\} from '(node:[\w/]+)';/gm, (statement, names, module) => {
    if (!SLOW_MODULES.test(module)) return statement;
    const functions = namesIn(names).map((name) => `${name} = (...given) => require('${module}').${name}(...given)`);
    return functions.length === 0 ? '' : `const ${functions.join(', ')};`;
  });
}

/** Imports from the library's index, which loads all of it, come from the modules that define what is imported. */
function importDirectly(source, file) {
  return source.replaceAll(/^import \{([^}]+)\} from '([./]+engine)\/index\.js';/gm, (statement, names, engine) => {
    const imports = namesIn(names).map((name) => {
      const module = definitions().get(name);
      if (module === undefined) throw new Error(`${file}: the library does not export ${name}`);
      return `import { ${name} } from '${engine}/${module}';`;
    });
    return imports.join(' ') + '\n'.repeat(statement.split('\n').length - 1);
  });
}

let defined;

/** The module that defines each value which the library exports. */
function definitions() {
  if (defined !== undefined) return defined;
  defined = new Map();
  const index = readFileSync(`${root}src/engine/index.ts`, 'utf8');
  for (const [, names, module] of index.matchAll(/^export \{([^}]+)\} from '\.\/([^']+)';/gm)) {
    for (const name of namesIn(names)) defined.set(name, module);
  }
  return defined;
}

/** The names of values in the braces of an import or export. */
function namesIn(braces) {
  return braces
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '));
}
