/**
 * The bundled command line does what the plain build does: the same output and exit codes, in a fraction of the time.
 */
import { expect } from 'chai';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { withBundledSteps } from './support/bundled-session.js';
import { repositoryRoot } from './support/cli.js';
import { cleanEnv, requireBuild, runProcess, runShell } from './support/processes.js';
import { transcribe } from './support/session.js';
import { withTempFolder } from './support/temp-folder.js';

const folder = new URL('./sessions/', import.meta.url);

/** The plain build of the same entry. */
function runPlain(argv: readonly string[], env: Readonly<Record<string, string>>): SpawnSyncReturns<string> {
  const main = JSON.stringify(join(repositoryRoot, 'dist', 'cli', 'main.js'));
  const program = `const { main } = await import(${main}); await main(process.argv.slice(1), { root: ${JSON.stringify(repositoryRoot)} });`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program, '--', ...argv], {
    env: cleanEnv(env),
    encoding: 'utf8',
  });
}

/** Side by side, but no more than a machine can run. */
async function fewAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

const seen = ({ status, stdout, stderr }: SpawnSyncReturns<string>) => ({ status, stdout, stderr });

describe('the bundled command line', function () {
  this.timeout(300_000);
  before(requireBuild);

  describe('runs the sessions as the plain commands do', () => {
    const names = readdirSync(folder);
    const texts = names.map((name) => readFileSync(new URL(name, folder), 'utf8'));
    let transcripts: string[];
    before(async () => {
      transcripts = await fewAtOnce(texts, (text) =>
        withTempFolder((cwd) => withBundledSteps(cwd, (run) => transcribe(text, cwd, run))),
      );
    });

    for (const [index, name] of names.entries()) {
      it(name, () => {
        expect(transcripts[index]?.split('\n')).to.deep.equal(texts[index]?.split('\n'));
      });
    }
  });

  const lines = [
    [],
    ['--help'],
    ['--version'],
    ['gte'],
    ['--json', 'get'],
    ['put', 'store.kmb', 'key', '-h'],
    ['help'],
    ['help', 'nothing'],
    ['gte', 'a.kmb', '--json'],
    ['--json'],
    ['scan', '--no-such-flag'],
    ['get', 'absent.kmb', 'key', '--json'],
    // One command of each file.
    ['get', '--help'],
    ['verify-pages', '--help'],
  ];
  for (const argv of lines) {
    it(`says what the plain build says: ${argv.join(' ')}`, () => {
      const env = { COLUMNS: '80' };
      expect(seen(runProcess(argv, { env }))).to.deep.equal(seen(runPlain(argv, env)));
    });
  }

  it('loads nothing for get, put and scan into a pipe that they do not use', () =>
    withTempFolder((cwd) => {
      const store = ['store.kmb', '--table', '1'];
      const put = modulesOf(['put', ...store, 'key', 'value'], cwd);
      const get = modulesOf(['get', ...store, 'key'], cwd);
      const scan = modulesOf(['scan', ...store], cwd);
      for (const modules of [get, put, scan]) {
        expect(modules.bundled.length).to.be.above(20);
        expect(modules.files).to.not.contain('cold.cjs');
        expect(
          modules.bundled.filter((name) =>
            /\/verify\/|verify-|inspect|\/dump|replay|\bora\b|chalk|table-view/.test(name),
          ),
        ).to.be.empty;
        expect(
          modules.builtin.filter((name) => /^(zlib|fs\/promises|timers\/promises|child_process)$/.test(name)),
          'from Node',
        ).to.be.empty;
      }
      for (const { builtin } of [get, scan])
        expect(builtin).to.not.include.members(['crypto']).and.not.include.members(['perf_hooks']);
      const verify = modulesOf(['verify-pages', 'store.kmb'], cwd);
      expect(
        verify.bundled.filter((name) => name.includes('/verify/')),
        'this test sees what is run',
      ).to.not.be.empty;
      expect(put.builtin).to.contain('crypto');
      return Promise.resolve();
    }));

  it('opens no stream of Node.js for what a pipe or a file takes at once', () =>
    withTempFolder((cwd) => {
      const store = ['store.kmb', '--table', '1'];
      modulesOf(['put', ...store, 'key', 'value'], cwd);
      for (const into of ['| cat', '> file']) {
        const get = modulesOf(['get', ...store, 'key'], cwd, into);
        expect(get.builtin.length).to.be.above(0);
        expect(get.builtin.filter((name) => /stream|^net$|^tty$/.test(name))).to.deep.equal([]);
      }
      return Promise.resolve();
    }));

  it('names the source where a bug is reported', () =>
    withTempFolder((cwd) => {
      const hook = join(cwd, 'hook.cjs');
      writeFileSync(hook, "require('node:fs').fstatSync = () => { throw new TypeError('made up'); };");
      writeFileSync(join(cwd, 'store.kmb'), Buffer.alloc(4096));
      for (const argv of [
        ['get', 'store.kmb', 'key'],
        ['verify-pages', 'store.kmb'],
      ]) {
        const { status, stderr } = runProcess(argv, { cwd, env: { NODE_OPTIONS: `--require=${hook}` } });
        expect(status).to.equal(70);
        expect(stderr).to.match(/made up \(at engine\/[\w/-]+\.ts:\d+:\d+\)/);
      }
      return Promise.resolve();
    }));
});

