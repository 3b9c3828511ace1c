/** The bodies of records, wherever they are: of a table, and of a group of the free map. */
import { PAGES_PER_GROUP } from '../format/superblock.js';
import { FREE_MAP, TABLE } from '../format/v2/records.js';
import { TABLE_RECORD } from '../format/v2/structures.js';
import type { Field } from '../bytes/field-structure.js';
import { type PageRun, type Part, readPart, spanPart } from './parts.js';

const FREE_PAGES: Field = { name: 'bits', type: 'hex', label: 'free pages', meaning: '', offset: 0 };

/** As many runs of free pages are written out for people. */
const RUNS_SHOWN = 12;

/** The body of a record of this kind, as far as it goes. */
export function recordBody(kind: number, id: bigint, bytes: Buffer, start: number, end: number): Part[] {
  if (start >= end) return [];
  if (kind === FREE_MAP) return [freeMapPart(id, bytes, start, end)];
  if (kind !== TABLE) return [spanPart('unread', bytes, start, end)];
  const table = readPart('table', TABLE_RECORD, bytes, start, end);
  const readEnd = start + table.size;
  const parts = table.fields.length > 0 ? [table] : [];
  return readEnd < end ? [...parts, spanPart('unread', bytes, readEnd, end)] : parts;
}

function freeMapPart(group: bigint, bytes: Buffer, start: number, end: number): Part {
  const value = bytes.subarray(start, end);
  const runs = runsOf(group, value);
  const reading = { field: FREE_PAGES, offset: start, size: end - start, value, text: textOf(runs) };
  return { kind: 'freeMap', offset: start, size: end - start, fields: [reading], parts: [], facts: { free: runs } };
}

/** The runs of neighbouring pages whose bits are set. */
function runsOf(group: bigint, bits: Buffer): PageRun[] {
  const runs: { first: bigint; count: number }[] = [];
  const start = group * BigInt(PAGES_PER_GROUP);
  for (let bit = 0; bit < bits.length * 8; bit++) {
    if (((bits[bit >> 3] as number) & (1 << (bit & 7))) === 0) continue;
    const pageId = start + BigInt(bit);
    const last = runs.at(-1);
    if (last !== undefined && last.first + BigInt(last.count) === pageId) last.count++;
    else runs.push({ first: pageId, count: 1 });
  }
  return runs;
}

/** `4 to 5, 17`. */
function textOf(runs: readonly PageRun[]): string {
  const shown = runs
    .slice(0, RUNS_SHOWN)
    .map(({ first, count }) => (count === 1 ? `${first}` : `${first} to ${first + BigInt(count) - 1n}`));
  const more = runs.length > RUNS_SHOWN ? [`and ${runs.length - RUNS_SHOWN} more runs`] : [];
  return [...shown, ...more].join(', ') || 'none';
}
