/**
 * Long work as a generator: it pauses between steps of a few milliseconds, so that a program can serve its event loop
 * in between, and gives its result at the end. A program that has no event loop to serve runs it to the end at once.
 */
export type Steps<Result> = Generator<void, Result>;

/** Runs all steps without a pause. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