describe('the cache of compiled code', () => {
  const hasCache = Number(process.versions.node.split('.')[0]) >= 22;
  const run = (env: Readonly<Record<string, string>>) => runProcess(['--version'], { env });

  before(requireBuild);

  if (hasCache) {
    it('is made where only the user can write', () =>
      withTempFolder((home) => {
        run({ HOME: home, XDG_CACHE_HOME: '' });
        const made = join(home, '.cache', 'kmb-store');
        expect(statSync(made).mode & 0o777).to.equal(0o700);
        expect(readdirSync(made)).to.have.length(1);
        run({ HOME: '/nonexistent', XDG_CACHE_HOME: join(home, 'xdg') });
        expect(readdirSync(join(home, 'xdg', 'kmb-store'))).to.have.length(1);
        return Promise.resolve();
      }));
  }

  it('is done without where others can write, and where there is no home', () =>
    withTempFolder((home) => {
      const shared = join(home, 'shared');
      mkdirSync(shared);
      chmodSync(shared, 0o777);
      const relative = { HOME: 'relative', XDG_CACHE_HOME: 'also' };
      const file = join(home, 'file');
      writeFileSync(file, '');
      for (const env of [{ HOME: home, XDG_CACHE_HOME: shared }, { HOME: '/nonexistent' }, relative, { HOME: file }]) {
        const { status, stderr } = run({ XDG_CACHE_HOME: '', ...env });
        expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
      }
      expect(readdirSync(shared)).to.be.empty;
      expect(existsSync(join(repositoryRoot, 'relative'))).to.equal(false);
      expect(runShell('unset HOME XDG_CACHE_HOME; kmb-store --version').status).to.equal(0);
      return Promise.resolve();
    }));
});

interface LoadedModules {
  /** Modules in the bundle that were run. */
  readonly bundled: readonly string[];
  readonly builtin: readonly string[];
  readonly files: string;
}

/** What a command loads, as Node's own coverage and list of modules have it. */
function modulesOf(argv: readonly string[], cwd: string, into?: string): LoadedModules {
  const hook = join(cwd, 'hook.cjs');
  const list = join(cwd, 'list.json');
  const coverage = join(cwd, `coverage-${argv[0] ?? ''}`);
  writeFileSync(
    hook,
    `const before = new Set(process.moduleLoadList);
     process.on('exit', () => {
       const builtin = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.split(' ').pop());
       require('node:fs').writeFileSync(process.env.LIST, JSON.stringify({ builtin, files: Object.keys(require.cache).join() }));
     });`,
  );
  const env = { NODE_OPTIONS: `--require=${hook}`, LIST: list, NODE_V8_COVERAGE: coverage };
  const run = () =>
    into === undefined ? runProcess(argv, { cwd, env }) : runShell(`kmb-store ${argv.join(' ')} ${into}`, { cwd, env });
  expect(run().status).to.equal(0);
  const loaded = JSON.parse(readFileSync(list, 'utf8')) as Pick<LoadedModules, 'builtin' | 'files'>;
  return { ...loaded, bundled: readdirSync(coverage).flatMap((file) => modulesRun(join(coverage, file))) };
}

interface FunctionCoverage {
  readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
}

interface Coverage {
  readonly result: readonly { readonly url: string; readonly functions: readonly FunctionCoverage[] }[];
}

/** The modules that the functions which were run come from, as the source maps have it. */
function modulesRun(file: string): string[] {
  const { result } = JSON.parse(readFileSync(file, 'utf8')) as Coverage;
  const names = result.flatMap(({ url, functions }) => {
    const bundle = /\/dist\/((?:main|cold)\.cjs)$/.exec(url)?.[1];
    if (bundle === undefined) return [];
    const sourceAt = readSources(join(repositoryRoot, 'dist', bundle));
    return functions
      .flatMap(({ ranges }) => ranges.slice(0, 1))
      .filter(({ count, startOffset }) => count > 0 && startOffset > 0)
      .map(({ startOffset }) => sourceAt(startOffset));
  });
  return [...new Set(names)];
}

/** Which source each place in a file of the bundle comes from. */
function readSources(bundle: string): (offset: number) => string {
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  const text = readFileSync(bundle, 'utf8');
  return (offset) => {
    const before = text.slice(0, offset).split('\n');
    const entry = map.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
    return 'originalSource' in entry ? entry.originalSource : '';
  };
}
