/** The data of all measurements: one put an operation, keys of 16 bytes that never repeat, values of 100 bytes. */
import { makeLogFile } from './log-file.js';
import { Random } from './random.js';
import { hex32, makeText, scramble, TEXT_SIZE } from './text.js';

export const OPERATIONS_PER_BATCH = 100;
export const VALUE_SIZE = 100;
export const KEY_ORDERS = ['random', 'sequential'];

const SEED = 20_240_501;

/** How often each key is written in the order `updates`. */
const UPDATES_PER_KEY = 5;
/** Prime to the number of keys: each round of updates comes in another order, each key once in a round. */
const STEP = 7919;

/** How many keys the log has. */
export function keysOf(order, operations) {
  return order === 'updates' ? operations / UPDATES_PER_KEY : operations;
}

/** Which key the operation of that index is on. */
function keyIndex(order, index, operations) {
  if (order !== 'updates') return index;
  const keys = keysOf(order, operations);
  return (index * STEP + Math.floor(index / keys) * SEED) % keys;
}

/** The key of that index. */
export function keyOf(order, index) {
  return order !== 'sequential' ? hex32(scramble(index)) + hex32(scramble(index ^ SEED)) : hex32(0) + hex32(index);
}

/** Writes the log, unless it is there: its name says all that it depends on. */
export function makeLog(path, order, operations) {
  makeLogFile(path, () => logLines(order, operations));
}

function* logLines(order, operations) {
  const random = new Random(SEED);
  const text = makeText(random);
  for (let first = 0; first < operations; first += OPERATIONS_PER_BATCH) {
    const ops = [];
    for (let index = first; index < Math.min(first + OPERATIONS_PER_BATCH, operations); index++) {
      const start = random.below(TEXT_SIZE - VALUE_SIZE);
      ops.push({
        op: 'put',
        table: 1,
        key: keyOf(order, keyIndex(order, index, operations)),
        value: text.slice(start, start + VALUE_SIZE),
      });
    }
    yield `${JSON.stringify({ position: first / OPERATIONS_PER_BATCH + 1, ops })}\n`;
  }
}
