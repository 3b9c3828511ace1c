/** The logs that format 2 is held to: one hot key, skewed and even updates, large values, many tables. */
import { keyOf, OPERATIONS_PER_BATCH, VALUE_SIZE } from '../lib/data.js';
import { Random } from '../lib/random.js';
import { makeText, scramble, TEXT_SIZE } from '../lib/text.js';

const SEED = 20_250_701;
export const HOT_KEY = 'the only key is ';
/** How many keys are updated where some are updated more often than others. */
export const UPDATED_KEYS = 50_000;

const text = makeText(new Random(SEED));

/** The value of the update of that index. */
export function valueOf(index, size = VALUE_SIZE) {
  const start = scramble(index) % (TEXT_SIZE - size);
  return text.slice(start, start + size);
}

/** One key, one update a batch: position n has the value of index n. */
export function* hotKeyLines(updates) {
  for (let position = 1; position <= updates; position++) {
    yield batchLine(position, [put(1, HOT_KEY, valueOf(position))]);
  }
}

/** Updates of keys that are all as likely. */
export function* evenLines(updates) {
  const random = new Random(SEED);
  yield* updateLines(updates, () => random.below(UPDATED_KEYS));
}

/** Updates of keys by Zipf's law with exponent 1: the key of rank r is updated 1/r times as often as the first. */
export function* skewedLines(updates) {
  yield* updateLines(updates, skewedRanks());
}

/** The rows that the skewed updates leave, put once each in key order. */
export function* skewedRowLines(updates) {
  const nextRank = skewedRanks();
  const lastIndexes = new Map();
  for (let index = 0; index < updates; index++) lastIndexes.set(keyOf('random', nextRank()), index);
  const rows = [...lastIndexes].sort(([a], [b]) => (a < b ? -1 : 1));
  yield* putLines(rows.map(([key, index]) => put(1, key, valueOf(index))));
}

/** Values of that size, each of a key of its own. */
export function* largeValueLines(values, size) {
  for (let index = 0; index < values; index++) {
    yield batchLine(index + 1, [put(1, keyOf('random', index), valueOf(index, size))]);
  }
}

/** Tables with one row each. */
export function* tableLines(tables) {
  yield* putLines(Array.from({ length: tables }, (_, index) => put(index + 1, keyOf('random', index), valueOf(index))));
}

function skewedRanks() {
  const random = new Random(SEED);
  const sums = new Float64Array(UPDATED_KEYS);
  let sum = 0;
  for (let rank = 0; rank < UPDATED_KEYS; rank++) sums[rank] = sum += 1 / (rank + 1);
  return () => {
    const point = random.next() * sum;
    let low = 0;
    for (let high = UPDATED_KEYS - 1; low < high;) {
      const middle = (low + high) >>> 1;
      if (sums[middle] > point) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

function* updateLines(updates, nextRank) {
  for (let first = 0; first < updates; first += OPERATIONS_PER_BATCH) {
    const ops = [];
    for (let index = first; index < Math.min(first + OPERATIONS_PER_BATCH, updates); index++) {
      ops.push(put(1, keyOf('random', nextRank()), valueOf(index)));
    }
    yield batchLine(first / OPERATIONS_PER_BATCH + 1, ops);
  }
}

function* putLines(ops) {
  for (let first = 0; first < ops.length; first += OPERATIONS_PER_BATCH) {
    yield batchLine(first / OPERATIONS_PER_BATCH + 1, ops.slice(first, first + OPERATIONS_PER_BATCH));
  }
}

function put(table, key, value) {
  return { op: 'put', table, key, value };
}

function batchLine(position, ops) {
  return `${JSON.stringify({ position, ops })}\n`;
}
