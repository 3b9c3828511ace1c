/** Merges sorted operations from several sources into one order. */
import { newOperation, type Operation } from '../log/operation.js';
import { compareBytes } from '../bytes/bytes.js';
import { compareU64Between, U64 } from '../bytes/u64.js';
import type { OperationIterator } from './operation-iterator.js';

const NOTHING = newOperation();
const NEVER = new U64(0, 0);

/** Which of two sources is on the operation that comes first: below 0, 0, above 0. */
export type OperationOrder = (a: OperationIterator, b: OperationIterator) => number;

/** A source and its rank in the log: of equal operations the one that came first is first. */
interface Entry {
  readonly source: OperationIterator;
  readonly rank: number;
}

/** Several sources, the earlier part of the log first, as one. They form a binary heap, the next operation on top. */
export class MergingIterator implements OperationIterator {
  readonly #heap: Entry[];
  #started = false;

  /** @param order in which each source gives its operations (default: by table and key) */
  constructor(
    sources: readonly OperationIterator[],
    private readonly order: OperationOrder = byKey,
  ) {
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
    for (let index = (filled.length >>> 1) - 1; index >= 0; index--) this.#sink(index);
  }

  #advance(): void {
    const heap = this.#heap;
    if (heap[0]?.source.next() === false) {
      const last = heap.pop();
      if (heap.length > 0 && last !== undefined) heap[0] = last;
    }
    this.#sink(0);
  }

  /** Moves an entry down until it is not above a smaller one. */
  #sink(index: number): void {
    const heap = this.#heap;
    const sinking = heap[index];
    if (sinking === undefined) return;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#compare(heap[child + 1]!, heap[child]!) < 0) child++;
      if (this.#compare(sinking, heap[child]!) < 0) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = sinking;
  }

  #compare(a: Entry, b: Entry): number {
    return this.order(a.source, b.source) || a.rank - b.rank;
  }
}

/** By table and key. */
export function byKey({ operation: a }: OperationIterator, { operation: b }: OperationIterator): number {
  const tables = compareU64Between(a.view, a.tableOffset, b.view, b.tableOffset);
  return tables || compareBytes(a.view, a.keyStart, a.keyLength, b.view, b.keyStart, b.keyLength);
}
