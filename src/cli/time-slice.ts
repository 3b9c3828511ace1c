/** Lets the event loop run now and then. */
import { setImmediate } from 'node:timers/promises';
import type { Steps } from '../engine/index.js';

const LONGEST_SLICE_MS = 40;

/** Milliseconds of a clock that only goes forward. `performance` would be loaded for this alone. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Keeps synchronous work in slices, so that signals, closed pipes and the spinner are served between them. */
export class TimeSlice {
  #end = now() + LONGEST_SLICE_MS;

  /** Whether it is time to `pause`. */
  isOver(): boolean {
    return now() >= this.#end;
  }

  /** Lets the event loop run once, and begins the next slice. */
  async pause(): Promise<void> {
    await setImmediate();
    this.#end = now() + LONGEST_SLICE_MS;
  }
}

/**
 * Runs the steps of long work to their end, serving the event loop in between; `onPause` may show how far it has come.
 */
export async function inSlices<R>(steps: Steps<R>, slice = new TimeSlice(), onPause?: () => Promise<void>): Promise<R> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (!slice.isOver()) continue;
    await onPause?.();
    await slice.pause();
  }
}
