/** The keys that a damaged page may have held: between the separators around it. */
import { type KeyRef, toHex } from '../bytes/bytes.js';

/**
 * Keys that damage puts in doubt: from `from` (inclusive) to `to` (exclusive); null where the table begins or ends.
 */
export interface KeySpan {
  readonly from: Uint8Array | null;
  readonly to: Uint8Array | null;
}

/** Bounds of the keys below a pointer: `lower` inclusive, `upper` exclusive, undefined where nothing bounds them. */
export interface Bounds {
  readonly lower: KeyRef | undefined;
  readonly upper: KeyRef | undefined;
}

export const NO_BOUNDS: Bounds = { lower: undefined, upper: undefined };

/**
 * The same as bytes of their own.
 *
 * @param suffix bytes at the end of both that belong to no key of the table
 */
export function spanOf({ lower, upper }: Bounds, suffix = 0): KeySpan {
  return {
    from: lower === undefined ? null : copyKey(withoutSuffix(lower, suffix)),
    to: upper === undefined ? null : endOf(upper, suffix),
  };
}

/** Below a bound that is within the history of a key, something of that key may be, too. */
function endOf(upper: KeyRef, suffix: number): Buffer {
  const key = copyKey(withoutSuffix(upper, suffix));
  const isWithinKey = copyKey(upper)
    .subarray(key.length)
    .some((byte) => byte !== 0);
  return isWithinKey ? justAfter(key) : key;
}

/** A key without bytes at its end. */
export function withoutSuffix({ view, keyStart, keyLength }: KeyRef, suffix: number): KeyRef {
  return { view, keyStart, keyLength: keyLength - suffix };
}

function justAfter(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.alloc(1)]);
}

/** The keys from one to another, both inclusive. */
export function spanFromTo(first: KeyRef, last: KeyRef): KeySpan {
  return { from: copyKey(first), to: justAfter(copyKey(last)) };
}

/** A copy of a key. */
export function copyKey({ view, keyStart: start, keyLength: length }: KeyRef): Buffer {
  return Buffer.from(bytesOf(view, start, length));
}

function bytesOf(view: DataView, start: number, length: number): Buffer {
  return Buffer.from(view.buffer, view.byteOffset + start, length);
}

const LONGEST_SHOWN = 32;

/** A key for a sentence: text where it is plain ASCII, else hex; cut where it is long. */
export function showKey({ view, keyStart: start, keyLength: length }: KeyRef): string {
  const bytes = bytesOf(view, start, Math.min(length, LONGEST_SHOWN));
  const more = length > LONGEST_SHOWN ? '…' : '';
  const text = bytes.toString('latin1');
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}${more}"` : `0x${toHex(bytes)}${more}`;
}
