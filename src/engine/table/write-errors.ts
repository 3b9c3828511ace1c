/** Why a put or a delete is refused: errors that name table and key. */
import { isUtf8 } from 'node:buffer';
import { type KeyRef, toHex } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import { StoreError } from '../errors.js';

/**
 * A version from this position on or later was left behind by a crash of another writer: what the log says and what
 * the page says cannot both be true.
 */
export function tornVersion(table: bigint, page: number, operation: KeyRef, at: U64): StoreError {
  const position = at.toBigInt();
  return new StoreError(
    'TORN_VERSION',
    `a key in page ${page} has a version from position ${position} or later already: a crash tore this store`,
    { table, keyHex: toHex(keyBytes(operation)), page, position },
    'replay the whole log into a new store',
  );
}

/** More than a page of format 1 holds. */
export function entryTooLarge(
  table: bigint,
  operation: KeyRef,
  needed: number,
  available: number,
  versions: number,
): StoreError {
  const what = `the key ${keyText(operation)} and its ${versions === 1 ? 'value' : `${versions} versions`} need`;
  return new StoreError(
    'ENTRY_TOO_LARGE',
    `${what} ${needed} bytes, and a page of format 1 holds ${available}`,
    { table, keyHex: toHex(keyBytes(operation)), needed, available, versions },
    versions === 1
      ? undefined
      : 'format 1 keeps all versions of a key in one page: a shorter value may still fit, and a delete always does',
  );
}

/** A value longer than any store holds. */
export function valueTooLarge(
  table: bigint,
  operation: KeyRef & { readonly valueLength: number },
  limit: number,
): StoreError {
  return new StoreError(
    'VALUE_TOO_LARGE',
    `the value of the key ${keyText(operation)} has ${operation.valueLength} bytes, and a value has at most ${limit}`,
    { table, keyHex: toHex(keyBytes(operation)), found: operation.valueLength, limit },
  );
}

function keyBytes(operation: KeyRef): Uint8Array {
  return new Uint8Array(operation.view.buffer, operation.view.byteOffset + operation.keyStart, operation.keyLength);
}

/** The beginning of a key for a message: as a JSON string where it is text, else in hex. */
function keyText(operation: KeyRef): string {
  const key = keyBytes(operation);
  const text = isUtf8(key) ? JSON.stringify(Buffer.from(key).toString('utf8')) : `0x${toHex(key)}`;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
