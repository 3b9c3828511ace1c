/** Ranges of keys as callers give them, as half-open bounds. */
import { keyBytes } from '../bytes/arguments.js';
import { prefixEnd } from '../bytes/bytes.js';

/** Keys from `from` (inclusive) to `to` (exclusive), bytewise; without a bound, all on that side. */
export interface KeyRange {
  readonly from?: Uint8Array | string | undefined;
  readonly to?: Uint8Array | string | undefined;
}

export interface KeysOptions extends KeyRange {
  /** Only keys that begin with these bytes; narrows the range further. */
  readonly prefix?: Uint8Array | string | undefined;
}

/** The range that holds exactly the keys of the options. The bounds are copies. */
export function keysOf(options: KeysOptions): { from: Uint8Array | undefined; to: Uint8Array | undefined } {
  const [from, to] = [options.from, options.to].map((bound) => (bound === undefined ? undefined : keyBytes(bound)));
  const prefix = keyBytes(options.prefix ?? '');
  const low = from !== undefined && Buffer.compare(from, prefix) > 0 ? from : prefix;
  const high = earlier(to, prefixEnd(prefix));
  return { from: low.length === 0 ? undefined : Uint8Array.from(low), to: high && Uint8Array.from(high) };
}

function earlier(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Buffer.compare(a, b) < 0 ? a : b;
}
