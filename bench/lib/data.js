/** The data of all measurements: one put an operation, keys of 16 bytes that never repeat, values of 100 bytes. */
import { closeSync, existsSync, openSync, renameSync, writeSync } from 'node:fs';
import { Random } from './random.js';

export const OPERATIONS_PER_BATCH = 100;
export const VALUE_SIZE = 100;
export const KEY_ORDERS = ['random', 'sequential'];

const SEED = 20_240_501;
const TEXT_SIZE = 2 ** 20;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The key of the operation of that index. */
export function keyOf(order, index) {
  return order === 'random' ? hex32(scramble(index)) + hex32(scramble(index ^ SEED)) : hex32(0) + hex32(index);
}

/** Writes the log, unless it is there: its name says all that it depends on. */
export function makeLog(path, order, operations) {
  if (existsSync(path)) return;
  const unfinished = `${path}.unfinished`;
  const file = openSync(unfinished, 'w');
  for (const line of logLines(order, operations)) writeSync(file, line);
  closeSync(file);
  renameSync(unfinished, path);
}

function* logLines(order, operations) {
  const random = new Random(SEED);
  const text = Array.from({ length: TEXT_SIZE }, () => random.pick(ALPHABET)).join('');
  for (let first = 0; first < operations; first += OPERATIONS_PER_BATCH) {
    const ops = [];
    for (let index = first; index < Math.min(first + OPERATIONS_PER_BATCH, operations); index++) {
      const start = random.below(TEXT_SIZE - VALUE_SIZE);
      ops.push({ op: 'put', table: 1, key: keyOf(order, index), value: text.slice(start, start + VALUE_SIZE) });
    }
    yield `${JSON.stringify({ position: first / OPERATIONS_PER_BATCH + 1, ops })}\n`;
  }
}

/** Maps 32-bit numbers to each other, one to one. */
function scramble(index) {
  let mixed = index;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function hex32(number) {
  return number.toString(16).padStart(8, '0');
}
