import { newOperation, type Operation } from '../format/batch.js';
import { compareBytes } from '../format/bytes.js';
import { compareU64Between, U64 } from '../format/u64.js';
import type { OperationSource } from './source.js';

const NOTHING = newOperation();
const NEVER = new U64(0, 0);

/** A source and its place in the log: of equal keys the one that came first goes first. */
interface Entry {
  readonly source: OperationSource;
  readonly rank: number;
}

/** Several sources, the earlier part of the log first, as one. They form a binary heap, the next operation on top. */
export class MergedSource implements OperationSource {
  readonly #heap: Entry[];
  #started = false;

  constructor(sources: readonly OperationSource[]) {
    this.#heap = sources.map((source, rank) => ({ source, rank }));
  }

  get operation(): Operation {
    return this.#heap[0]?.source.operation ?? NOTHING;
  }

  get at(): U64 {
    return this.#heap[0]?.source.at ?? NEVER;
  }

  next(): boolean {
    if (!this.#started) this.#start();
    else this.#advance();
    return this.#heap.length > 0;
  }

  #start(): void {
    this.#started = true;
    const filled = this.#heap.filter(({ source }) => source.next());
    this.#heap.splice(0, this.#heap.length, ...filled);
    for (let place = (filled.length >>> 1) - 1; place >= 0; place--) this.#sink(place);
  }

  #advance(): void {
    const heap = this.#heap;
    if (heap[0]?.source.next() === false) {
      const last = heap.pop();
      if (heap.length > 0 && last !== undefined) heap[0] = last;
    }
    this.#sink(0);
  }

  /** Moves the entry at a place down until it is not above a smaller one. */
  #sink(place: number): void {
    const heap = this.#heap;
    const sinking = heap[place];
    if (sinking === undefined) return;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && compareEntries(heap[child + 1]!, heap[child]!) < 0) child++;
      if (compareEntries(sinking, heap[child]!) < 0) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = sinking;
  }
}

function compareEntries(a: Entry, b: Entry): number {
  const x = a.source.operation;
  const y = b.source.operation;
  const tables = compareU64Between(x.view, x.tableOffset, y.view, y.tableOffset);
  if (tables !== 0) return tables;
  const keys = compareBytes(x.view, x.start, x.length, y.view, y.start, y.length);
  return keys !== 0 ? keys : a.rank - b.rank;
}
