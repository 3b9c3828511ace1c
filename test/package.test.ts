import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const COMMONJS_PROGRAM = `
import kmb = require('kmb-store');

const batch: kmb.WriteBatch = new kmb.WriteBatch(1n);
console.log(batch.position);
`;

const PROGRAM = `
import { BTreeStore, StoreError, WriteBatch, type Row } from 'kmb-store';

const store: BTreeStore = BTreeStore.open('typed.kmb', { create: true });
store.apply(new WriteBatch(1n).put(1n, 'key', 'value'));
store.sync();
const rows: Row[] = [...store.cursor(1n, { at: 1n })];
console.log(rows.map(({ key, createdAt }) => \`\${Buffer.from(key).toString()} \${createdAt}\`).join());
try {
  store.getAt(1n, Buffer.from('key'), 2n);
} catch (error) {
  if (error instanceof StoreError) console.log(error.code);
}
store.close();
`;

/** npm as whoever runs the tests has it, with what earlier installs have left in its cache. */
function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', [...args, '--no-audit', '--no-fund', '--prefer-offline', '--silent'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the published types', () => {
  it('have no member that is internal', () => {
    const types = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.d.ts'),
    );
    expect(types).to.include(join('engine', 'store', 'store.d.ts'));
    for (const name of types) {
      expect(readFileSync(join(root, 'dist', name), 'utf8'), name).not.to.match(
        /@internal|\b(applyGroupSteps|keyWordAt)\b/,
      );
    }
  });
});

describe('the package as its users get it', function () {
  this.timeout(180_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kmb-store-package-'));
    npm(root, 'pack', '--ignore-scripts', '--pack-destination', folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    npm(folder, 'install', '--omit=dev', tarball);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives a working command, without development dependencies', () => {
    const command = (...args: string[]): string =>
      execFileSync(join(folder, 'node_modules', '.bin', 'kmb-store'), args, { cwd: folder, encoding: 'utf8' });
    copyFileSync(join(root, 'examples', 'eu-members.ndjson'), join(folder, 'log.ndjson'));
    expect(command('--version')).to.match(/^kmb-store\/\d/);
    expect(command('replay', 'eu.kmb', 'log.ndjson')).to.match(/^applied 18 batches/);
    expect(command('get', 'eu.kmb', 'HR', '--table', '1', '--at', '13')).to.equal('Croatia, HRK\n');
    expect(command('scan', '--help')).to.contain('USAGE');
    expect(readdirSync(join(folder, 'node_modules'))).to.not.include.members(['mocha', 'typescript', 'oclif']);
  });

  /** Compiles a program strictly, and runs it. */
  const compileAndRun = (source: string, program: string, compiled: string): string => {
    writeFileSync(join(folder, source), program);
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const settings = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--outDir', 'out'];
    const types = ['--typeRoots', join(root, 'node_modules', '@types'), '--types', 'node'];
    execFileSync(process.execPath, [compiler, ...settings, ...types, source], { cwd: folder, stdio: 'pipe' });
    return execFileSync(process.execPath, [join('out', compiled)], {
      cwd: folder,
      encoding: 'utf8',
      // Node.js 20 calls it experimental to require an ES module.
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  };

  it('gives a typed import', () => {
    expect(compileAndRun('program.ts', PROGRAM, 'program.js')).to.equal('key 1\nPOSITION_BEYOND_APPLIED\n');
  });

  it('gives a typed require', () => {
    expect(compileAndRun('required.cts', COMMONJS_PROGRAM, 'required.cjs')).to.equal('1n\n');
  });

  it('can be required where Node.js can require ES modules', () => {
    const program = "const { WriteBatch } = require('kmb-store'); console.log(new WriteBatch(1n).position);";
    writeFileSync(join(folder, 'program.cjs'), program);
    const printed = execFileSync(process.execPath, ['program.cjs'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(printed.toString()).to.equal('1n\n');
  });

  it('has types of the library only, and runs nothing when it is installed', () => {
    const installed = join(folder, 'node_modules', 'kmb-store');
    const types = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.d.ts'),
    );
    expect(types).to.include(join('engine', 'index.d.ts'));
    expect(types.filter((name) => !name.startsWith('engine'))).to.deep.equal([]);
    const { scripts } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { scripts: object };
    expect(scripts).to.not.have.any.keys('preinstall', 'install', 'postinstall');
  });

  it('holds what is needed and nothing else', () => {
    const files = readdirSync(join(folder, 'node_modules', 'kmb-store')).sort();
    expect(files).to.deep.equal([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'docs',
      'examples',
      'man',
      'oclif.manifest.json',
      'package.json',
    ]);
  });
});
