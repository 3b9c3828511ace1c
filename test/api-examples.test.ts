/** The examples of docs/API.md: strict TypeScript, and as JavaScript with `import` and with `require`. */
import { expect } from 'chai';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { apiExamples, runExamples, writeExamples } from '../scripts/api-examples.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the compiler says about the examples, at its strictest. */
function complaints(files: readonly string[]): string[] {
  const program = ts.createProgram(files, {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
    noEmit: true,
    skipLibCheck: true,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

describe('the examples of docs/API.md', function () {
  this.timeout(60_000);
  const examples = apiExamples();
  let folder: string;

  before(() => {
    folder = writeExamples(examples);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('are there', () => {
    expect(examples.length).to.be.at.least(9);
  });

  it('are strict TypeScript', () => {
    expect(complaints(examples.map(({ name }) => join(folder, `${name}.ts`)))).to.deep.equal([]);
  });

  for (const [extension, how] of [
    ['js', 'import'],
    ['cjs', 'require'],
  ] as const) {
    it(`print what they say, with ${how}`, () => {
      const printed = runExamples(folder, examples, extension);
      expect(printed).to.deep.equal(examples.map(({ prints }) => prints));
    });
  }
});
