/** Commands to look at a store: damaged stores are shown, with the exit code of verify-pages. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from '../../src/cli/output/text-width.js';
import { countFigures } from '../support/counted-figures.js';
import { ownDamages } from '../support/damage.js';
import { everything, everythingWithCatalogue } from '../support/format2-stores.js';
import { writeFormat2 } from '../support/format2-writer.js';
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

interface StatJson {
  readonly total: { readonly pages: Readonly<Record<string, number>> };
}

/** Pages by what map calls them, and stat. */
const TREE_KINDS = [
  ['leaf', 'leaf'],
  ['internal', 'internal'],
  ['history-leaf', 'historyLeaf'],
  ['history-internal', 'historyInternal'],
  ['value', 'value'],
] as const;

const SCREENS: readonly Readonly<Record<string, string>>[] = [
  { NO_COLOR: '1' },
  { NO_COLOR: '1', LANG: 'C.UTF-8' },
  { COLORTERM: 'truecolor', TERM: 'xterm' },
  { COLORTERM: 'truecolor', TERM: 'xterm', LANG: 'C.UTF-8' },
];

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

/** What a report says in figures. */
function figuresOf(path: string): Record<string, unknown> {
  const [, json = ''] = /<script type="application\/json" id="data">([^<]*)</.exec(readFileSync(path, 'utf8')) ?? [];
  return JSON.parse(json) as Record<string, unknown>;
}

interface Classes {
  readonly names: readonly string[];
  readonly counts: readonly number[];
}

describe('a store to look at', () => {
  it('has the same figures in map, stat, report and verify-pages, and those of an independent count', () =>
    withTempFolder(async (cwd) => {
      for (const spec of [everything, everythingWithCatalogue]) {
        const bytes = writeFormat2(spec);
        writeFileSync(join(cwd, 'store.kmb'), bytes);
        const counted = countFigures(bytes);
        const map = linesOf<PageLine>(await runCli(['map', 'store.kmb', '--json'], { cwd }));
        const stat = JSON.parse((await runCli(['stat', 'store.kmb', '--json'], { cwd })).stdout) as StatJson;
        const verified = JSON.parse((await runCli(['verify-pages', 'store.kmb', '--json'], { cwd })).stdout) as {
          trees: { keys: number; versions: number };
        };
        const { code } = await runCli(['report', 'store.kmb', '--output', 'store.html', '--force'], { cwd });
        expect(code).to.equal(0);
        const report = figuresOf(join(cwd, 'store.html'));
        const total = (name: 'rows' | 'keys' | 'versions'): number =>
          counted.tables.reduce((sum, table) => sum + table[name], 0);
        const figures = { rows: total('rows'), keys: total('keys'), versions: total('versions') };
        expect(stat.total).to.include(figures);
        expect(report['total']).to.include(figures);
        expect(verified.trees).to.include({ keys: figures.keys, versions: figures.versions });

        const kinds = (report['views'] as { kind: Classes }).kind;
        const inMap = kinds.names.map((name) => map.filter(({ kind }) => kind === name).length);
        expect(inMap).to.deep.equal(kinds.counts);
        const inKind = (kind: string): number => map.filter((page) => page.kind === kind).length;
        for (const [kind, name] of TREE_KINDS) {
          const pages = counted.tables.reduce((sum, table) => sum + table.pages[name], 0);
          expect([inKind(kind), stat.total.pages[name]], kind).to.deep.equal([pages, pages]);
        }
        expect([inKind('catalogue'), inKind('free')]).to.deep.equal([counted.catalogue, counted.free]);
      }
    }));

  it('is drawn on screens of any width, with colours or without, with lines or letters', () =>
    withTempFolder(async (cwd) => {
      writeFileSync(join(cwd, 'store.kmb'), writeFormat2(everything));
      for (const terminalColumns of [60, 80, 120, 200]) {
        for (const env of SCREENS) {
          const screen = { cwd, terminalColumns, env };
          const map = (await runCli(['map', 'store.kmb'], screen)).stdout;
          const tree = (await runCli(['tree', 'store.kmb'], screen)).stdout;
          const owner = (await runCli(['owner', 'store.kmb', '5'], screen)).stdout;
          const drawn = [map, tree, owner].join('');
          const isUnicode = 'LANG' in env;
          expect(drawn.includes('└─ '), 'lines').to.equal(isUnicode);
          expect(tree.includes('`- '), 'letters').to.equal(!isUnicode);
          expect(map.includes('\u001b[38;2;'), 'colours').to.equal('COLORTERM' in env);
          for (const line of stripVTControlCharacters(map).split('\n')) {
            expect(textWidth(line), line).to.be.at.most(terminalColumns);
          }
        }
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
