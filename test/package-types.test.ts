/** Whoever uses the library can name every type that its public signatures have. */
import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const entry = fileURLToPath(new URL('../dist/engine/index.d.ts', import.meta.url));

/** Types of ours that exported declarations name and the library does not export, as `TYPE in EXPORT`. */
function unnamedTypes(): string[] {
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  });
  const checker = program.getTypeChecker();
  const original = (symbol: ts.Symbol) =>
    (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  const index = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile) as ts.Symbol;
  const exported = new Set(checker.getExportsOfModule(index).map(original));
  const missing = new Set<string>();
  const visit = (node: ts.Node, owner: string): void => {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined;
    const named = name && checker.getSymbolAtLocation(name);
    const symbol = named && original(named);
    const isOurs = symbol?.declarations?.some((each) => each.getSourceFile().fileName.includes('/dist/engine/'));
    const isParameter = ((symbol?.flags ?? 0) & ts.SymbolFlags.TypeParameter) !== 0;
    if (symbol !== undefined && isOurs === true && !isParameter && !exported.has(symbol)) {
      missing.add(`${symbol.name} in ${owner}`);
    }
    ts.forEachChild(node, (child) => {
      visit(child, owner);
    });
  };
  for (const symbol of exported) for (const node of symbol.declarations ?? []) visit(node, symbol.name);
  return [...missing];
}

describe('the types of the library', () => {
  it('are all exported', function () {
    this.timeout(60_000);
    if (!existsSync(entry)) throw new Error('this test reads dist: npm run build');
    expect(unnamedTypes()).to.deep.equal([]);
  });
});
