// Packages that are replaced in the bundled command line, and packages of ES modules that are loaded when used.
import { readFileSync } from 'node:fs';
import { BYTES, tableAsCode } from './crc32-table.js';
import { root } from './parts.js';

/** ES modules that commands import from other packages, with the names that they use. */
const ES_PACKAGES = {
  chalk: ['Chalk'],
  'cli-table3': ['default'],
  'lossless-json': ['isLosslessNumber', 'parse', 'stringify'],
  ora: ['default'],
};

const STANDINS = {
  // Does nothing unless it is asked for.
  debug: `
    const quiet = () => Object.assign(() => {}, { enabled: false, extend: quiet });
    module.exports = process.env.DEBUG ? require('./packages.cjs')['debug'] : quiet;`,
  // The same question in one line.
  'wsl-utils': `
    const os = require('node:os');
    exports.isWsl = process.platform === 'linux' && /microsoft/i.test(os.release());
    exports.powerShellPath = async () => 'powershell.exe';`,
  '@oclif/core/package.json': `exports.version = ${JSON.stringify(coreVersion())};`,
  'crc/calculators/crc32': readFileSync(new URL('crc32.js', import.meta.url), 'utf8')
    .replace(/^import .*$/m, `const BYTES = ${BYTES};`)
    .replace('makeTable()', tableAsCode),
};

/** The text of what is taken in the place of a package; nothing where the package itself is. */
export function standinFor(name) {
  return STANDINS[name];
}

/** Whether there is nothing of the package in the bundle. */
export function isReplaced(name) {
  return name in STANDINS && name !== 'debug';
}

/** A module that loads a package when something of it is used. `load` is code that gives the package. */
export function packageWhenUsed(name, load) {
  const names = ES_PACKAGES[name];
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

function coreVersion() {
  return JSON.parse(readFileSync(`${root}node_modules/@oclif/core/package.json`, 'utf8')).version;
}
