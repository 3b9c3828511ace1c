/** The processes that answer about stores: one that crashes or hangs is no matter to the others. */
import { expect } from 'chai';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askEach, type Answered } from '../../src/cli/many/pool.js';
import { readAnswer } from '../../src/cli/many/read-answer.js';
import { withTempFolder } from '../commands/support/temp-folder.js';

/** Answers by the name of the store: crashes, hangs, exits, or is done at once. */
const PROGRAM = `
  process.on('disconnect', () => process.exit());
  process.send('ready');
  process.on('message', ([store]) => {
    if (store === 'crashes') process.kill(process.pid, 'SIGKILL');
    else if (store === 'exits') process.exit(9);
    else if (store !== 'hangs') process.send({ code: 0, stdout: JSON.stringify({ store, pid: process.pid }), stderr: '' });
  });
`;

async function ask(stores: readonly string[], jobs: number, timeoutMs?: number): Promise<Answered[]> {
  return withTempFolder(async (root) => {
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin', 'worker.js'), PROGRAM);
    const answers: Answered[] = [];
    for await (const answered of askEach(stores, { root, jobs, timeoutMs, argvOf: (store) => [store] })) {
      answers.push(answered);
    }
    return answers;
  });
}

describe('many stores in several processes', () => {
  it('are each asked about once, however many processes there are', async () => {
    const stores = ['a', 'b', 'c', 'd', 'e'];
    for (const jobs of [1, 2, 9]) {
      const answers = await ask(stores, jobs);
      expect(answers.map(({ store }) => store).sort()).to.deep.equal(stores);
      const pids = new Set(answers.map((answered) => readAnswer(answered).result?.['pid']));
      expect(pids.size).to.be.within(1, Math.min(jobs, stores.length));
    }
    expect(await ask([], 2)).to.deep.equal([]);
  });

  it('go on after one whose process crashes, exits or hangs', async () => {
    const outcomes = (await ask(['a', 'crashes', 'b', 'exits', 'c', 'hangs', 'd'], 1, 1500)).map(readAnswer);
    const exitCodes = outcomes.map(({ store, failure }) => [store, failure?.exitCode ?? 0]);
    expect(exitCodes).to.deep.equal([
      ['a', 0],
      ['crashes', 70],
      ['b', 0],
      ['exits', 70],
      ['c', 0],
      ['hangs', 5],
      ['d', 0],
    ]);
    const sentences = outcomes.flatMap(({ failure }) => failure?.message ?? []);
    expect(sentences).to.deep.equal([
      'the process that looked at it ended: SIGKILL',
      'the process that looked at it ended: exit code 9',
      'given up after 1.5 s',
    ]);
  });

  it('leave no process behind when nobody wants more answers', async () => {
    await withTempFolder(async (root) => {
      mkdirSync(join(root, 'bin'));
      writeFileSync(join(root, 'bin', 'worker.js'), PROGRAM);
      const answers = askEach(['a', 'hangs', 'b'], { root, jobs: 2, timeoutMs: undefined, argvOf: (store) => [store] });
      const first = await answers.next();
      const pid = first.done === true ? 0 : (readAnswer(first.value).result?.['pid'] as number);
      await answers.return();
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(() => process.kill(pid, 0)).to.throw(/ESRCH/);
    });
  });
});
