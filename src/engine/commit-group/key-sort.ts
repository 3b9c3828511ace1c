/** Sorts items by byte-string keys: a radix sort on the words of the keys, without making strings or objects. */
import { MAX_KEY_LENGTH } from '../format/layout.js';
import { RADIX_MIN, sortByWords } from './radix-sort.js';

/** Shorter runs are sorted by insertion. */
const SHORT_RUN = 12;
/** Bytes of a key that are looked at together. */
const WORD = 4;
/** Where in two 32-bit words the platform has the more significant one of a 64-bit number. */
const HIGH = new Uint32Array(BigUint64Array.of(1n).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;

/** Items numbered from 0, each with a key. */
export interface KeyedItems {
  readonly length: number;
  /** Four bytes of an item's key from `depth` on, as a big-endian number; zeros after the key's end. */
  wordAt(item: number, depth: number): number;
  /** The keys of two items: below 0, 0, above 0. */
  compareKeys(a: number, b: number): number;
}

/**
 * The numbers of all items in the order of their keys, equal keys in the order of their numbers.
 *
 * Many items are sorted by eight bytes of their keys at once, by counting. Of fewer, four bytes of the key and the
 * item's number make one 64-bit number, and those are sorted by the platform's own sort, which compares nothing but
 * them. Items whose bytes are the same are sorted by the next ones. That is several times as fast as a sort that
 * compares keys where they are.
 */
export function sortByKey(items: KeyedItems): Uint32Array {
  const order = new Uint32Array(items.length);
  for (let item = 0; item < items.length; item++) order[item] = item;
  sortRun(items, order, 0);
  return order;
}

/** Sorts items whose keys have their first `depth` bytes in common. */
function sortRun(items: KeyedItems, order: Uint32Array, depth: number): void {
  const { length } = order;
  if (length <= SHORT_RUN) {
    sortByInsertion(items, order);
    return;
  }
  if (depth >= MAX_KEY_LENGTH) {
    // Only keys that differ in the zeros that they end with come this far.
    order.sort((a, b) => items.compareKeys(a, b) || a - b);
    return;
  }
  if (length >= RADIX_MIN) sortMany(items, order, depth);
  else sortSome(items, order, depth);
}

/** Sorts by the next two words, counting. */
function sortMany(items: KeyedItems, order: Uint32Array, depth: number): void {
  const { length } = order;
  const high = new Uint32Array(length);
  const low = new Uint32Array(length);
  for (let rank = 0; rank < length; rank++) {
    const item = order[rank] as number;
    high[rank] = items.wordAt(item, depth);
    low[rank] = items.wordAt(item, depth + WORD);
  }
  const ranks = sortByWords({ high, low });
  const before = order.slice();
  for (let rank = 0; rank < length; rank++) order[rank] = before[ranks[rank] as number] as number;

  let start = 0;
  for (let rank = 1; rank <= length; rank++) {
    const [a, b] = [ranks[rank] as number, ranks[start] as number];
    if (rank < length && high[a] === high[b] && low[a] === low[b]) continue;
    if (rank - start > 1) sortTies(items, order.subarray(start, rank), depth + 2 * WORD);
    start = rank;
  }
}

/** Sorts by the next word, with the platform's sort. */
function sortSome(items: KeyedItems, order: Uint32Array, depth: number): void {
  const { length } = order;
  const pairs = new Uint32Array(2 * length);
  for (let rank = 0; rank < length; rank++) {
    const item = order[rank] as number;
    pairs[2 * rank + LOW] = item;
    pairs[2 * rank + HIGH] = items.wordAt(item, depth);
  }
  new BigUint64Array(pairs.buffer).sort();
  for (let rank = 0; rank < length; rank++) order[rank] = pairs[2 * rank + LOW] as number;

  let start = 0;
  for (let rank = 1; rank <= length; rank++) {
    if (rank < length && pairs[2 * rank + HIGH] === pairs[2 * start + HIGH]) continue;
    if (rank - start > 1) sortTies(items, order.subarray(start, rank), depth + WORD);
    start = rank;
  }
}

/**
 * Sorts items whose keys have `depth` bytes in common; many of them can be versions of one key, and are in order then.
 */
function sortTies(items: KeyedItems, order: Uint32Array, depth: number): void {
  let inOrder = true;
  for (let rank = 1; inOrder && rank < order.length; rank++) {
    inOrder = items.compareKeys(order[rank - 1] as number, order[rank] as number) <= 0;
  }
  if (!inOrder) sortRun(items, order, depth);
}

function sortByInsertion(items: KeyedItems, order: Uint32Array): void {
  for (let next = 1; next < order.length; next++) {
    const item = order[next] as number;
    let rank = next;
    for (; rank > 0; rank--) {
      const before = order[rank - 1] as number;
      const difference = items.compareKeys(before, item);
      if (difference < 0 || (difference === 0 && before < item)) break;
      order[rank] = before;
    }
    order[rank] = item;
  }
}
