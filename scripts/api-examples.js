// Takes the examples out of docs/API.md, as TypeScript, as JavaScript, and as CommonJS, and runs them.
// `npm run examples` runs them under this Node.js, `npm run examples -- NODE...` under others.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const BLOCK = /^```ts\n(.*?)^```$/gms;
const PRINTED = /console\.log\(.*\);\s*\/\/ (.*)$/gm;

/** The examples of a document, with the lines that each of them prints. */
export function examplesIn(markdown) {
  return Array.from(markdown.matchAll(BLOCK), ([, source], index) => ({
    name: `example-${index + 1}`,
    source,
    prints: Array.from(source.matchAll(PRINTED), ([, line]) => line),
  }));
}

export function apiExamples() {
  return examplesIn(readFileSync(`${root}docs/API.md`, 'utf8'));
}

function transpile(source) {
  const { ES2022 } = ts.ScriptTarget;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ES2022, module: ts.ModuleKind.ESNext },
  });
  return outputText;
}

/** The same with `require`. What awaits at the top is in a function there. */
function asCommonJs(javascript) {
  const required = javascript
    .replaceAll(/^import \{([^}]+)\} from ('[^']+');$/gm, 'const {$1} = require($2);')
    .replace(/^export \{\};$/m, '');
  return `module.exports = (async () => {\n${required}\n})();\n`;
}

/** A folder in which `kmb-store` is installed, with each example in it in three forms. */
export function writeExamples(examples) {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'kmb-store-examples-')));
  mkdirSync(`${folder}/node_modules`);
  symlinkSync(root, `${folder}/node_modules/kmb-store`);
  writeFileSync(`${folder}/package.json`, '{"type":"module"}');
  copyFileSync(`${root}examples/eu-members.ndjson`, `${folder}/eu-members.ndjson`);
  for (const { name, source } of examples) {
    const javascript = transpile(source);
    writeFileSync(`${folder}/${name}.ts`, source);
    writeFileSync(`${folder}/${name}.js`, javascript);
    writeFileSync(`${folder}/${name}.cjs`, asCommonJs(javascript));
  }
  return folder;
}

const RUNNER = `
  import { createRequire } from 'node:module';
  import { mkdirSync, copyFileSync } from 'node:fs';
  const [extension, ...names] = process.argv.slice(2);
  const require = createRequire(import.meta.url);
  const folder = process.cwd();
  for (const name of names) {
    const own = folder + '/' + extension + '-' + name;
    mkdirSync(own);
    copyFileSync(folder + '/eu-members.ndjson', own + '/eu-members.ndjson');
    process.chdir(own);
    console.log('== ' + name);
    const file = folder + '/' + name + '.' + extension;
    await (extension === 'cjs' ? require(file) : import(file));
  }
`;

/** Runs the examples of a folder in one process; gives the lines that each of them has printed. */
export function runExamples(folder, examples, extension, node = process.execPath) {
  writeFileSync(`${folder}/run-${extension}.js`, RUNNER);
  const names = examples.map(({ name }) => name);
  const args = ['--no-warnings', `run-${extension}.js`, extension, ...names];
  const { status, stdout, stderr } = spawnSync(node, args, { cwd: folder, encoding: 'utf8' });
  for (const name of names) rmSync(`${folder}/${extension}-${name}`, { recursive: true, force: true });
  if (status !== 0) throw new Error(`the examples ended with ${status}:\n${stdout}${stderr}`);
  const [, ...printed] = stdout.split(/^== .*\n/m);
  return printed.map((text) =>
    text
      .trimEnd()
      .split('\n')
      .filter((line) => line !== ''),
  );
}

function report(node) {
  const examples = apiExamples();
  const folder = writeExamples(examples);
  try {
    for (const extension of ['js', 'cjs']) {
      const printed = runExamples(folder, examples, extension, node);
      examples.forEach(({ name, prints }, index) => {
        if (JSON.stringify(printed[index]) === JSON.stringify(prints)) return;
        console.error(`${name}.${extension} prints ${JSON.stringify(printed[index])}, not ${JSON.stringify(prints)}`);
        process.exitCode = 1;
      });
    }
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    console.log(`Node.js ${stdout.trim()}: ${examples.length} examples, with import and with require`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const nodes = process.argv.slice(2);
  for (const node of nodes.length > 0 ? nodes : [process.execPath]) report(node);
}
