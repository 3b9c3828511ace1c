/** `changes --follow` beside a writer, into `replay --live`: processes of their own. */
import { expect } from 'chai';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { BTreeStore } from '../../src/engine/index.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import type { Batch } from '../support/model.js';
import { Random } from '../support/random.js';
import { runCli } from './support/cli.js';
import { outcomeOf, requireBuild, startProcess, until } from './support/processes.js';
import { withTempFolder } from './support/temp-folder.js';

function write(path: string, batches: readonly Batch[], format = 2): void {
  const store = BTreeStore.open(path, { create: true, format });
  for (const batch of batches) store.apply(toWriteBatch(batch));
  store.sync();
  store.close();
}

function positionOf(path: string): bigint {
  try {
    const store = BTreeStore.open(path, { readOnly: true });
    store.close();
    return store.appliedPosition;
  } catch {
    return 0n;
  }
}

const take = (maker: HistoryMaker, count: number): Batch[] => Array.from({ length: count }, () => maker.next());

/** `changes --follow` from a position on, into `replay --live`. */
function startPipe(
  cwd: string,
  after: bigint,
): { source: ChildProcessWithoutNullStreams; copy: ChildProcessWithoutNullStreams } {
  const source = startProcess(['changes', 'store.kmb', after.toString(), '--follow'], { cwd });
  const copy = startProcess(['replay', 'copy.kmb', '-', '--live'], { cwd });
  copy.stdin.on('error', () => undefined);
  source.stdout.pipe(copy.stdin);
  return { source, copy };
}

describe('changes --follow', function () {
  this.timeout(60_000);
  before(requireBuild);

  it('keeps a copy up to date that is killed and goes on, nothing twice and nothing missing (seed 801)', () =>
    withTempFolder(async (cwd) => {
      const [path, copyPath] = [join(cwd, 'store.kmb'), join(cwd, 'copy.kmb')];
      const random = new Random(801);
      const maker = new HistoryMaker(random, { smallValues: true });
      write(path, take(maker, 5));
      for (let round = 0; round < 3; round += 1) {
        const { source, copy } = startPipe(cwd, positionOf(copyPath));
        await until(() => positionOf(copyPath) === maker.model.appliedPosition);
        write(path, take(maker, random.between(1, 20)));
        if (round === 1) await until(() => positionOf(copyPath) === maker.model.appliedPosition);
        copy.kill('SIGKILL');
        source.kill('SIGKILL');
        expect(positionOf(copyPath) <= maker.model.appliedPosition).to.equal(true);
      }
      const { source, copy } = startPipe(cwd, positionOf(copyPath));
      const [sourceEnd, copyEnd] = [outcomeOf(source), outcomeOf(copy)];
      write(path, take(maker, 3));
      await until(() => positionOf(copyPath) === maker.model.appliedPosition);
      source.kill('SIGTERM');
      expect((await sourceEnd).code).to.equal(143);
      expect((await copyEnd).code).to.equal(0);
      expect(await runCli(['diff', 'store.kmb', '--with', 'copy.kmb'], { cwd })).to.include({ code: 0, stdout: '' });
      const [original, copied] = [path, copyPath].map((name) => BTreeStore.open(name, { readOnly: true }));
      expect(copied!.appliedHash).to.deep.equal(original!.appliedHash);
      for (let at = 0n; at <= maker.model.appliedPosition; at += 1n)
        expect(copied!.contentHash({ at }).hash).to.deep.equal(original!.contentHash({ at }).hash);
      original!.close();
      copied!.close();
    }));

  type Step = readonly [whenSeen: string, then: () => void];

  const follow = async (cwd: string, steps: readonly Step[]): ReturnType<typeof outcomeOf> => {
    const source = startProcess(['changes', 'store.kmb', '--follow'], { cwd });
    let seen = '';
    source.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const end = outcomeOf(source);
    for (const [whenSeen, then] of steps) {
      await until(() => seen.includes(whenSeen));
      then();
    }
    return end;
  };

  for (const format of [1, 2]) {
    it(`is ended by a purge with exit code 4 (format ${format})`, () =>
      withTempFolder(async (cwd) => {
        const path = join(cwd, 'store.kmb');
        write(
          path,
          [{ position: 1n, operations: [{ kind: 'put', table: 1n, key: Buffer.from('a'), value: Buffer.from('b') }] }],
          format,
        );
        const purge: Batch = { position: 2n, operations: [{ kind: 'purge', table: 1n }] };
        const { code, stdout, stderr } = await follow(cwd, [['"position":1,', () => write(path, [purge], format)]]);
        expect({ code, lines: stdout.split('\n').length }).to.deep.equal({ code: 4, lines: 2 });
        expect(stderr).to.match(/^kmb-store: .*table 1/);
      }));
  }

  it('goes on with a store of the same history that takes the place of its own, and not with another', () =>
    withTempFolder(async (cwd) => {
      const path = join(cwd, 'store.kmb');
      const batches = take(new HistoryMaker(new Random(802)), 6);
      write(path, batches.slice(0, 3));
      write(join(cwd, 'same.kmb'), batches.slice(0, 5), 1);
      write(join(cwd, 'other.kmb'), [
        ...batches.slice(0, 2),
        { ...batches[2]!, operations: [{ kind: 'put', table: 9n, key: Buffer.from('x'), value: Buffer.from('y') }] },
        ...batches.slice(3, 6),
      ]);
      const { code, stdout, stderr } = await follow(cwd, [
        ['"position":3,', () => renameSync(join(cwd, 'same.kmb'), path)],
        ['"position":5,', () => renameSync(join(cwd, 'other.kmb'), path)],
      ]);
      expect(code, stderr).to.equal(5);
      expect(stdout.match(/"position":\d+/g)).to.deep.equal(
        [1, 2, 3, 4, 5].map((position) => `"position":${position}`),
      );
      expect(stderr).to.match(/was replaced after position 5 by another store/);
    }));
});
