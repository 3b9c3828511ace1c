/** Counts things by a size of theirs, in steps that double: 0, 1, 2, 3 to 4, 5 to 8, … */
import type { SpreadStep } from './report.js';

/** For sizes of up to 32 bits. */
const STEPS = 34;

export class Spread {
  readonly #counts = new Float64Array(STEPS);

  add(size: number): void {
    const step = stepOf(size);
    this.#counts[step] = (this.#counts[step] as number) + 1;
  }

  /** From the first step with something in it to the last. */
  figures(): SpreadStep[] {
    const steps = Array.from(this.#counts, (count, step) => ({ from: firstOf(step), to: lastOf(step), count }));
    const first = steps.findIndex(({ count }) => count > 0);
    return first < 0 ? [] : steps.slice(first, steps.findLastIndex(({ count }) => count > 0) + 1);
  }
}

function stepOf(size: number): number {
  return size <= 1 ? size : 33 - Math.clz32(size - 1);
}

function firstOf(step: number): number {
  return step <= 1 ? step : 2 ** (step - 2) + 1;
}

function lastOf(step: number): number {
  return step <= 1 ? step : 2 ** (step - 1);
}
