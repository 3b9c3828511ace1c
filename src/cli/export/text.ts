/** What an export says. */
import type { JsonValue } from '../text/json.js';
import { counted, grouped } from '../text/counts.js';
import { escapeControls } from '../text/escape.js';
import type { StoreSummary } from './export-store.js';

/** A store that is exported, as one line. */
export function summaryText({ store, position, since, tables, rows, bytes }: StoreSummary): string {
  const what = `${counted(rows, 'row', 'rows')} of ${counted(tables, 'table', 'tables')}`;
  const span = since === null ? `as of position ${position}` : `new from position ${since} to ${position}`;
  return `${escapeControls(store)}: ${what}, ${span}, ${grouped(bytes)} bytes`;
}

/** The same as JSON. */
export function summaryJson(summary: StoreSummary): JsonValue {
  return { ...summary };
}

/** How far the export of a store has come. */
export function exportProgress(store: string, rows: number): string {
  return `exporting ${escapeControls(store)}: ${counted(rows, 'row', 'rows')}`;
}
