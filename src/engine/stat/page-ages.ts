/** Counts pages by the position that changed them last. */
import { PositionParts } from './position-parts.js';
import type { AgeFigures } from './report.js';

/** The log is cut into this many parts. */
export const AGE_PARTS = 10;

export class PageAges {
  readonly #counts = new Array<number>(AGE_PARTS).fill(0);
  readonly #parts: PositionParts;

  constructor(private readonly applied: bigint) {
    this.#parts = new PositionParts(0n, applied, AGE_PARTS);
  }

  add(position: bigint, pages: number): void {
    if (this.applied === 0n || position === 0n) return;
    const index = this.#parts.indexOf(position) ?? AGE_PARTS - 1;
    this.#counts[index] = (this.#counts[index] as number) + pages;
  }

  /** Parts without any position are left out. */
  figures(): AgeFigures[] {
    return this.#counts
      .map((pages, part) => ({ ...this.#parts.range(part), pages }))
      .filter(({ from, to }) => from <= to);
  }
}
