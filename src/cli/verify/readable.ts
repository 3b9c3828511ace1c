/** What of a damaged store can still be read, and how. */
import type { Finding, KeySpan, VerifyReport } from '../../engine/index.js';
import { keyFlag } from '../damage.js';
import { escapeControls } from '../text/escape.js';
import { grouped } from '../text/counts.js';

/** What can be read of each table that findings are about, as far as they say which keys they put in doubt. */
export function readableLines(store: string, { findings, severities, trees, keysRecorded }: VerifyReport): string[] {
  if (severities.corrupt === 0 || trees === null) return [];
  const lost = keysRecorded === null ? 0 : keysRecorded - trees.keys;
  const count = lost > 0 ? [`${grouped(lost)} of ${grouped(keysRecorded ?? 0)} keys could not be reached`] : [];
  return [...count, ...[...spansByTable(findings)].flatMap(([table, spans]) => tableLine(store, table, spans))];
}

function spansByTable(findings: readonly Finding[]): Map<bigint, KeySpan[]> {
  const tables = new Map<bigint, KeySpan[]>();
  for (const { severity, table, keys } of findings) {
    if (severity !== 'corrupt' || table === undefined || keys === undefined) continue;
    const spans = tables.get(table);
    if (spans === undefined) tables.set(table, [keys]);
    else spans.push(keys);
  }
  return tables;
}

function tableLine(store: string, table: bigint, spans: readonly KeySpan[]): string[] {
  const scan = `kmb-store scan ${escapeControls(store)} --table ${table}`;
  const [first] = spans;
  if (first === undefined) return [];
  const isOne = spans.every(({ from, to }) => isSame(from, first.from) && isSame(to, first.to));
  if (!isOne) return [`can be read: ${scan} --skip-damaged prints the rows of table ${table} that can be`];
  const { from, to } = first;
  if (from === null && to === null) return [];
  const ways = [
    ...(from === null ? [] : [`${scan} ${keyFlag('--to', hex(from))}`]),
    ...(to === null ? [] : [`${scan} ${keyFlag('--from', hex(to))}`]),
  ];
  return [`can be read: ${ways.join(', and ')}`];
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
