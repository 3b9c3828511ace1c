import path from 'node:path';

// The layers, the topmost first. A file may import from its own layer and from layers below it.
// Layers on one line do not know each other.
const LAYERS = [
  ['commands'],
  ['cli'],
  ['engine/index'],
  ['engine/salvage', 'engine/census'],
  ['engine/replay', 'engine/stat', 'engine/build'],
  ['engine/store', 'engine/verify', 'engine/inspect'],
  ['engine/timeline'],
  ['engine/table'],
  ['engine/catalogue'],
  ['engine/tree'],
  ['engine/pager', 'engine/commit-group'],
  ['engine/lock'],
  ['engine/cache', 'engine/journal', 'engine/log'],
  ['engine/format'],
  ['engine/bytes', 'engine/file'],
  ['engine/async'],
  ['engine/errors', 'engine/steps'],
];

const RANK = new Map(LAYERS.flatMap((names, index) => names.map((name) => [name, LAYERS.length - index])));

/** `src/engine/tree/search.ts` → `engine/tree`, `src/engine/errors.ts` → `engine/errors`, `src/cli/rows.ts` → `cli`. */
function layerOf(file, sourceRoot) {
  const relative = path.relative(sourceRoot, file);
  if (relative.startsWith('..')) return undefined;
  const [first, second] = relative.replace(/\.[jt]s$/, '').split(path.sep);
  return first === 'engine' ? `engine/${second}` : first;
}

function problem(from, to) {
  if (!RANK.has(from)) return `"${from}" is not a layer: add it to scripts/layers.js`;
  if (to === undefined) return 'imports must stay inside src';
  if (!RANK.has(to)) return `"${to}" is not a layer: add it to scripts/layers.js`;
  if (from !== to && RANK.get(to) >= RANK.get(from)) return `imports point downwards: ${from} must not import ${to}`;
  return undefined;
}

export const layersPlugin = {
  rules: {
    downward: {
      meta: {
        type: 'problem',
        schema: [],
        docs: { description: 'Imports point downwards through the layers' },
      },
      create(context) {
        const sourceRoot = path.join(context.cwd, 'src');
        const from = layerOf(context.filename, sourceRoot);
        const check = ({ source }) => {
          const specifier = source?.value;
          if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
          const to = layerOf(path.resolve(path.dirname(context.filename), specifier), sourceRoot);
          const message = problem(from, to);
          if (message !== undefined) context.report({ node: source, message });
        };
        return {
          ImportDeclaration: check,
          ImportExpression: check,
          ExportNamedDeclaration: check,
          ExportAllDeclaration: check,
        };
      },
    },
  },
};
