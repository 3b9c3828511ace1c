/**
 * The log that a store is derived from, as JSON Lines: one batch a line, `{"position":1,"ops":[…],"hash":"…"}`, the
 * hash optional. What a line says is taken to the letter or refused: nothing is rounded, mended or left out.
 */
import { isUtf8 } from 'node:buffer';
import { parse as parseLossless } from 'lossless-json';
import { StoreError, type Facts } from '../errors.js';
import { WriteBatch } from './batch.js';
import { HASH_SIZE } from './layout.js';
import { MAX_U64 } from './u64.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A position or table id that `JSON.parse` might not give exactly: of 16 and more digits, with a sign, fraction or
 * exponent, or no number at all.
 */
const UNUSUAL_NUMBER = /"(?:position|table)"\s*:\s*(?!\d{1,15}\s*[,}])/;
const BACKSLASH = 0x5c;
const DIGITS = /^\d{1,20}$/;
const HEX = /^(?:[0-9a-fA-F]{2})*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const BATCH_FIELDS = ['position', 'ops', 'hash'];
const KEY_FIELDS = ['key', 'keyHex'];
const VALUE_FIELDS = ['value', 'valueHex', 'valueBase64'];
const OPERATION_FIELDS: Readonly<Record<string, readonly string[]>> = {
  put: ['op', 'table', ...KEY_FIELDS, ...VALUE_FIELDS],
  delete: ['op', 'table', ...KEY_FIELDS],
  purge: ['op', 'table'],
};

/**
 * Decodes one line of a log, without its end.
 *
 * @throws StoreError `INVALID_LOG_LINE`, `KEY_TOO_LONG`, `POSITIONS_EXHAUSTED`, `BATCH_TOO_LARGE`
 */
export function decodeLogLine(line: Uint8Array): WriteBatch {
  return decode(line, (object) => {
    let fields = checkFields(object, BATCH_FIELDS, 'a batch');
    const position = readU64Field(object, 'position');
    if (position === 0n) throw invalid('position 0 is before the first batch', { field: 'position' });
    const hash = object['hash'] === undefined ? undefined : readHash(object['hash']);
    const batch = new WriteBatch(position, hash, line.byteLength);
    const operations = object['ops'];
    if (!Array.isArray(operations)) throw invalid('"ops" must be a list', { field: 'ops' });
    operations.forEach((operation: unknown, index) => {
      try {
        fields += addOperation(operation, batch);
      } catch (error) {
        throw error instanceof StoreError ? error.with({ position, operation: index }) : error;
      }
    });
    return { result: batch, fields };
  });
}

/**
 * Decodes one operation, as it stands in a batch's `ops`, and adds it to a batch.
 *
 * @throws StoreError `INVALID_LOG_LINE`, `KEY_TOO_LONG`, `BATCH_TOO_LARGE`
 */
export function decodeOperation(line: Uint8Array, into: WriteBatch): void {
  const operation = decode(line, (object) => {
    const single = new WriteBatch(into.position, undefined, line.byteLength);
    const fields = addOperation(object, single);
    return { result: [...single.operations()], fields };
  });
  for (const change of operation) into.push(change);
}

/** What was decoded, and of how many fields: more of them in the text means that one stands there twice. */
interface Decoded<Result> {
  readonly result: Result;
  readonly fields: number;
}

function decode<Result>(line: Uint8Array, read: (object: JsonObject) => Decoded<Result>): Result {
  if (!isUtf8(line)) throw invalid('the line is not UTF-8');
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
  const value = UNUSUAL_NUMBER.test(text) ? parseExactly(text) : parse(text, JSON.parse);
  if (!isObject(value)) throw invalid('the line is no JSON object');
  const { result, fields } = read(value);
  if (countFields(text) !== fields) parseExactly(text);
  return result;
}

/**
 * How many fields a JSON text seems to have: exact but for spaces before a colon and strings that end in a backslash.
 */
function countFields(text: string): number {
  let count = 0;
  for (let end = text.indexOf('":'); end >= 0; end = text.indexOf('":', end + 2)) {
    if (text.charCodeAt(end - 1) !== BACKSLASH) count++;
  }
  return count;
}

