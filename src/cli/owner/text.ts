/** The way to a page, as text. */
import type { OwnerPath, OwnerStep, PageFacts, Pointer } from '../../engine/index.js';
import type { Paint } from '../output/paint.js';
import { percent } from '../stat/bars.js';
import { shortKey } from '../text/keys.js';
import type { Branches } from '../tree/branches.js';

const LONGEST_KEY = 40;

/** What the page is, and below each other the pages that lead to it. */
export function* ownerLines({ page, path }: OwnerPath, paint: Paint, branches: Branches): Generator<string, void> {
  yield paint('heading', `page ${page.page}: ${factsText(page)}`);
  if (page.damage.length > 0) yield paint('problem', `damaged: ${page.damage.join(', ')}`);
  if (path.length === 0) yield NOBODY[page.kind] ?? 'nothing points to it';
  for (const [depth, step] of path.entries()) yield* stepLines(step, depth, path, branches);
}

const NOBODY: Readonly<Record<string, string>> = {
  free: 'nothing points to it: the free map has it, and a writer may take it at any time',
  leaked: 'nothing points to it, and the free map does not have it: it is lost space',
  unknown: 'whether anything points to it cannot be told: it may be below what cannot be read',
};

function* stepLines(
  step: OwnerStep,
  depth: number,
  path: readonly OwnerStep[],
  branches: Branches,
): Generator<string, void> {
  const lead = depth === 0 ? '' : '   '.repeat(depth - 1) + branches.last;
  const before = path[depth - 1]?.pointer;
  const by = before === undefined || before === null ? '' : `${pointerText(before)}: `;
  const what = step.kind === 'superblock' ? 'superblock' : step.kind;
  yield `${lead}${by}page ${step.page}, ${what}${step.damage.length === 0 ? '' : ` (${step.damage.join(', ')})`}`;
}

export function pointerText(pointer: Pointer): string {
  switch (pointer.by) {
    case 'record':
      return `${pointer.tree === 'history' ? 'history of ' : ''}table ${pointer.table}`;
    case 'catalogue':
      return 'catalogue';
    case 'child':
      return `child ${pointer.index}`;
    case 'event':
      return `value of ${shortKey(pointer.key, LONGEST_KEY)} at ${pointer.position}, part ${pointer.ordinal}`;
    default:
      return 'something in it';
  }
}

function factsText({ kind, table, fill, stamp }: PageFacts): string {
  return [
    kind,
    ...(table === null ? [] : [`of table ${table}`]),
    ...(fill === null ? [] : [`${percent(fill)} full`]),
    ...(stamp === null ? [] : [`changed last at ${stamp}`]),
  ].join(', ');
}
