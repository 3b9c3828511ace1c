/** Commands to look at a store: damaged stores are shown, with the exit code of verify-pages. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownDamages } from '../support/damage.js';
import { damagedStores } from '../support/golden.js';
import { runCli, type Outcome } from './support/cli.js';
import { makeExampleFiles } from './support/fixtures.js';
import { withTempFolder } from './support/temp-folder.js';

interface PageLine {
  readonly page: number;
  readonly kind: string;
  readonly damage: readonly string[];
}

const linesOf = <T>({ stdout }: Outcome): T[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

const DAMAGED = [...ownDamages(), ...damagedStores()];

describe('a damaged store to look at', function () {
  this.timeout(60_000);

  it('has its damage where verify-pages finds it, in map, tree and report, with its exit code', () =>
    withTempFolder(async (cwd) => {
      for (const [index, { name, bytes }] of DAMAGED.entries()) {
        const store = `${index}.kmb`;
        writeFileSync(join(cwd, store), bytes);
        const verified = await runCli(['verify-pages', store, '--json', '--max-findings', '10000'], { cwd });
        const { findings } = JSON.parse(verified.stdout) as { findings: { page: number; code: string }[] };
        const map = await runCli(['map', store, '--json'], { cwd });
        const tree = await runCli(['tree', store], { cwd });
        expect([map.code, tree.code], name).to.deep.equal([verified.code, verified.code]);
        if (index % 3 === 0) {
          const report = await runCli(['report', store, '--output', `${index}.html`, '--json'], { cwd });
          expect(report.code, name).to.equal(verified.code);
        }
        const pages = linesOf<PageLine>(map);
        for (const { page, code } of findings) {
          const shown =
            pages.length === 0 ||
            pages.some(({ page: id, damage }) => (id === page || page >= pages.length) && damage.includes(code));
          expect(shown, `${name}: ${code} of page ${page}`).to.equal(true);
        }
        expect(tree.stderr.includes('not sound')).to.equal(verified.code !== 0);
      }
    }));
});

describe('tree --dot', () => {
  it('is what graphviz draws', function () {
    if (spawnSync('dot', ['-V']).status !== 0) this.skip();
    return withTempFolder(async (cwd) => {
      await makeExampleFiles(cwd);
      await runCli(['put', 'store.kmb', 'a "quoted\\" key', 'x'.repeat(1900), '--table', '1'], { cwd });
      for (const key of ['b"', 'c\\', 'd']) await runCli(['put', 'store.kmb', key, 'x'.repeat(1900)], { cwd });
      const { stdout, code } = await runCli(['tree', 'store.kmb', '--dot'], { cwd });
      expect(code).to.equal(0);
      const drawn = spawnSync('dot', ['-Tsvg'], { input: stdout, encoding: 'utf8' });
      expect(drawn.stderr).to.equal('');
      expect(drawn.stdout).to.include('page 2, leaf').and.to.include('</svg>');
    });
  });
});
