/** A replay that compared nothing says so. */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resealPage } from '../support/format1-writer.js';
import { runCli } from './support/cli.js';
import { makeExampleFiles, USERS_LOG } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

/** Where the superblock has the hash of the log. */
const HASH_OFFSET = 20;

const CASES: readonly (readonly [what: string, lines: readonly string[], reason: string | undefined])[] = [
  ['the whole log', USERS_LOG, undefined],
  ['a log that ends early', USERS_LOG.slice(0, 2), 'log-ends'],
  ['a log that begins late', USERS_LOG.slice(1), 'log-begins-late'],
  ['an empty log', [], 'log-ends'],
  ['the next batch alone', ['{"position":4,"ops":[]}'], undefined],
];

describe('a replay', () => {
  for (const [what, lines, reason] of CASES) {
    it(`of ${what} ${reason === undefined ? 'has nothing to add' : `says that nothing was compared: ${reason}`}`, () =>
      withTempFolder(async (cwd) => {
        await makeExampleFiles(cwd);
        const stdin = lines.map((line) => `${line}\n`).join('');
        const json = await runCli(['replay', 'store.kmb', '-', '--json'], { cwd, stdin });
        expect(json).to.include({ code: 0, stderr: '' });
        expect(json.stderr).to.equal('');
        expect((JSON.parse(json.stdout) as { notCompared?: string }).notCompared).to.equal(reason);
        await makeExampleFiles(cwd);
        if (reason === undefined) return;
        const text = await runCli(['replay', 'store.kmb', '-'], { cwd, stdin });
        expect(text.stderr).to.match(/^note: .* not compared with what the store has applied up to position 3: /);
      }));
  }

  it('of a log onto a store that does not know its hash says so', () =>
    withTempFolder(async (cwd) => {
      await makeExampleFiles(cwd);
      const path = join(cwd, 'store.kmb');
      const store = readFileSync(path);
      store.fill(0, HASH_OFFSET, HASH_OFFSET + 32);
      resealPage(store, 0);
      writeFileSync(path, store);
      const json = await runCli(['replay', 'store.kmb', 'log.ndjson', '--json'], { cwd });
      expect(json.code).to.equal(0);
      expect(JSON.parse(json.stdout)).to.include({ notCompared: 'hash-unknown', skipped: 3 });
      const { stderr } = await runCli(['replay', 'store.kmb', 'log.ndjson'], { cwd });
      expect(stderr).to.match(/^note: 3 skipped batches were not compared .*: the store does not know the hash/);
    }));
});
