/** Text and numbers that look random, and are the same on every machine. */
export const TEXT_SIZE = 2 ** 20;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A text of `TEXT_SIZE` characters to cut values from. */
export function makeText(random) {
  return Array.from({ length: TEXT_SIZE }, () => random.pick(ALPHABET)).join('');
}

/** Maps 32-bit numbers to each other, one to one. */
export function scramble(index) {
  let mixed = index;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

export function hex32(number) {
  return number.toString(16).padStart(8, '0');
}
