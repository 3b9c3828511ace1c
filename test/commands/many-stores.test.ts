/** Commands on many stores at once: which they find, what they print in which form, and how they end. */
import { expect } from 'chai';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { outcomeOf, requireBuild, runProcess, runShell, startProcess } from './support/processes.js';
import { sarifProblems } from './support/sarif.js';
import { readXml } from './support/xml.js';
import { readPrometheus } from './support/prometheus.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

interface Line {
  readonly store?: string;
  readonly ok?: boolean;
  readonly error?: { readonly exitCode: number };
  readonly summary?: { readonly stores: number; readonly failed: number; readonly filesSkipped: number };
}

const readLines = (stdout: string): Line[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

describe('many stores', function () {
  this.timeout(60_000);
  let folder = '';
  const run = (...argv: string[]) => runProcess(argv, { cwd: folder });

  before(() => {
    requireBuild();
    folder = makeTempFolder();
    mkdirSync(join(folder, 'shards', 'deep', 'er'), { recursive: true });
    const places = ['shards/a.kmb', 'shards/b', 'shards/deep/c.kmb', 'shards/deep/er/d 1,2:%.kmb'];
    for (const [index, place] of places.entries()) makeStore(join(folder, place), index + 1);
    // No superblock, and no name that says it is a store.
    copyFileSync(join(folder, 'shards/b'), join(folder, 'shards/deep/headless'));
    damagePage(join(folder, 'shards/deep/headless'), 0);
    damagePage(join(folder, 'shards/deep/headless'), 1);
    copyFileSync(join(folder, 'shards/b'), join(folder, 'shards/damaged.kmb'));
    damagePage(join(folder, 'shards/damaged.kmb'), 2);
    writeFileSync(join(folder, 'shards/readme.txt'), 'nothing');
    writeFileSync(join(folder, 'shards/a.kmb-journal.bak'), '');
    symlinkSync('nowhere', join(folder, 'shards/broken-link'));
    symlinkSync('.', join(folder, 'shards/deep/loop'));
  });
  after(() => {
    removeFolder(folder);
  });

  const SOUND = ['shards/a.kmb', 'shards/b', 'shards/deep/c.kmb', 'shards/deep/er/d 1,2:%.kmb'];
  const FOUND = [...SOUND, 'shards/damaged.kmb', 'shards/deep/headless'].sort();

  it('are found below a folder by what is in them, and what is none is counted', () => {
    const { status, stdout } = run('verify-pages', '--recursive', 'shards', '--json');
    const lines = readLines(stdout);
    const stores = lines.filter(({ store }) => store !== undefined);
    expect(stores.map(({ store }) => store).sort()).to.deep.equal(FOUND);
    expect(
      stores
        .filter(({ ok }) => ok)
        .map(({ store }) => store)
        .sort(),
    ).to.deep.equal([...SOUND].sort());
    expect(lines.at(-1)?.summary).to.deep.include({ stores: 6, failed: 2, filesSkipped: 2 });
    expect(status).to.equal(1);
  });

  it('are asked about once each, wherever they are named', () => {
    writeFileSync(join(folder, 'list'), 'shards/b\r\nshards/a.kmb\n\n');
    const { stdout, status } = run('hash', 'shards/a.kmb', 'shards/a.kmb', '--stores-from', 'list', '--json');
    expect(
      readLines(stdout)
        .flatMap(({ store }) => store ?? [])
        .sort(),
    ).to.deep.equal(['shards/a.kmb', 'shards/b']);
    expect(status).to.equal(0);
    const piped = runShell(`cat list | kmb-store stat --stores-from - --json`, { cwd: folder });
    expect(readLines(piped.stdout).at(-1)?.summary).to.deep.include({ stores: 2, failed: 0 });
  });

  it('end with the worst exit code, a damaged one before one that is not there', () => {
    const absent = run('verify-pages', 'absent.kmb', 'shards/a.kmb');
    expect(absent.status).to.equal(6);
    expect(absent.stdout.split('\n').sort()).to.include('absent.kmb: not checked: no such file: absent.kmb');
    expect(absent.stderr).to.match(/note: 2 stores in .* s; 1 well, 1 with exit code 6\n/);
    expect(run('verify-pages', 'absent.kmb', 'shards/damaged.kmb').status).to.equal(1);
    expect(run('stat', 'absent.kmb', 'shards/damaged.kmb').status).to.equal(3);
  });

  it('must be some: a folder without stores is a clean no, and one that is not there an error', () => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    expect(run('verify-pages', '--recursive', 'empty')).to.include({
      status: 1,
      stderr: 'kmb-store: no store in empty\n',
    });
    expect(run('verify-pages', '--recursive', 'nowhere').status).to.equal(6);
    expect(run('verify-pages').status).to.equal(2);
    expect(run('verify-pages', '--jobs', '0', 'shards/a.kmb').status).to.equal(2);
    expect(run('upgrade', 'shards/a.kmb', 'shards/b', '--output', 'x').status).to.equal(2);
  });

  it('that are in a folder which cannot be read do not keep the others from being looked at', function () {
    if (process.getuid?.() === 0) this.skip();
    const closed = join(folder, 'shards', 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0);
    try {
      const { status, stdout } = run('hash', '--recursive', 'shards/', '--json');
      expect(readLines(stdout).find(({ store }) => store === 'shards/closed')?.error?.exitCode).to.equal(6);
      expect(status).to.equal(3);
    } finally {
      chmodSync(closed, 0o700);
    }
  });

  it('that are written meanwhile are not called damaged', async () => {
    makeStore(join(folder, 'written.kmb'), 1);
    const writer = startProcess(['replay', 'written.kmb', '-', '--live'], { cwd: folder });
    const ended = outcomeOf(writer);
    let position = 1;
    const feeding = setInterval(() => {
      const operations = [{ op: 'put', table: 1, key: `key ${(position += 1) % 500}`, value: 'v'.repeat(200) }];
      writer.stdin.write(`${JSON.stringify({ position, ops: operations })}\n`);
    }, 1);
    try {
      for (let round = 0; round < 3; round++) {
        const checking = startProcess(['verify-pages', 'written.kmb', 'shards/a.kmb', '--json'], { cwd: folder });
        const { code, stdout } = await outcomeOf(checking);
        expect(code, stdout).to.be.oneOf([0, 5]);
      }
    } finally {
      clearInterval(feeding);
      writer.stdin.end();
    }
    expect((await ended).code).to.equal(0);
    expect(run('get', 'written.kmb', `key ${position % 500}`, '--json').stdout).to.include(`"createdAt":${position}`);
  });

  it('are upgraded where they are', () => {
    const stores = ['old1.kmb', 'old2.kmb'];
    for (const store of stores) makeStore(join(folder, store), 3, 1);
    const { status, stdout } = run('upgrade', ...stores, '--json');
    expect(status).to.equal(0);
    expect(
      readLines(stdout)
        .flatMap(({ store }) => store ?? [])
        .sort(),
    ).to.deep.equal(stores);
    expect(run('stat', 'old1.kmb', '--fast').stdout).to.match(/^-\tformat\t2$/m);
  });

  describe('as other programs read them:', () => {
    const report = (as: string) => run('verify-pages', '--recursive', 'shards', 'absent.kmb', '--as', as);

    it('JUnit has a test case a store, and at most one failure in each', () => {
      const { status, stdout } = report('junit');
      expect(status).to.equal(1);
      const suites = readXml(stdout);
      expect(suites.name).to.equal('testsuites');
      const [suite] = suites.children;
      expect(suite?.attributes).to.include({ tests: '7', failures: '2', errors: '1' });
      const cases = suite?.children ?? [];
      expect(cases.map(({ attributes }) => attributes['name']).sort()).to.deep.equal([...FOUND, 'absent.kmb'].sort());
      const failing = cases.filter(({ children }) => children.length > 0);
      expect(failing.map(({ attributes }) => attributes['name']).sort()).to.deep.equal([
        'absent.kmb',
        'shards/damaged.kmb',
        'shards/deep/headless',
      ]);
      for (const { children } of failing) expect(children).to.have.length(1);
    });

    it('GitHub has an annotation a finding, with names escaped', () => {
      const { stdout } = report('github');
      const pattern = /^::(error|warning|notice) (?:file=[^,:]*,)?title=[^,:]+::[^\r\n]+$/;
      for (const line of stdout.trimEnd().split('\n')) expect(line).to.match(pattern);
      expect(stdout).to.match(/^::error file=shards\/damaged\.kmb,title=page-crc::page 2: /m);
      expect(stdout).to.match(/^::error file=absent\.kmb,title=STORE_NOT_FOUND::/m);
    });

    it('SARIF has a result a finding, at its bytes', () => {
      const { stdout } = report('sarif');
      const log = JSON.parse(stdout) as { runs: { results: { ruleId: string; locations: unknown[] }[] }[] };
      expect(sarifProblems(log)).to.deep.equal([]);
      const [result] = log.runs[0]?.results.filter(({ ruleId }) => ruleId === 'page-crc') ?? [];
      expect(result?.locations).to.deep.equal([
        {
          physicalLocation: {
            artifactLocation: { uri: 'shards/damaged.kmb' },
            region: { byteOffset: 2 * 4096 + 4092 },
          },
        },
      ]);
    });

    it('Prometheus has each name once, and figures of each store', () => {
      const samples = readPrometheus(report('prometheus').stdout);
      const valueOf = (name: string, store: string) =>
        samples.find((sample) => sample.name === name && sample.labels['store'] === store)?.value;
      expect(valueOf('kmb_store_applied_position', 'shards/deep/er/d 1,2:%.kmb')).to.equal(4);
      expect(valueOf('kmb_store_sound', 'shards/damaged.kmb')).to.equal(0);
      expect(valueOf('kmb_store_exit_code', 'absent.kmb')).to.equal(6);
      expect(samples.find(({ name }) => name === 'kmb_store_stores_failed')?.value).to.equal(3);
      const rows = readPrometheus(run('stat', 'shards/a.kmb', '--as', 'prometheus').stdout);
      expect(rows.find(({ name }) => name === 'kmb_store_rows')?.value).to.equal(1);
    });
  });
});

/** A store with as many positions, a row each. */
function makeStore(path: string, positions: number, format = 2): void {
  const store = BTreeStore.open(path, { create: true, format });
  for (let position = 1; position <= positions; position++) {
    store.apply(new WriteBatch(BigInt(position)).put(1n, `key ${position}`, 'value'));
  }
  store.sync();
  store.close();
}

/** Clears a superblock, or turns a bit of another page's checksum. */
function damagePage(path: string, page: number): void {
  const bytes = readFileSync(path);
  const start = page * 4096;
  if (page < 2) bytes.fill(0, start, start + 4096);
  else bytes.writeUInt8(bytes.readUInt8(start + 4095) ^ 1, start + 4095);
  writeFileSync(path, bytes);
}
