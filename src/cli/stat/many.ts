/** What `stat` says of several stores. */
import type { Result } from '../many/outcome.js';
import type { Metric } from '../many/reports/metrics.js';
import type { ManyView } from '../many/view.js';
import { escapeControls } from '../text/escape.js';
import { counted, grouped } from '../text/counts.js';

/** What is used here of a result; what is not known is null. */
interface StatResult {
  readonly format: number;
  readonly pages: number;
  readonly bytes: number;
  readonly appliedPosition: number | string;
  readonly tables: readonly unknown[];
  readonly total: Readonly<Record<'rows' | 'keys' | 'versions', number | null>>;
}

export const statView: ManyView = {
  verdict: 'could not be counted',
  line: (store, result) => escapeControls(`${store}: ${figures(result)}`),
  metrics,
};

function figures(result: Result): string {
  const { format, pages, bytes, appliedPosition, tables, total } = result as unknown as StatResult;
  return [
    ...(total.rows === null ? [] : [counted(total.rows, 'row', 'rows')]),
    ...(total.versions === null ? [] : [counted(total.versions, 'version', 'versions')]),
    counted(tables.length, 'table', 'tables'),
    `${counted(pages, 'page', 'pages')} (${grouped(bytes)} bytes)`,
    `position ${appliedPosition}`,
    `format ${format}`,
  ].join(', ');
}

function metrics(result: Result): Metric[] {
  const { format, pages, bytes, appliedPosition, tables, total } = result as unknown as StatResult;
  const known = (name: 'rows' | 'keys' | 'versions', help: string): Metric[] => {
    const value = total[name];
    return value === null ? [] : [{ name, help, value }];
  };
  return [
    { name: 'format', help: 'Format of the store.', value: format },
    { name: 'bytes', help: 'Length of the file.', value: bytes },
    { name: 'pages', help: 'Pages of the file.', value: pages },
    { name: 'applied_position', help: 'Position in the log that the store has applied.', value: appliedPosition },
    { name: 'tables', help: 'Tables.', value: tables.length },
    ...known('rows', 'Rows that are visible now.'),
    ...known('keys', 'Keys, deleted ones included.'),
    ...known('versions', 'Versions of all keys.'),
  ];
}
