// What is changed in sources as they are bundled, so that a command loads what it uses. Lines stay where they are.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isCold, moduleId, root } from './parts.js';

/** Node's modules that take time to load, and that few commands use. Only functions are imported from them. */
const SLOW_MODULES = /^node:(child_process|crypto|fs\/promises|timers\/promises)$/;

const LAZY = `function lazy(load) {
  let loaded;
  return { get it() { return (loaded ??= load()); } };
}`;

/** What is changed in a module of oclif, by what is there and what is there instead. */
const CORE_EDITS = {
  // Of the help, each command needs to know what asks for it.
  'lib/main.js': [
    [
      'const help_1 = require("./help");',
      'const help_1 = { ...require("./help/util"), get loadHelpClass() { return require("./help").loadHelpClass; } };',
    ],
  ],
  // It passes over closed pipes, which end our commands; and a stream is opened for it.
  'lib/command.js': [["process.stdout.on('error', (err) => {", "(() => {})('error', (err) => {"]],
  // The help class that oclif would load from its file is in the bundle: its errors are the bundle's, and oclif is not
  // loaded twice.
  'lib/help/index.js': [
    ['await (0, module_loader_1.load)(config, path)', `require(${JSON.stringify(`${root}src/cli/help-class.ts`)})`],
  ],
};

/** A module of oclif's, which is CommonJS. */
export function editCore(file) {
  return requireWhenUsed(
    applyEdits(readFileSync(file, 'utf8'), moduleId(file).replace('node_modules/@oclif/core/', '')),
  );
}

/** A module of ours. */
export function editOurs(file) {
  return importWhenUsed(importDirectly(sayWhere(readFileSync(file, 'utf8'), file), file), file);
}

function applyEdits(source, name) {
  return (CORE_EDITS[name] ?? []).reduce((text, [there, instead]) => {
    if (!text.includes(there)) throw new Error(`@oclif/core/${name} no longer has: ${there}`);
    return text.replace(there, () => instead);
  }, source);
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

/**
 * Imports of functions from slow modules wait for the first call. A module of Node's as a whole is required: as an
 * import all that it exports would be copied.
 */
function importWhenUsed(source, file) {
  const wholes = source.replaceAll(/^import (\w+) from '(node:[\w/]+)';/gm, "const $1 = require('$2');");
  return wholes.replaceAll(/^import \{([^}]+)\} from '([^']+)';/gm, (statement, names, module) => {
    if (!isSlow(module, file)) return statement;
    const values = namesIn(names);
    const constructor = values.find((name) => /^[A-Z]/.test(name));
    if (constructor !== undefined)
      throw new Error(`${file}: ${constructor} of ${module} cannot be loaded at its first call`);
    const functions = values.map((name) => `${name} = (...given) => require('${module}').${name}(...given)`);
    const breaks = '\n'.repeat(statement.split('\n').length - 1);
    return (functions.length === 0 ? '' : `const ${functions.join(', ')};`) + breaks;
  });
}

function isSlow(module, file) {
  if (!module.startsWith('.')) return SLOW_MODULES.test(module);
  const imported = path.resolve(path.dirname(file), module).replace(/\.js$/, '.ts');
  return isCold(moduleId(imported)) && !isCold(moduleId(file));
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
