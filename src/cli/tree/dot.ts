/** Trees of pages as a graph that graphviz draws. */
import type { TreeNode } from '../../engine/index.js';
import { looksOf } from '../map/palette.js';
import { PAGE_KINDS } from '../../engine/index.js';
import { percent } from '../stat/bars.js';
import { counted } from '../text/counts.js';
import { boundText } from './bounds.js';

const LOOKS = looksOf('kind', PAGE_KINDS);
const DAMAGED = '#d55e00';

export function* dotLines(store: string, nodes: Iterable<TreeNode | undefined>): Generator<string, void> {
  yield `digraph ${quoted(store)} {`;
  yield '  rankdir=LR; bgcolor=transparent;';
  yield '  node [shape=box, style=filled, fontname="sans-serif", fontsize=10, color="#666666"];';
  yield '  edge [fontname="sans-serif", fontsize=9, color="#666666"];';
  for (const node of nodes) {
    if (node !== undefined) yield* nodeLines(node);
  }
  yield '}';
}

function* nodeLines(node: TreeNode): Generator<string, void> {
  const { page, parent, depth, table, tree, isElsewhere, low } = node;
  const name = `p${page}`;
  if (!isElsewhere) yield `  ${name} [${attributes(node)}];`;
  if (depth === 1) {
    const root = `t${table}${tree === 'history' ? 'h' : ''}`;
    const title = `table ${table}${tree === 'history' ? ', older events' : ''}`;
    yield `  ${root} [label=${quoted(title)}, shape=plaintext, style=""];`;
    yield `  ${root} -> ${name};`;
    return;
  }
  const label = low === null ? '' : `label=${quoted(boundText(low, tree))}`;
  yield `  p${parent} -> ${name} [${[label, isElsewhere ? 'style=dashed' : ''].filter(Boolean).join(', ')}];`;
}

function attributes({ page, kind, items, fill, pages, damage }: TreeNode): string {
  const look = LOOKS[PAGE_KINDS.indexOf(kind)];
  const lines = [
    `page ${page}, ${kind}`,
    ...(items === null ? [] : [counted(items, 'item', 'items')]),
    ...(fill === null ? [] : [`${percent(fill)} full`]),
    ...(pages > 1 ? [`${counted(pages - 1, 'page', 'pages')} below`] : []),
    ...damage,
  ];
  const label = lines.map(escaped).join('\\n');
  const isDark = kind === 'internal' || kind === 'value' || kind === 'unreadable';
  const border = damage.length === 0 ? '' : `, color="${DAMAGED}", penwidth=3`;
  return `label="${label}", fillcolor="${look?.colour ?? '#ffffff'}", fontcolor="${isDark ? '#ffffff' : '#000000'}"${border}`;
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

function escaped(text: string): string {
  return text.replace(/[\\"]/g, '\\$&');
}
