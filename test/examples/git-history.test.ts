/** The history of a repository as a log: what the store says at a position is what git says of that commit. */
import { expect } from 'chai';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BTreeStore, LineSplitter, Replayer, type Row, StoreError } from '../../src/engine/index.js';
import { repositoryRoot } from '../commands/support/cli.js';
import { requireBuild, runShell } from '../commands/support/processes.js';
import { makeTempFolder, removeFolder, withTempFolder } from '../commands/support/temp-folder.js';
import { type CommitPlan, file, importCommits } from './support/fast-import.js';
import { describeFile, firstParents, git, gitEnv, hasGit, listTree } from './support/git.js';
import { HOSTILE_CONFIG, ODD_HISTORY } from './support/odd-history.js';

const example = join(repositoryRoot, 'examples', 'git-history.mjs');

function runExample(argv: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<Buffer> {
  return spawnSync(process.execPath, [example, ...argv], { env: { ...gitEnv, ...env }, maxBuffer: 2 ** 30 });
}

function historyOf(repository: string, revision: string): Buffer {
  const { status, stdout, stderr } = runExample([repository, revision]);
  expect(stderr.toString()).to.equal('');
  expect(status).to.equal(0);
  return stdout;
}

/** Replays a log into a new store. Format 1 may have no room for one more version of a key: then up to there. */
function replay(path: string, log: Uint8Array): BTreeStore {
  const store = BTreeStore.open(path, { create: true });
  const replayer = new Replayer(store);
  const lines = new LineSplitter();
  try {
    for (const line of [...lines.push(log), ...lines.end()]) replayer.push(line);
    replayer.finish();
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'ENTRY_TOO_LARGE')) throw error;
  }
  return store;
}

function describeRow({ key, value }: Pick<Row, 'key' | 'value'>): string {
  const { mode, blob } = JSON.parse(Buffer.from(value).toString()) as { mode: string; blob: string };
  return describeFile(key, mode, blob);
}

/** Every position, or of a long history about this many, the last one among them. */
function positionsOf(length: number, atMost: number): number[] {
  const step = Math.ceil(length / atMost);
  return Array.from({ length: Math.ceil(length / step) }, (_, index) => length - index * step).reverse();
}

function expectSameAsGit(store: BTreeStore, repository: string, commits: readonly string[]): void {
  for (const position of positionsOf(Number(store.appliedPosition), 250)) {
    const rows = store.scanAt(1n, {}, Infinity, BigInt(position)).map(describeRow);
    const commit = commits[position - 1] ?? '';
    expect(rows, `position ${position}, commit ${commit}`).to.deep.equal(listTree(repository, commit));
  }
}

