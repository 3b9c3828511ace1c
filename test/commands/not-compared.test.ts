/** A replay that compared nothing says so. */
import { expect } from 'chai';
import { runCli } from './support/cli.js';
import { makeExampleFiles, USERS_LOG } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

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
        expect((JSON.parse(json.stdout) as { notCompared?: string }).notCompared).to.equal(reason);
        await makeExampleFiles(cwd);
        if (reason === undefined) return;
        const text = await runCli(['replay', 'store.kmb', '-'], { cwd, stdin });
        expect(text.stderr).to.match(/^note: .* not compared with what the store has applied up to position 3: /);
      }));
  }
});