function parse(text: string, parser: (text: string) => unknown): unknown {
  try {
    return parser(text);
  } catch (error) {
    throw invalid(`the line is not JSON: ${error instanceof Error ? error.message : 'it cannot be parsed'}`);
  }
}

/** Integers become `bigint`, other numbers NaN, which no field accepts; a field that stands twice is an error. */
function parseExactly(text: string): unknown {
  return parse(text, (json) => parseLossless(json, null, (digits) => (DIGITS.test(digits) ? BigInt(digits) : NaN)));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Adds an operation to a batch and says how many fields it has. */
function addOperation(value: unknown, batch: WriteBatch): number {
  if (!isObject(value)) throw invalid('an operation must be an object');
  const kind = value['op'];
  const fields = typeof kind === 'string' && Object.hasOwn(OPERATION_FIELDS, kind) ? OPERATION_FIELDS[kind] : undefined;
  if (fields === undefined) {
    throw invalid(kind === undefined ? '"op" is missing' : `unknown op ${quote(kind)}`, { field: 'op' });
  }
  const count = checkFields(value, fields, `a ${String(kind)}`);
  const table = readU64Field(value, 'table');
  try {
    if (kind === 'put') batch.put(table, readBytes(value, KEY_FIELDS), readBytes(value, VALUE_FIELDS));
    else if (kind === 'delete') batch.delete(table, readBytes(value, KEY_FIELDS));
    else batch.purge(table);
  } catch (error) {
    const mended = error instanceof StoreError && error.code === 'INVALID_ARGUMENT';
    throw mended ? invalid(error.message) : error;
  }
  return count;
}

/** Refuses fields that are not known, and counts the others. */
function checkFields(object: JsonObject, known: readonly string[], what: string): number {
  let count = 0;
  for (const name in object) {
    if (!known.includes(name)) throw invalid(`${what} has no field ${quote(name)}`, { field: name });
    count++;
  }
  return count;
}

function readU64Field(object: JsonObject, field: string): bigint {
  const value = object[field];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  const exact = typeof value === 'string' && DIGITS.test(value) ? BigInt(value) : value;
  if (typeof exact === 'bigint' && exact <= MAX_U64) return exact;
  if (value === undefined) throw invalid(`"${field}" is missing`, { field });
  throw invalid(`"${field}" must be a whole number from 0 to ${MAX_U64}`, { field });
}

/** The one of several fields that is there, as the bytes that it stands for; text stays text. */
function readBytes(object: JsonObject, fields: readonly string[]): Uint8Array | string {
  let found: string | undefined;
  for (const field of fields) {
    if (object[field] === undefined) continue;
    if (found !== undefined) throw invalid(`"${found}" and "${field}" exclude each other`, { field });
    found = field;
  }
  if (found === undefined) throw invalid(`"${fields[0] ?? ''}" is missing`, { field: fields[0] ?? '' });
  const value = object[found];
  if (typeof value !== 'string') throw invalid(`"${found}" must be a string`, { field: found });
  if (found.endsWith('Hex')) return readEncoded(value, found, HEX, 'hex');
  return found.endsWith('Base64') ? readEncoded(value, found, BASE64, 'base64') : value;
}

function readEncoded(value: string, field: string, form: RegExp, encoding: 'hex' | 'base64'): Buffer {
  if (!form.test(value)) throw invalid(`"${field}" is not ${encoding}`, { field });
  return Buffer.from(value, encoding);
}

function readHash(value: unknown): Buffer {
  if (typeof value !== 'string' || value.length !== HASH_SIZE * 2 || !HEX.test(value)) {
    throw invalid(`"hash" must be ${HASH_SIZE * 2} hex digits`, { field: 'hash' });
  }
  return Buffer.from(value, 'hex');
}

function quote(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function invalid(reason: string, facts: Facts = {}): StoreError {
  return new StoreError('INVALID_LOG_LINE', reason, { reason, ...facts });
}
