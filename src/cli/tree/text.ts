/** Trees of pages as text. */
import type { TreeNode } from '../../engine/index.js';
import type { Paint } from '../output/paint.js';
import { percent } from '../stat/bars.js';
import { counted } from '../text/counts.js';
import { boundsText } from './bounds.js';
import type { Branches } from './branches.js';

/** A line a page, below the one that leads to it; before each tree what it is of. */
export function* treeLines(
  nodes: Iterable<TreeNode | undefined>,
  paint: Paint,
  branches: Branches,
): Generator<string, void> {
  /** Of each page on the way down whether it is the last child. */
  const way: boolean[] = [];
  for (const node of nodes) {
    if (node === undefined) continue;
    const { depth, isLast, tree, table, damage } = node;
    if (depth === 1) yield paint('heading', `table ${table}${tree === 'history' ? ', older events' : ''}`);
    way.length = depth - 1;
    const lead =
      depth === 1
        ? ''
        : way
            .slice(1)
            .map((last) => (last ? '   ' : branches.past))
            .join('') + (isLast ? branches.last : branches.other);
    way.push(isLast);
    const mark = damage.length === 0 ? '' : `  ${paint('problem', `! ${damage.join(', ')}`)}`;
    yield `${lead}${nodeText(node)}; ${boundsText(node)}${mark}`;
  }
}

/** What a page is, what it has, and how full it and those below it are. */
export function nodeText({ page, kind, items, pages, fill, fillBelow, isElsewhere }: TreeNode): string {
  const what = `${page < 0 ? 'no page' : `page ${page}`}, ${kind.replace('history-', '')}`;
  if (isElsewhere) return `${what}: another page leads to it, too`;
  const isInternal = kind.endsWith('internal');
  const parts = [
    ...(items === null ? [] : [isInternal ? counted(items, 'child', 'children') : counted(items, 'item', 'items')]),
    ...(fill === null ? [] : [`${percent(fill)} full`]),
    ...(pages > 1 ? [`${counted(pages - 1, 'page', 'pages')} below${belowText(fillBelow)}`] : []),
  ];
  return parts.length === 0 ? what : `${what}: ${parts.join(', ')}`;
}

function belowText(fill: number | null): string {
  return fill === null ? '' : `, all ${percent(fill)} full`;
}
