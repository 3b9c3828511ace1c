/** The versions of a key on a line of positions. */
import type { Lifetime } from '../../engine/index.js';

/** What there is in a stretch of positions; the later ones are drawn over the others. */
const NOTHING = 0;
const VALUE = 1;
const ENDS = 2;
const BEGINS = 3;

const SIGNS = { unicode: ['·', '━', '○', '●'], ascii: ['.', '=', 'o', '*'] } as const;
const NARROWEST = 10;

export interface TimeLineOptions {
  /** The last position. */
  readonly applied: bigint;
  readonly columns: number;
  readonly unicode: boolean;
}

/** From the first position to the applied one: where versions begin, how long they last, where the key was deleted. */
export function timeLine(versions: Iterable<Lifetime>, { applied, columns, unicode }: TimeLineOptions): string {
  const width = Math.max(NARROWEST, columns - applied.toString().length - 4);
  const cells = new Uint8Array(width);
  const cellOf = (position: bigint): number => {
    const cell = Number(((position - 1n) * BigInt(width)) / (applied > 0n ? applied : 1n));
    return Math.max(0, Math.min(width - 1, cell));
  };
  const mark = (cell: number, what: number): void => {
    cells[cell] = Math.max(cells[cell] ?? NOTHING, what);
  };
  for (const { createdAt, deletedAt } of versions) {
    const first = cellOf(createdAt);
    const last = deletedAt === null ? width - 1 : cellOf(deletedAt);
    for (let cell = first; cell <= last; cell++) mark(cell, VALUE);
    mark(first, BEGINS);
    if (deletedAt !== null) mark(last, ENDS);
  }
  const signs = SIGNS[unicode ? 'unicode' : 'ascii'];
  return `1 ${Array.from(cells, (what) => signs[what] ?? '').join('')} ${applied}`;
}
