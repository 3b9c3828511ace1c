/** How a content hash is shown. */
import type { ContentHash } from '../../engine/index.js';
import type { ManyView } from '../many/view.js';
import { escapeControls } from '../text/escape.js';
import { toJson } from '../text/json.js';

/** Of a whole store its hash; of one table that of the table, also when it has no rows. */
export function hashJson(store: string, { at, hash, tables }: ContentHash): string {
  return toJson({
    store,
    at,
    hash: hexOf(hash),
    tables: tables.map((table) => ({ id: table.id, rows: table.rows, hash: hexOf(table.hash) })),
  });
}

export function hashText(store: string, { hash }: ContentHash): string {
  return `${hexOf(hash)}\t${escapeControls(store)}`;
}

/** The same of several stores. */
export const hashView: ManyView = {
  verdict: 'failed',
  line: (store, { hash }) => `${hash as string}\t${escapeControls(store)}`,
};

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
