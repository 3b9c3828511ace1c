/** How much changed in each range of positions. */
import { type Changes, PositionParts } from '../../engine/index.js';
import type { RowView } from '../output/row-view.js';
import { bar } from '../stat/bars.js';
import { grouped } from '../text/counts.js';
import { toJson } from '../text/json.js';

/** The positions are cut into at most so many ranges. */
const RANGES = 20;

/** The positions from `from` to `to`, both included, and the operations in them. */
export interface ChangesInRange {
  readonly from: bigint;
  readonly to: bigint;
  readonly puts: number;
  readonly deletes: number;
  /** Of the operations of the range with the most. */
  readonly fraction: number;
}

/** Counts all batches; undefined now and then. */
export function* changesInRanges(
  batches: Changes,
  after: bigint,
  upTo: bigint,
): Generator<ChangesInRange | undefined, void> {
  const parts = new PositionParts(after, upTo, RANGES);
  const puts = new Array<number>(RANGES).fill(0);
  const deletes = new Array<number>(RANGES).fill(0);
  for (const batch of batches) {
    yield undefined;
    const part = batch === undefined ? undefined : parts.indexOf(batch.position);
    if (batch === undefined || part === undefined) continue;
    for (const { kind } of batch.operations()) {
      const counts = kind === 'put' ? puts : deletes;
      counts[part] = (counts[part] ?? 0) + 1;
    }
  }
  const most = Math.max(1, ...puts.map((count, part) => count + (deletes[part] ?? 0)));
  for (let part = 0; part < RANGES; part++) {
    const { from, to } = parts.range(part);
    const counts = { puts: puts[part] ?? 0, deletes: deletes[part] ?? 0 };
    if (from <= to) yield { from, to, ...counts, fraction: (counts.puts + counts.deletes) / most };
  }
}

export const RANGES_VIEW: RowView<ChangesInRange> = {
  columns: [
    { name: 'FROM', alignRight: true, text: ({ from }) => from.toString() },
    { name: 'TO', alignRight: true, text: ({ to }) => to.toString() },
    { name: 'PUTS', alignRight: true, text: ({ puts }) => grouped(puts) },
    { name: 'DELETES', alignRight: true, text: ({ deletes }) => grouped(deletes) },
    { name: '', text: ({ fraction }) => bar(fraction) },
  ],
  fields: ({ from, to, puts, deletes }) => [from, to, puts, deletes].map(String),
  json: ({ from, to, puts, deletes }) => toJson({ from, to, puts, deletes }),
};
