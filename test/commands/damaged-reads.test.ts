/** Whatever command meets a damaged page, its error names the file, the table, the keys, and who can say more. */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './support/cli.js';
import { makeTempFolder, removeFolder } from './support/temp-folder.js';

const ROWS = 60;
const key = (row: number): string => `${'k'.repeat(400)}:${row}`;
/** A leaf in the middle of the table. */
const PAGE = 6;

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  get: ['get', 's.kmb', 'KEY', '--table', '7'],
  history: ['history', 's.kmb', 'KEY', '--table', '7'],
  explain: ['explain', 's.kmb', 'KEY', '--table', '7'],
  scan: ['scan', 's.kmb', '--table', '7'],
  count: ['count', 's.kmb', '--prefix', 'k', '--table', '7'],
  hash: ['hash', 's.kmb'],
  diff: ['diff', 's.kmb', '0'],
  changes: ['changes', 's.kmb'],
  'verify-log': ['verify-log', 's.kmb', 'log.ndjson'],
  put: ['put', 's.kmb', 'KEY', 'v', '--table', '7'],
  delete: ['delete', 's.kmb', 'KEY', '--table', '7'],
  backup: ['backup', 's.kmb', 'b.kmb'],
  compact: ['compact', 's.kmb'],
};

describe('a command that meets a damaged page', function () {
  this.timeout(20_000);
  for (const format of ['1', '2']) {
    it(`names file, table, keys and verify-pages, in format ${format}`, async () => {
      const cwd = makeTempFolder();
      try {
        const ops = Array.from({ length: ROWS }, (_, row) => ({
          op: 'put',
          table: 7,
          key: key(1000 + row),
          value: 'v',
        }));
        writeFileSync(join(cwd, 'log.ndjson'), `${JSON.stringify({ position: 1, ops })}\n`);
        await runCli(['replay', 's.kmb', 'log.ndjson', '--format', format], { cwd });
        const bytes = readFileSync(join(cwd, 's.kmb'));
        bytes[PAGE * 4096 + 2000]! ^= 1;
        writeFileSync(join(cwd, 's.kmb'), bytes);
        const first = await runCli(['scan', 's.kmb', '--table', '7', '--json'], { cwd });
        const { error: due } = JSON.parse(first.stderr) as { error: Record<string, string> };
        expect(due).to.include({ table: 7, page: PAGE, path: 's.kmb' });
        expect([due['fromKey'], due['toKey']]).to.satisfy((keys: unknown[]) =>
          keys.every((each) => typeof each === 'string'),
        );
        for (const [name, words] of Object.entries(COMMANDS)) {
          const argv = words.map((word) => (word === 'KEY' ? (due['fromKey'] ?? '') : word));
          const text = await runCli(argv, { cwd });
          expect(text.code, name).to.equal(3);
          expect(text.stderr, name).to.match(
            /^kmb-store: s\.kmb: .*page 6.*; out of reach: keys from k+….* of table 7$/m,
          );
          expect(text.stderr, name).to.contain('kmb-store verify-pages s.kmb says');
          const { error } = JSON.parse((await runCli([...argv, '--json'], { cwd })).stderr) as {
            error: Record<string, string>;
          };
          const { table, page, path, fromKey, toKey } = error;
          expect({ table, page, path, fromKey, toKey }, name).to.deep.equal({
            table: 7,
            page: 6,
            path: 's.kmb',
            fromKey: due['fromKey'],
            toKey: due['toKey'],
          });
        }
      } finally {
        removeFolder(cwd);
      }
    });
  }
});
