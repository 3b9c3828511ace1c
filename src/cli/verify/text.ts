/** A report of `verify-pages` as text. */
import {
  FINDING_KINDS,
  type Finding,
  type FindingCode,
  SEVERITIES,
  type Severity,
  type VerifyReport,
} from '../../engine/index.js';
import { escapeControls } from '../text/escape.js';
import type { PaintName } from '../output/paint.js';
import { headed, type ProseLine, wholly } from '../output/prose.js';
import { counted, grouped } from '../text/counts.js';
import { keysText } from '../text/keys.js';
import { shellWord } from '../text/shell.js';
import { codesFound, nextSteps } from './next-steps.js';
import { readableLines } from './readable.js';

const JOURNAL_NOTE =
  'a journal holds a commit that is not in the file yet, and was checked in its place: kmb-store recover STORE puts it there';

const COLOURS: Readonly<Record<Severity, PaintName>> = {
  corrupt: 'problem',
  torn: 'problem',
  leak: 'stale',
  odd: 'stale',
};

/** What `verify-pages` found in one store, for people: findings by kind, how much was looked at, what to do next. */
export function verifyLines(store: string, report: VerifyReport): ProseLine[] {
  const notes = [
    coverage(report),
    ...(report.hasJournal ? [JOURNAL_NOTE.replace('STORE', () => shellWord(store))] : []),
    ...judgement(report),
    ...readableLines(store, report),
  ];
  return [
    wholly(report.ok ? 'heading' : 'problem', `${escapeControls(store)}: ${summary(report)}`),
    ...codesFound(report).flatMap((code) => kindLines(code, report)),
    ...notes.map((text) => ({ text })),
    ...nextSteps(store, report).map((step) => headed('heading', 'next:', ` ${step}`)),
  ];
}

/** `sound`, or how many findings there are of each severity. */
export function summary({ ok, severities }: VerifyReport): string {
  const counts = SEVERITIES.filter((severity) => severities[severity] > 0).map(
    (severity) => `${grouped(severities[severity])} ${severity}`,
  );
  return [...(ok ? ['sound'] : []), ...counts].join(', ');
}

function kindLines(code: FindingCode, { codes, findings }: VerifyReport): ProseLine[] {
  const { severity, meaning } = FINDING_KINDS[code];
  const kept = findings.filter((finding) => finding.code === code);
  const omitted = (codes[code] ?? 0) - kept.length;
  return [
    headed(COLOURS[severity], `${severity} ${code}:`, ` ${meaning}`),
    ...(code === 'leaked-page' ? leakLines(kept) : kept.flatMap(findingLines)),
    ...(omitted > 0 ? [{ text: `  ${grouped(omitted)} more` }] : []),
  ];
}

function findingLines({ message, path, table, keys, isHistory }: Finding): ProseLine[] {
  const older = isHistory === true ? 'older versions of ' : '';
  const location = [
    ...(path.length > 1 ? [`on the path ${path.join(' > ')}`] : []),
    ...(table === undefined ? [] : [`table ${table}${keys === undefined ? '' : `, ${older}${keysText(keys)}`}`]),
  ];
  return [
    { text: `  ${escapeControls(message)}` },
    ...(location.length > 0 ? [wholly('free', `    ${location.join('; ')}`)] : []),
  ];
}

/** Pages as runs of neighbours. */
function leakLines(findings: readonly Finding[]): ProseLine[] {
  const runs: { first: number; last: number }[] = [];
  for (const { page } of findings) {
    const run = runs.at(-1);
    if (run?.last === page - 1) run.last = page;
    else runs.push({ first: page, last: page });
  }
  return runs.map(({ first, last }) => ({
    text: first === last ? `  page ${first}` : `  pages ${first} to ${last}`,
  }));
}

function coverage(report: VerifyReport): string {
  const { ok, appliedPosition } = report;
  return ok || appliedPosition === null ? looked(report) : `${looked(report)}; applied position ${appliedPosition}`;
}

function looked({ pages, pagesChecked, pagesFree, bytes, bytesChecked, trees, quick }: VerifyReport): string {
  const free = pagesFree ? `, ${grouped(pagesFree)} of them free` : '';
  const seenPages = `${grouped(pagesChecked)} of ${counted(pages, 'page', 'pages')} checked${free}, ${grouped(bytesChecked)} of ${counted(bytes, 'byte', 'bytes')}`;
  if (trees === null) return quick ? `${seenPages}; trees were not` : `${seenPages}; trees cannot be found`;
  const { tables, keys, versions } = trees;
  const seen = [
    counted(tables, 'table', 'tables'),
    counted(keys, 'key', 'keys'),
    counted(versions, 'version', 'versions'),
  ];
  return `${seenPages}; ${seen.join(', ')}`;
}

function judgement({ quick, trees, pagesNotJudged }: VerifyReport): string[] {
  if (quick || pagesNotJudged === 0) return [];
  const pages = counted(pagesNotJudged, 'page', 'pages');
  return [`not judged: ${pages} that may belong ${trees === null ? 'to a tree' : 'below what cannot be read'}`];
}
