/** Counts things by a size of theirs, in steps that double: 0, 1, 2, 3 to 4, 5 to 8, … */
import type { SpreadStep } from './report.js';

export class Spread {
  readonly #counts: number[] = [];

  add(size: number): void {
    const step = stepOf(size);
    while (this.#counts.length <= step) this.#counts.push(0);
    this.#counts[step] = (this.#counts[step] as number) + 1;
  }

  /** From the first step with something in it to the last. */
  figures(): SpreadStep[] {
    const steps = this.#counts.map((count, step) => ({ from: firstOf(step), to: lastOf(step), count }));
    const first = steps.findIndex(({ count }) => count > 0);
    return first < 0 ? [] : steps.slice(first);
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
