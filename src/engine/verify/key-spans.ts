import { type KeyRef, toHex } from '../bytes/bytes.js';
import type { KeySpan } from './findings.js';

/** Bounds of the keys below a pointer: `lower` inclusive, `upper` exclusive, undefined where nothing bounds them. */
export interface Bounds {
  readonly lower: KeyRef | undefined;
  readonly upper: KeyRef | undefined;
}

export const NO_BOUNDS: Bounds = { lower: undefined, upper: undefined };

/** The same as bytes of their own. */
export function spanOf({ lower, upper }: Bounds): KeySpan {
  return { from: lower === undefined ? null : copy(lower), to: upper === undefined ? null : copy(upper) };
}

/** The keys from one to another, both inclusive. */
export function spanFromTo(first: KeyRef, last: KeyRef): KeySpan {
  return { from: copy(first), to: Buffer.concat([copy(last), Buffer.alloc(1)]) };
}

function copy({ view, keyStart: start, keyLength: length }: KeyRef): Buffer {
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
