/** Iteration over many results: at once, or with `for await` in slices that leave time to the event loop. */
import { type AbortOptions, librarySlice } from './slices.js';

/** Results between two looks at the clock, which takes a tenth of the time of a row. */
const RESULTS_PER_LOOK = 8;

/** There is nothing more. */
export const END = Symbol('end');

/** Gives the next result; undefined when a step was made without coming to one. */
export type NextResult<Item> = () => Item | typeof END | undefined;

/** The results of `pull`, with a pause whenever a slice is over. No generator: an async one takes twice as long. */
export class SlicedIterator<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #slice = librarySlice();
  #isDone = false;
  #untilLook = RESULTS_PER_LOOK;

  constructor(
    private readonly pull: NextResult<Item>,
    private readonly close: () => void,
    private readonly options: AbortOptions,
  ) {}

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#isDone || this.#isSliceOver() || this.options.signal?.aborted === true) return this.#nextSlowly();
    try {
      const found = this.pull();
      if (found !== undefined && found !== END) return Promise.resolve({ done: false, value: found });
      return found === END ? this.return() : this.#nextSlowly();
    } catch (error) {
      return this.#fail(error);
    }
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.#isDone = true;
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #isSliceOver(): boolean {
    if (--this.#untilLook > 0) return false;
    this.#untilLook = RESULTS_PER_LOOK;
    return this.#slice.isOver();
  }

  async #nextSlowly(): Promise<IteratorResult<Item, undefined>> {
    const slice = this.#slice;
    try {
      for (; !this.#isDone;) {
        if (slice.isOver()) await slice.pause();
        this.options.signal?.throwIfAborted();
        const found = this.pull();
        if (found === END) break;
        if (found !== undefined) return { done: false, value: found };
      }
    } catch (error) {
      return this.#fail(error);
    }
    return this.return();
  }

  /** An iteration that has failed is over. */
  async #fail(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }
}
