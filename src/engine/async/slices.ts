/** Long work beside an event loop: in slices of a few milliseconds, with timers and input served between them. */
import type { Steps } from '../steps.js';

/** How long the command line keeps its event loop waiting: it has only signals, pipes and a spinner to serve. */
const COMMAND_SLICE_MS = 40;
/** How long a program that uses the library waits: it may be a server. */
const SLICE_MS = 10;

/** What every call that takes long and returns a promise can be told. */
export interface AbortOptions {
  /** Ends the call between two slices: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds of a clock that only goes forward. `performance` would be loaded for this alone. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Keeps synchronous work in slices, so that signals, closed pipes and the spinner are served between them. */
export class TimeSlice {
  #end: number;

  constructor(private readonly milliseconds = COMMAND_SLICE_MS) {
    this.#end = now() + milliseconds;
  }

  /** Whether it is time to `pause`. */
  isOver(): boolean {
    return now() >= this.#end;
  }

  /** Lets the event loop run once, and begins the next slice. */
  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#end = now() + this.milliseconds;
  }
}

/**
 * Runs the steps of long work to their end, serving the event loop in between; `onPause` may show how far it has come.
 */
export async function inSlices<R>(
  steps: Steps<R>,
  slice = new TimeSlice(),
  onPause?: () => void | Promise<void>,
): Promise<R> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (!slice.isOver()) continue;
    await onPause?.();
    await slice.pause();
  }
}

/** A slice as long as a program that uses the library can wait. */
export function librarySlice(): TimeSlice {
  return new TimeSlice(SLICE_MS);
}

/** Runs the steps of a call of the library. When the signal ends it, what the steps have open is closed. */
export async function untilAborted<R>(
  steps: Steps<R>,
  { signal }: AbortOptions = {},
  slice = librarySlice(),
): Promise<R> {
  const check = (): void => {
    signal?.throwIfAborted();
  };
  try {
    check();
    return await inSlices(steps, slice, check);
  } finally {
    // The result is of no use: either it is there already, or it is not wanted any more.
    steps.return(undefined as never);
  }
}
