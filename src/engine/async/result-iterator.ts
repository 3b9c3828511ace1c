/** Results that come one by one, and not all at once. */
import type { AbortOptions } from './slices.js';
import { END, SlicedIterator } from './sliced-iterator.js';

interface IterationOptions extends AbortOptions {
  /** At most this many (default: all). */
  readonly limit?: number | undefined;
}

/**
 * Results one by one, once: with `for`, or with `for await`, which lets the event loop run every few milliseconds. What
 * it has open is closed at its end, when a loop is left early, and by `close`.
 */
export class ResultIterator<Item> implements IterableIterator<Item, undefined>, AsyncIterable<Item>, Disposable {
  #left: number;

  /** @internal `results` gives undefined for a step that has come to no result. */
  constructor(
    private readonly results: Generator<Item | undefined, void>,
    private readonly options: IterationOptions = {},
  ) {
    this.#left = options.limit ?? Infinity;
  }

  next(): IteratorResult<Item, undefined> {
    for (;;) {
      const value = this.#pull();
      if (value === END) return { done: true, value: undefined };
      if (value !== undefined) return { done: false, value };
    }
  }

  return(): IteratorResult<Item, undefined> {
    this.close();
    return { done: true, value: undefined };
  }

  /** Ends the iteration. A second call does nothing. */
  close(): void {
    this.#left = 0;
    this.results.return();
  }

  [Symbol.iterator](): this {
    return this;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Item, undefined> {
    return new SlicedIterator(
      () => this.#pull(),
      () => {
        this.close();
      },
      this.options,
    );
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #pull(): Item | typeof END | undefined {
    const { done, value } = this.#left > 0 ? this.results.next() : this.results.return();
    if (done === true) return END;
    if (value !== undefined) this.#left--;
    return value;
  }
}
