/** Ranges of keys as text. */
import type { KeySpan } from '../../engine/index.js';
import { escapeBytes } from './escape.js';

const LONGEST_KEY = 60;

/** A range of keys, for people. */
export function keysText({ from, to }: KeySpan): string {
  if (from === null && to === null) return 'all keys';
  if (from === null) return `keys below ${keyText(to)}`;
  if (to === null) return `keys from ${keyText(from)} on`;
  const single = to.length === from.length + 1 && to.at(-1) === 0 && Buffer.compare(from, to.subarray(0, -1)) === 0;
  return single ? `key ${keyText(from)}` : `keys from ${keyText(from)} up to ${keyText(to)}`;
}

/** A key of at most so many characters. */
export function shortKey(key: Uint8Array, longest: number): string {
  const text = Array.from(escapeBytes(key));
  const shown = text.length > longest ? `${text.slice(0, longest).join('')}…` : text.join('');
  return shown === '' ? "''" : shown;
}

function keyText(key: Uint8Array | null): string {
  const text = Array.from(escapeBytes(key ?? new Uint8Array()));
  return text.length > LONGEST_KEY ? `${text.slice(0, LONGEST_KEY).join('')}…` : text.join('');
}
