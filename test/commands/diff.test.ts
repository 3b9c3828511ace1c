/** What `diff` prints of many pairs of positions, against the model. */
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMATS } from '../support/any-format.js';
import { hex } from '../support/bytes.js';
import { STORE_PATH } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { contentAt, filesWith, historyOf, modelDiff, type PlainDifference } from '../support/timeline.js';
import { runCli } from './support/cli.js';
import { withTempFolder } from './support/temp-folder.js';

const POSITIONS = 60;
const CHANGES = ['added', 'changed', 'removed'] as const;

interface PrintedDifference {
  readonly table: number | string;
  readonly key?: string;
  readonly keyHex?: string;
  readonly change: string;
}

/** Table, key and kind of a difference. */
const plain = ({ table, key, change }: PlainDifference): string => `${table} ${key} ${change}`;

const printed = ({ table, key, keyHex, change }: PrintedDifference): string =>
  `${table} ${keyHex ?? hex(Buffer.from(key ?? ''))} ${change}`;

/** Counts for each table, as `--stat` prints them. */
function statLines(rows: readonly PlainDifference[]): string[] {
  const tables = [...new Set(rows.map(({ table }) => table))];
  return tables.map((table) => {
    const own = rows.filter((row) => row.table === table);
    const counts = CHANGES.map((change) => own.filter((row) => row.change === change).length);
    return [table, ...counts].join('\t');
  });
}

const lines = (text: string): string[] => text.split('\n').slice(0, -1);

describe('diff prints', () => {
  const { batches, model } = historyOf(605, POSITIONS, { tables: [0n, 7n, 2n ** 64n - 1n], smallValues: true });

  for (const format of FORMATS) {
    it(`keys, counts and exit codes that the model has, of pairs of positions in format ${format} (seed 605)`, () =>
      withTempFolder(async (cwd) => {
        writeFileSync(join(cwd, 's.kmb'), filesWith(batches, format).get(STORE_PATH));
        const random = new Random(605);
        for (let round = 0; round < 30; round += 1) {
          const [a, b] = [random.below(POSITIONS + 1), random.below(POSITIONS + 1)];
          const due = modelDiff(contentAt(model, BigInt(a)), contentAt(model, BigInt(b)));
          const diff = ['diff', 's.kmb', `${a}`, `${b}`];
          const code = due.length === 0 ? 0 : 1;
          const keys = await runCli([...diff, '--keys-only', '--json'], { cwd });
          const found = lines(keys.stdout).map((text) => printed(JSON.parse(text) as PrintedDifference));
          expect([keys.code, found]).to.deep.equal([code, due.map(plain)]);
          const stat = await runCli([...diff, '--stat'], { cwd });
          expect([stat.code, lines(stat.stdout)]).to.deep.equal([code, statLines(due)]);
        }
      }));
  }

  it('nothing but an exit code with --quiet', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 's.kmb'), filesWith(batches, 2).get(STORE_PATH));
      for (const [a, b] of [
        [0, POSITIONS],
        [POSITIONS, POSITIONS],
      ] as const) {
        const { code, stdout, stderr } = await runCli(['diff', 's.kmb', `${a}`, `${b}`, '--quiet'], { cwd });
        expect({ code, stdout, stderr }).to.deep.equal({ code: a === b ? 0 : 1, stdout: '', stderr: '' });
      }
    }));
});
