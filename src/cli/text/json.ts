/** JSON with u64 numbers and with bytes. */
import { isUtf8 } from 'node:buffer';
import { CONTROLS } from './escape.js';

/** What our JSON is made of: `bigint` stands for u64. */
export type JsonValue =
  bigint | number | string | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

const LARGEST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** JSON text in which u64 above 2^53−1 are decimal strings, so that no reader rounds them. */
export function toJson(value: JsonValue): string {
  return hideControls(JSON.stringify(value, (_name, member: unknown) => exactNumber(member)));
}

/** One u64 as JSON text. */
export function u64Json(value: bigint): string {
  return value <= LARGEST_EXACT ? value.toString() : `"${value}"`;
}

/** One u64 or null as JSON text. */
export function nullableU64Json(value: bigint | null): string {
  return value === null ? 'null' : u64Json(value);
}

/** A byte string as the fields of a JSON object: `key` when it is UTF-8, else `keyHex`. */
export function byteFields(name: string, bytes: Uint8Array): Record<string, string> {
  return isUtf8(bytes)
    ? { [name]: asBuffer(bytes).toString('utf8') }
    : { [`${name}Hex`]: asBuffer(bytes).toString('hex') };
}

/** The same as JSON text, `"key":"…"`: what rows are built of, without an object a row. */
export function byteFieldJson(name: string, bytes: Uint8Array): string {
  return isUtf8(bytes)
    ? `"${name}":${stringJson(asBuffer(bytes).toString('utf8'))}`
    : `"${name}Hex":"${asBuffer(bytes).toString('hex')}"`;
}

/** A string as JSON text. */
export function stringJson(text: string): string {
  return hideControls(JSON.stringify(text));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function exactNumber(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return value <= LARGEST_EXACT ? Number(value) : value.toString();
}

// JSON.stringify escapes the C0 controls only, and a terminal obeys some of the others.
const UNESCAPED_CONTROLS = new RegExp(`[${CONTROLS}]`, 'g');

function hideControls(json: string): string {
  return json.replace(UNESCAPED_CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