function makeRepository(folder: string, plans: readonly CommitPlan[]): string {
  const repository = join(folder, 'repository');
  git(folder, ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
  importCommits(repository, plans);
  return repository;
}

describe('the history of a git repository', function () {
  this.timeout(60_000);
  let folder = '';
  let repository = '';
  let commits: string[] = [];

  before(function () {
    if (!hasGit()) this.skip();
    folder = makeTempFolder();
    repository = makeRepository(folder, ODD_HISTORY);
    commits = firstParents(repository, 'main');
  });
  after(() => {
    if (folder !== '') removeFolder(folder);
  });

  it('gives at every position what git gives of that commit, whatever the names, types and merges', () => {
    expect(commits).to.have.length(ODD_HISTORY.length - 3);
    const store = replay(join(folder, 'odd.kmb'), historyOf(repository, 'main'));
    expect(store.appliedPosition).to.equal(BigInt(commits.length));
    expectSameAsGit(store, repository, commits);
    store.close();
  });

  it('comes through the command too', () => {
    requireBuild();
    const env = { EXAMPLE: example, REPOSITORY: repository };
    const line = 'set -o pipefail; "$NODE" "$EXAMPLE" "$REPOSITORY" main | kmb-store replay command.kmb - --json';
    const replayed = runShell(line, { cwd: folder, env });
    expect(replayed.stderr).to.equal('');
    expect(JSON.parse(replayed.stdout)).to.include({ applied: commits.length, toPosition: commits.length });
    for (const position of [1, 2, 7, 9, 15, commits.length]) {
      const line = `kmb-store scan command.kmb --table 1 --at ${position} --json`;
      const rows = runShell(line, { cwd: folder }).stdout.split('\n').slice(0, -1);
      expect(rows.map(describeJsonRow)).to.deep.equal(listTree(repository, commits[position - 1] ?? ''));
    }
  });

  it('is made of one batch a commit, of a put or a delete for each path', () => {
    const lines = historyOf(repository, 'main').toString().split('\n');
    expect(lines.pop(), 'the last line ends').to.equal('');
    expect(lines.map((line) => (JSON.parse(line) as { position: number }).position)).to.deep.equal(
      commits.map((_, index) => index + 1),
    );
    expect(lines[2]).to.equal('{"position":3,"ops":[]}');
    const operations = (position: number): object[] =>
      (JSON.parse(lines[position - 1] ?? '') as { ops: object[] }).ops.map((operation) => {
        const { op, key } = operation as { op: string; key: string };
        return { op, key };
      });
    expect(operations(7)).to.deep.equal([
      { op: 'delete', key: 'turns' },
      { op: 'put', key: 'turns/into/this' },
      { op: 'put', key: 'turns/too' },
    ]);
    expect(operations(15)).to.deep.equal([
      { op: 'put', key: 'copied/to' },
      { op: 'delete', key: 'renamed/from' },
      { op: 'put', key: 'renamed/to' },
    ]);
  });

  it('depends on nothing that a user has configured, nor on the repository of a hook that runs it', () => {
    const plain = historyOf(repository, 'main');
    const clone = join(folder, 'clone');
    git(folder, ['clone', '--quiet', repository, clone]);
    for (const [name, value] of HOSTILE_CONFIG) git(clone, ['config', name, value]);
    const { stdout, stderr } = runExample([join(clone, 'renamed')], { GIT_DIR: folder });
    expect(stderr.toString()).to.equal('');
    expect(stdout.equals(plain)).to.equal(true);
  });

  it('can end at any revision', () => {
    const lines = historyOf(repository, 'main~10').toString().split('\n').slice(0, -1);
    expect(lines).to.deep.equal(historyOf(repository, 'main').toString().split('\n').slice(0, lines.length));
    expect(lines).to.have.length(commits.length - 10);
  });

  it('of a shallow clone begins with all that its oldest commit has', () => {
    const clone = join(folder, 'shallow');
    git(folder, ['clone', '--quiet', '--bare', '--depth=8', `file://${repository}`, clone]);
    const store = replay(join(folder, 'shallow.kmb'), historyOf(clone, 'main'));
    expect(store.appliedPosition).to.equal(8n);
    expectSameAsGit(store, clone, firstParents(clone, 'main'));
    store.close();
  });

  it("is right for the beginning of the project's own repository", function () {
    if (!existsSync(join(repositoryRoot, '.git'))) this.skip();
    const commits = firstParents(repositoryRoot, 'HEAD').slice(0, 60);
    const store = replay(join(folder, 'own.kmb'), historyOf(repositoryRoot, commits.at(-1) ?? 'HEAD'));
    expectSameAsGit(store, repositoryRoot, commits);
    store.close();
  });

  it('with a path that cannot be a key is refused at that commit, and its line is left open', () => {
    const path = 'p'.repeat(1025);
    const other = join(folder, 'other');
    mkdirSync(other);
    const repository = makeRepository(other, [
      { name: 'good', parents: [], changes: [file('good')] },
      { name: 'bad', parents: ['good'], changes: [file('a'), file(path)] },
    ]);
    const { status, stdout, stderr } = runExample([repository]);
    expect(status).to.equal(4);
    expect(stderr.toString()).to.match(
      /^git-history: commit [0-9a-f]{40} \(position 2\): a path of 1025 bytes, "p{40}"…, cannot be a key, .*\n$/,
    );
    expect(stdout.toString()).to.not.match(/"position":2.*\]\}\n/);
  });

  it('is not asked for where there is none', () =>
    withTempFolder((empty) => {
      const cases: [string[], number, RegExp, NodeJS.ProcessEnv?][] = [
        [[], 2, /^git-history: usage: [^\n]+\n$/],
        [[repository, 'main', 'more'], 2, /^git-history: usage: [^\n]+\n$/],
        [[empty], 6, /: no commit HEAD: fatal: not a git repository/, { GIT_CEILING_DIRECTORIES: join(empty, '..') }],
        [[join(empty, 'absent')], 6, /: no commit HEAD: fatal: cannot change to /],
        [[repository, 'nothing-of-this-name'], 6, /: no commit nothing-of-this-name: fatal: /],
        [[repository, '--all'], 6, /: no commit --all: fatal: /],
        [[repository, 'main~3..main'], 6, /: no commit main~3\.\.main: fatal: /],
        [[repository], 6, /^git-history: git is not installed, or not on the path\n$/, { PATH: empty }],
      ];
      for (const [argv, code, message, env] of cases) {
        const { status, stdout, stderr } = runExample(argv, env);
        expect(stderr.toString())
          .to.match(message)
          .and.to.match(/^git-history: [^\n]+\n$/);
        expect(status, argv.join(' ')).to.equal(code);
        expect(stdout.toString()).to.equal('');
      }
    }));

  it('ends quietly when the reader has enough', () => {
    const env = { EXAMPLE: example, REPOSITORY: repository };
    const line = '"$NODE" "$EXAMPLE" "$REPOSITORY" | head -c 10 > /dev/null; echo "${PIPESTATUS[0]}"';
    const { stdout, stderr } = runShell(line, { env });
    expect({ stdout, stderr }).to.deep.equal({ stdout: '0\n', stderr: '' });
  });
});

function describeJsonRow(line: string): string {
  const { key, keyHex, value } = JSON.parse(line) as { key?: string; keyHex?: string; value: string };
  const bytes = key === undefined ? Buffer.from(keyHex ?? '', 'hex') : Buffer.from(key);
  return describeRow({ key: bytes, value: Buffer.from(value) });
}
