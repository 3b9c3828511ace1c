import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BAD_LINES, BAD_OPERATIONS } from '../support/bad-lines.js';
import { runCli } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

const putLine = (position: number, key = 'good'): string =>
  `{"position":${position},"ops":[{"op":"put","table":1,"key":"${key}","value":"v${position}"}]}`;

/** A batch at position 4 that would be fine without its last operation. */
const batchWith = (operation: string): string =>
  `{"position":4,"ops":[{"op":"put","table":1,"key":"never","value":"v"},${operation}]}`;

const put = (key: string, value: string, table = 1): string => JSON.stringify({ op: 'put', table, key, value });

const REFUSED: Readonly<Record<string, string | Uint8Array>> = {
  'a gap': putLine(5, 'never'),
  'a position that was there before': putLine(3, 'never'),
  'a position far behind': putLine(1, 'never'),
  'a key of 1,025 bytes': batchWith(put('k'.repeat(1025), '')),
  'bytes that are not UTF-8': Buffer.from(putLine(4, 'never').replace('v4', '\xff'), 'latin1'),
  'a byte order mark': `\ufeff${putLine(4, 'never')}`,
};

/** What only format 1 has no room for. */
const REFUSED_BY_FORMAT_1: Readonly<Record<string, string>> = {
  'a value that no page holds': batchWith(put('k', 'v'.repeat(4020))),
  'a 202nd table': batchWith(Array.from({ length: 201 }, (_, table) => put('k', 'v', table + 2)).join(',')),
};

const KINDS: Readonly<Record<string, string | Uint8Array>> = {
  ...Object.fromEntries(Object.entries(BAD_OPERATIONS).map(([what, operation]) => [what, batchWith(operation)])),
  ...Object.fromEntries(
    Object.entries(BAD_LINES).map(([what, line]) => [what, line.replace('"position":1', '"position":4')]),
  ),
  ...REFUSED,
  ...REFUSED_BY_FORMAT_1,
};

describe('a bad line of a log ends the replay with its number, and nothing of its batch is in the store:', () => {
  it('there are fifty kinds and more', () => {
    expect(Object.keys(KINDS)).to.have.length.above(50);
  });

  for (const [what, line] of Object.entries(KINDS)) {
    it(what, () =>
      withTempFolder(async (cwd) => {
        const replay = async (fourth: string | Uint8Array) => {
          const before = `${[1, 2, 3].map((position) => putLine(position)).join('\n')}\n\n`;
          const log = [before, fourth, `\n${putLine(5)}\n`].map((part) => Buffer.from(part as string));
          writeFileSync(join(cwd, 'log'), Buffer.concat(log));
          const format = what in REFUSED_BY_FORMAT_1 ? ['--format', '1'] : [];
          return runCli(['replay', 'store.kmb', 'log', '--json', ...format], { cwd });
        };
        const { code, stdout, stderr } = await replay(line);
        expect({ code, stdout }, stderr).to.deep.equal({ code: 4, stdout: '' });
        const { error } = JSON.parse(stderr) as { error: object };
        expect(error).to.include({ exitCode: 4, line: 5, appliedPosition: 3 });
        expect((await runCli(['get', 'store.kmb', 'never', '--table', '1'], { cwd })).code).to.equal(1);
        expect((await runCli(['get', 'store.kmb', 'good', '--table', '1'], { cwd })).stdout).to.equal('v3\n');

        const mended = await replay(putLine(4));
        expect(JSON.parse(mended.stdout)).to.include({ applied: 2, skipped: 3, fromPosition: 3, toPosition: 5 });
      }),
    );
  }
});
