/** Sorts many items by eight bytes of their keys: counting, digit by digit, the least significant one first. */

/** Bits of a digit: of text, which has few different pairs of bytes, hardly any of the counters are touched. */
const DIGIT_BITS = 16;
const DIGITS = 2 ** DIGIT_BITS;
const MASK = DIGITS - 1;

/** From this many items on, setting the counters back is little beside the counting. */
export const RADIX_MIN = 4096;

/** For each digit where its items begin. Only ever used within one call. */
const starts = new Uint32Array(DIGITS);

/** Items with eight bytes of the key of each, as two big-endian words. */
export interface KeyWords {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

/**
 * Puts ranks in the order of the words at them; equal ones keep their order. Of 110,000 random keys it takes a fifth of
 * the time of sorting 64-bit numbers and comparing ties.
 */
export function sortByWords({ high, low }: KeyWords): Uint32Array {
  let ranks: Uint32Array = new Uint32Array(high.length);
  for (let rank = 0; rank < ranks.length; rank++) ranks[rank] = rank;
  let other: Uint32Array = new Uint32Array(high.length);
  for (const words of [low, high]) {
    for (const shift of [0, DIGIT_BITS]) {
      if (!distribute(words, shift, ranks, other)) continue;
      [ranks, other] = [other, ranks];
    }
  }
  return ranks;
}

/** Puts ranks into the order of one digit; false where all have the same: nothing was done then. */
function distribute(words: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array): boolean {
  const { length } = from;
  starts.fill(0);
  for (let rank = 0; rank < length; rank++) starts[digit(words, rank, shift)]!++;
  if (starts[digit(words, 0, shift)] === length) return false;
  let start = 0;
  for (let value = 0; value < DIGITS; value++) {
    const count = starts[value] as number;
    starts[value] = start;
    start += count;
  }
  for (let index = 0; index < length; index++) {
    const rank = from[index] as number;
    to[starts[digit(words, rank, shift)]!++] = rank;
  }
  return true;
}

function digit(words: Uint32Array, rank: number, shift: number): number {
  return ((words[rank] as number) >>> shift) & MASK;
}
