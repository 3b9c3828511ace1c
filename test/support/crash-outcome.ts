/** How one crash falls out: what of all that was not synced has reached the disk. */
import type { Random } from './random.js';

/** Extremes find most faults: nothing but the synced, everything, everything up to a moment, all but a few, a few. */
const OUTCOMES = ['nothing', 'everything', 'until', 'most', 'half', 'few'] as const;
const KEPT = { nothing: 0, everything: 1, until: 1, most: 0.9, half: 0.5, few: 0.1 } as const;

export class CrashOutcome {
  readonly #keeps: number;
  readonly #until: number;
  readonly #tears: number;

  /** @param changes how many changes the file system has seen; those that are not synced are the latest */
  constructor(
    private readonly random: Random,
    changes: number,
    outcome: (typeof OUTCOMES)[number] = random.pick(OUTCOMES),
  ) {
    this.#keeps = KEPT[outcome];
    this.#until = outcome === 'until' ? changes - Math.floor(60 * random.next() ** 2) : Number.POSITIVE_INFINITY;
    this.#tears = outcome === 'everything' ? 0 : random.pick([0, 0.1, 0.5]);
  }

  keeps(at: number): boolean {
    return at < this.#until && (this.#keeps === 1 || this.random.chance(this.#keeps));
  }

  keepsLengthOnly(): boolean {
    return this.#keeps > 0 && this.random.chance(0.2);
  }

  tears(): boolean {
    return this.#tears > 0 && this.random.chance(this.#tears);
  }

  keepsSector(): boolean {
    return this.random.chance(0.5);
  }
}
