/**
 * Long work as a generator: it pauses between steps of a few milliseconds, so that a program can serve its event loop
 * in between, and gives its result at the end. A program that has no event loop to serve runs it to the end at once.
 */
export type Steps<Result> = Generator<void, Result>;

/** Says in long work when enough was done for one step: `if (pace.isDue()) yield;` once for each piece of it. */
export class Pace {
  #done = 0;

  /** @param perStep pieces of work in a step of a few milliseconds */
  constructor(private readonly perStep: number) {}

  /** Counts one piece of work; true when a step is full. */
  isDue(): boolean {
    if (++this.#done < this.perStep) return false;
    this.#done = 0;
    return true;
  }
}

/** Runs all steps without a pause. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The result of steps, with `undefined` for each of them. */
export function* stepped<Result>(steps: Steps<Result>): Generator<undefined, Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    yield undefined;
  }
}
