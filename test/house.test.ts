/** Rules of the source tree: no circle of files, and what the linter must refuse. */
import { expect } from 'chai';
import { ESLint } from 'eslint';
import { findCircle, importGraph } from './support/import-graph.js';

const SOURCES = new URL('../src', import.meta.url).pathname;
const ROOT = new URL('..', import.meta.url).pathname;

describe('the source tree', () => {
  it('has no circle of files that import values of each other', () => {
    const graph = importGraph(SOURCES);
    expect(graph.get('engine/index.ts')).to.include('engine/store/store.ts');
    expect(findCircle(graph)).to.equal(undefined);
  });

  it('would show one', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', []],
      ['d', ['b']],
    ]);
    expect(findCircle(graph)).to.deep.equal(['b', 'd']);
  });
});

/** The messages of the linter's own rules on a file that would be at `path`. */
async function lint(path: string, text: string): Promise<string[]> {
  const eslint = new ESLint({ cwd: ROOT });
  const results = await eslint.lintText(text, { filePath: `${ROOT}${path}` });
  const rules = ['no-restricted-syntax', 'no-restricted-imports', 'layers/downward', 'comments/width'];
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId }) => ruleId ?? '').filter((id) => rules.includes(id)),
  );
}

const FORMAT_QUESTIONS = [
  'export const f = (pages) => (pages.format.version === 2 ? 1 : 0);',
  'export const f = (version) => (version === 1 ? 1 : 0);',
  'export const f = (formatVersion) => 2 <= formatVersion;',
  'export const f = (format) => (format.hasFreeMap ? 1 : 0);',
  'export const f = ({ format: { hasStamps } }) => hasStamps;',
  "import { FORMAT_1 } from '../format/v1/format.js';\nexport const f = FORMAT_1;",
];

describe('the linter', function () {
  this.timeout(60_000);

  it('refuses questions about the number or the abilities of a format outside its folder', async () => {
    for (const text of FORMAT_QUESTIONS) {
      expect(await lint('src/engine/tree/path.ts', text), text).to.include('no-restricted-syntax');
    }
    for (const text of FORMAT_QUESTIONS) {
      expect(await lint('src/engine/format/formats.ts', text), text).not.to.include('no-restricted-syntax');
    }
  });

  it('refuses comments that are too wide, and imports that point upwards', async () => {
    expect(await lint('src/engine/tree/path.ts', `// ${'x'.repeat(118)}\n`)).to.deep.equal(['comments/width']);
    expect(await lint('src/engine/tree/path.ts', `// ${'x'.repeat(117)}\n`)).to.deep.equal([]);
    const upwards = "import { BTreeStore } from '../store/store.js';\nexport const f = BTreeStore;\n";
    expect(await lint('src/engine/tree/path.ts', upwards)).to.include('layers/downward');
  });
});
