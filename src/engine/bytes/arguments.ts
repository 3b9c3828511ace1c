import { isUint8Array } from 'node:util/types';
import { StoreError } from '../errors.js';

/** The bytes of a key: of a string its UTF-8 bytes, as in `WriteBatch`. @throws StoreError `INVALID_ARGUMENT` */
export function keyBytes(key: unknown): Uint8Array {
  if (isUint8Array(key)) return key;
  if (typeof key !== 'string') throw new StoreError('INVALID_ARGUMENT', `a key is bytes or a string, not ${kind(key)}`);
  if (key.isWellFormed()) return Buffer.from(key);
  throw new StoreError('INVALID_ARGUMENT', 'a text with a lone surrogate has no UTF-8 bytes');
}

/** Refuses what cannot be a table id, from callers without a type checker. @throws StoreError `INVALID_ARGUMENT` */
export function requireBigint(value: unknown, what: string): void {
  if (typeof value === 'bigint') return;
  throw new StoreError('INVALID_ARGUMENT', `${what} is a bigint, as in 1n, not ${kind(value)}`);
}

function kind(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
