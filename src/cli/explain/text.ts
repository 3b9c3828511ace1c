/** The way to the answer to a question about a key, drawn. */
import {
  type ExaminedVersion,
  type Explanation,
  type NotVisible,
  type PathStep,
  splitHistoryKey,
} from '../../engine/index.js';
import type { Paint } from '../output/paint.js';
import { counted } from '../text/counts.js';
import { escapeBytes } from '../text/escape.js';
import type { Question } from './question.js';

const LONGEST_KEY = 40;

/** The pages from the root down, each with the keys between its separators, and below the last one the versions. */
export function* explainLines(question: Question, explanation: Explanation, paint: Paint): Generator<string, void> {
  const { table, key, at } = question;
  const { path, historyPath, versions } = explanation;
  yield paint('heading', `key ${keyText(key)} of table ${table} at position ${at}`);
  if (path.length === 0) yield 'the table has no pages';
  yield* wayLines(path, 'the tree of the table', tableBound);
  const leaf = path.at(-1);
  if (leaf === undefined) return;
  if (leaf.item === null) yield `${indentOf(path.length - 1)}the key is not there`;
  yield* versionLines(
    versions.filter(({ page }) => page === leaf.page),
    path.length - 1,
    at,
    paint,
  );
  if (historyPath === null) return;
  yield `${indentOf(path.length - 1)}older ones are in the history`;
  yield* wayLines(historyPath, 'the history of the table', historyBound);
  const inHistory = versions.filter(({ page }) => page !== leaf.page);
  if (inHistory.length === 0) yield `${indentOf(historyPath.length - 1)}nothing of the key is as old as that`;
  yield* versionLines(inHistory, historyPath.length - 1, at, paint);
}

type BoundText = (bound: Uint8Array) => string;

function* wayLines(path: readonly PathStep[], name: string, boundText: BoundText): Generator<string, void> {
  for (const [depth, step] of path.entries()) {
    const lead = depth === 0 ? '' : `${indentOf(depth - 1)}└─ `;
    yield `${lead}page ${step.page}, ${levelText(step)}${depth === 0 ? ` of ${name}` : ''}: ${spanText(step, boundText)}${itemText(step)}`;
  }
}

function indentOf(depth: number): string {
  return '   '.repeat(depth);
}

function levelText({ level }: PathStep): string {
  return level === 1 ? 'a leaf' : `level ${level}`;
}

function itemText({ level, item }: PathStep): string {
  if (item === null) return '';
  return level === 1 ? `; item ${item}` : `; through child ${item}`;
}

function spanText({ low, high }: PathStep, boundText: BoundText): string {
  if (low === null && high === null) return 'all keys';
  if (low === null) return `keys below ${boundText(high as Uint8Array)}`;
  return high === null ? `keys from ${boundText(low)} on` : `keys from ${boundText(low)} up to ${boundText(high)}`;
}

function tableBound(bound: Uint8Array): string {
  return keyText(bound);
}

function historyBound(bound: Uint8Array): string {
  const { key, position } = splitHistoryKey(bound);
  return position === 0n ? keyText(key) : `${keyText(key)} at ${position}`;
}

function* versionLines(
  versions: readonly ExaminedVersion[],
  depth: number,
  at: bigint,
  paint: Paint,
): Generator<string, void> {
  for (const [index, version] of versions.entries()) {
    const branch = index === versions.length - 1 ? '└─' : '├─';
    const text = `${versionText(version)}: ${verdictText(version.reason, at)}`;
    yield `${indentOf(depth)}${branch} ${paint(paintOf(version.reason), text)}`;
  }
}

function versionText({ createdAt, deletedAt, valueBytes }: ExaminedVersion): string {
  if (createdAt === null) return `deleted at ${deletedAt}`;
  const until = deletedAt === null ? 'until now' : `until ${deletedAt}`;
  return `written at ${createdAt}, ${counted(valueBytes ?? 0, 'byte', 'bytes')}, ${until}`;
}

const VERDICTS: Readonly<Record<NotVisible, (at: bigint) => string>> = {
  later: (at) => `later than position ${at}`,
  ended: (at) => `no longer there at position ${at}`,
  deletion: (at) => `this counts at position ${at}, and is no value`,
  empty: () => 'replaced by the batch that wrote it',
};

function verdictText(reason: NotVisible | null, at: bigint): string {
  return reason === null ? `this counts at position ${at}` : VERDICTS[reason](at);
}

function paintOf(reason: NotVisible | null): 'even' | 'heading' | 'free' {
  if (reason === null) return 'even';
  return reason === 'deletion' ? 'heading' : 'free';
}

function keyText(key: Uint8Array): string {
  const text = Array.from(escapeBytes(key));
  const shown = text.length > LONGEST_KEY ? `${text.slice(0, LONGEST_KEY).join('')}…` : text.join('');
  return shown === '' ? "''" : shown;
}
