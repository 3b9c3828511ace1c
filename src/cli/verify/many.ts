/** What `verify-pages` says of several stores. */
import { SEVERITIES, type Severity } from '../../engine/index.js';
import type { Result } from '../many/outcome.js';
import { findingsOf, placed } from '../many/reports/findings.js';
import type { Metric } from '../many/reports/metrics.js';
import type { ManyView } from '../many/view.js';
import { escapeControls } from '../text/escape.js';
import { counted, grouped } from '../text/counts.js';

/** What is used here of a result. */
interface CheckResult extends Readonly<Record<Severity, number>> {
  readonly ok: boolean;
  readonly pages: number;
  readonly bytes: number;
  readonly appliedPosition: number | string | null;
  readonly trees: { readonly tables: number; readonly keys: number; readonly versions: number } | null;
}

export const verifyView: ManyView = {
  verdict: 'failed the check',
  line: (store, result) => escapeControls(`${store}: ${verdict(result)}`),
  failureLine: (store, { message }) => escapeControls(`${store}: not checked: ${message}`),
  failureFacts: { ok: false },
  metrics,
};

function verdict(result: Result): string {
  const { ok, pages, appliedPosition, trees, ...severities } = result as unknown as CheckResult;
  const counts = SEVERITIES.filter((severity) => severities[severity] > 0).map(
    (severity) => `${grouped(severities[severity])} ${severity}`,
  );
  const [first] = findingsOf(result);
  if (first !== undefined && !ok) return `${counts.join(', ')}; the worst: ${placed(first)}`;
  const keys = trees === null ? [] : [counted(trees.keys, 'key', 'keys')];
  return [
    'sound',
    ...counts,
    counted(pages, 'page', 'pages'),
    ...keys,
    `position ${appliedPosition ?? 'unknown'}`,
  ].join(', ');
}

function metrics(result: Result): Metric[] {
  const { ok, pages, bytes, appliedPosition, trees, ...severities } = result as unknown as CheckResult;
  return [
    { name: 'sound', help: 'Whether the check found nothing corrupt or torn.', value: ok ? 1 : 0 },
    { name: 'bytes', help: 'Length of the file.', value: bytes },
    { name: 'pages', help: 'Pages of the file.', value: pages },
    ...(appliedPosition === null ? [] : [{ ...POSITION, value: appliedPosition }]),
    ...(trees === null ? [] : treeMetrics(trees)),
    ...SEVERITIES.map((severity) => ({
      name: 'findings',
      help: 'Findings of the check by severity.',
      value: severities[severity],
      labels: { severity },
    })),
  ];
}

const POSITION = { name: 'applied_position', help: 'Position in the log that the store has applied.' };

function treeMetrics({ tables, keys, versions }: NonNullable<CheckResult['trees']>): Metric[] {
  return [
    { name: 'tables', help: 'Tables.', value: tables },
    { name: 'keys', help: 'Keys, deleted ones included.', value: keys },
    { name: 'versions', help: 'Versions of all keys.', value: versions },
  ];
}
