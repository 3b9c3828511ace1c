/** Merges sorted operations from several sources into one order. */
import { newOperation, type Operation } from '../log/operation.js';
import { compareBytes } from '../bytes/bytes.js';
import { compareU64Between, U64 } from '../bytes/u64.js';
import type { OperationIterator } from './operation-iterator.js';

const NOTHING = newOperation();
const NEVER = new U64(0, 0);
/** Bytes of a key that are kept as a number. */
const HEAD_BYTES = 6;

/** Which of two sources is on the operation that comes first: below 0, 0, above 0. */
export type OperationOrder = (a: OperationIterator, b: OperationIterator) => number;

/**
 * Several sources, the earlier part of the log first, as one. They form a tree of losers: each inner node has the
 * source that lost the match there, so that after a step only the matches on the winner's way up are played again.
 * Half of the comparisons of a heap are left, and most of those compare numbers.
 */
export class MergingIterator implements OperationIterator {
  /** The sources below the inner nodes: leaf `index` is node `count + index`. */
  readonly #leaves: readonly Entry[];
  /** From 1 on the loser at each inner node. */
  readonly #losers: Entry[] = [];
  #winner: Entry | undefined;

  /** @param order in which each source gives its operations (default: by table and key) */
  constructor(
    sources: readonly OperationIterator[],
    private readonly order?: OperationOrder,
  ) {
    this.#leaves = sources.map((source, rank) => new Entry(source, rank));
  }

  get operation(): Operation {
    return this.#winner?.source.operation ?? NOTHING;
  }

  get at(): U64 {
    return this.#winner?.source.at ?? NEVER;
  }

  next(): boolean {
    const winner = this.#winner;
    if (winner === undefined) {
      for (const leaf of this.#leaves) leaf.advance();
      this.#winner = this.#play(1);
    } else {
      winner.advance();
      this.#replay(winner);
    }
    return this.#winner?.isAtEnd === false;
  }

  /** Plays all matches below a node; gives the winner. */
  #play(node: number): Entry | undefined {
    const count = this.#leaves.length;
    if (node >= count) return this.#leaves[node - count];
    const [left, right] = [this.#play(2 * node) as Entry, this.#play(2 * node + 1) as Entry];
    const leftWins = this.#compare(left, right) < 0;
    this.#losers[node] = leftWins ? right : left;
    return leftWins ? left : right;
  }

  /** Plays the matches above a source that has gone on. */
  #replay(advanced: Entry): void {
    const losers = this.#losers;
    let winner = advanced;
    for (let node = (this.#leaves.length + advanced.rank) >>> 1; node > 0; node >>>= 1) {
      const loser = losers[node] as Entry;
      if (this.#compare(loser, winner) >= 0) continue;
      losers[node] = winner;
      winner = loser;
    }
    this.#winner = winner;
  }

  #compare(a: Entry, b: Entry): number {
    if (a.isAtEnd || b.isAtEnd) return Number(a.isAtEnd) - Number(b.isAtEnd);
    const order = this.order === undefined ? compareEntries(a, b) : this.order(a.source, b.source);
    return order || a.rank - b.rank;
  }
}

/** A source and its rank in the log: of equal operations the one that came first is first. */
class Entry {
  isAtEnd = false;
  /** What most comparisons are decided by: the table, and the first bytes of the key as a number. */
  tableHigh = 0;
  tableLow = 0;
  head = 0;

  constructor(
    readonly source: OperationIterator,
    readonly rank: number,
  ) {}

  advance(): void {
    const { source } = this;
    if (!source.next()) {
      this.isAtEnd = true;
      return;
    }
    const { view, tableOffset, keyStart, keyLength } = source.operation;
    this.tableHigh = view.getUint32(tableOffset + 4, true);
    this.tableLow = view.getUint32(tableOffset, true);
    this.head =
      keyLength >= HEAD_BYTES
        ? view.getUint32(keyStart) * 2 ** 16 + view.getUint16(keyStart + 4)
        : headOf(view, keyStart, keyLength);
  }
}

/** The bytes of a short key, and zeros after them. */
function headOf(view: DataView, start: number, length: number): number {
  let head = 0;
  for (let index = 0; index < HEAD_BYTES; index++)
    head = head * 256 + (index < length ? view.getUint8(start + index) : 0);
  return head;
}

function compareEntries(a: Entry, b: Entry): number {
  if (a.tableHigh !== b.tableHigh) return a.tableHigh - b.tableHigh;
  if (a.tableLow !== b.tableLow) return a.tableLow - b.tableLow;
  return a.head !== b.head ? a.head - b.head : compareKeys(a.source.operation, b.source.operation);
}

/** By table and key. */
export function byKey({ operation: a }: OperationIterator, { operation: b }: OperationIterator): number {
  return compareU64Between(a.view, a.tableOffset, b.view, b.tableOffset) || compareKeys(a, b);
}

function compareKeys(a: Operation, b: Operation): number {
  return compareBytes(a.view, a.keyStart, a.keyLength, b.view, b.keyStart, b.keyLength);
}
