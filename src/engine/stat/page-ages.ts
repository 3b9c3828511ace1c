/** Counts pages by the position that changed them last. */
import type { U64 } from '../bytes/u64.js';
import { PositionParts } from './position-parts.js';
import type { AgeFigures } from './report.js';

/** The log is cut into this many parts. */
export const AGE_PARTS = 10;
const WORD = 2 ** 32;
const EXACT_HIGH_WORDS = 2 ** 21;

export class PageAges {
  readonly #counts = new Array<number>(AGE_PARTS).fill(0);
  readonly #parts: PositionParts;

  constructor(private readonly applied: bigint) {
    this.#parts = new PositionParts(0n, applied, AGE_PARTS);
  }

  add(position: U64, pages: number): void {
    const { hi, lo } = position;
    if (this.applied === 0n || (hi === 0 && lo === 0)) return;
    // Nearly all are exact as numbers, which are reckoned with in a tenth of the time.
    const isExact = hi < EXACT_HIGH_WORDS;
    const index = isExact ? this.#parts.indexOfNumber(hi * WORD + lo) : this.#parts.indexOf(position.toBigInt());
    this.#addTo(index ?? AGE_PARTS - 1, pages);
  }

  #addTo(index: number, pages: number): void {
    this.#counts[index] = (this.#counts[index] as number) + pages;
  }

  /** Parts without any position are left out. */
  figures(): AgeFigures[] {
    return this.#counts
      .map((pages, part) => ({ ...this.#parts.range(part), pages }))
      .filter(({ from, to }) => from <= to);
  }
}
