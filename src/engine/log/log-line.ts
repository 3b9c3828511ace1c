/**
 * The log that a store is derived from, as JSON Lines: one batch a line, `{"position":1,"ops":[…],"hash":"…"}`, the
 * hash optional. What a line says is taken to the letter or refused: nothing is rounded, repaired or left out.
 */
import { isUtf8 } from 'node:buffer';
import { parse as parseLossless } from 'lossless-json';
import { StoreError, type Facts } from '../errors.js';
import { WriteBatch } from './batch.js';
import { HASH_SIZE } from '../format/layout.js';
import { JsonValues } from './json-values.js';
import { decodePlainLine } from './plain-line.js';
import { MAX_U64 } from '../bytes/u64.js';

type JsonObject = Readonly<Record<string, unknown>>;

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const UPPER_E = 0x45;
const BACKSLASH = 0x5c;
const LOWER_E = 0x65;
const DIGITS = /^\d{1,20}$/;
const HEX = /^[0-9a-fA-F]*$/;

/** A batch, or an operation, as it is in a line: what its fields hold is not known yet. */
type BatchObject = JsonObject & { readonly position?: unknown; readonly ops?: unknown; readonly hash?: unknown };
type OperationObject = JsonObject & {
  readonly op?: unknown;
  readonly table?: unknown;
  readonly key?: unknown;
  readonly keyHex?: unknown;
  readonly value?: unknown;
  readonly valueHex?: unknown;
  readonly valueBase64?: unknown;
  readonly valueJson?: unknown;
};

const BATCH_FIELDS = ['position', 'ops', 'hash'];
const KEY_FIELDS = ['key', 'keyHex'];
const VALUE_FIELDS = ['value', 'valueHex', 'valueBase64', 'valueJson'];
const OPERATION_FIELDS: Readonly<Record<string, readonly string[]>> = {
  put: ['op', 'table', ...KEY_FIELDS, ...VALUE_FIELDS],
  delete: ['op', 'table', ...KEY_FIELDS],
  purge: ['op', 'table'],
};

/**
 * Decodes one line of a log, without its end.
 *
 * @param room gives the batch memory to begin with
 * @throws StoreError `INVALID_LOG_LINE`, `KEY_TOO_LONG`, `POSITIONS_EXHAUSTED`, `BATCH_TOO_LARGE`
 */
export function decodeLogLine(line: Uint8Array, room?: (bytes: number) => Buffer): WriteBatch {
  if (!isUtf8(line)) throw invalid('the line is not UTF-8');
  return decodePlainLine(line, room) ?? decodeAnyLine(line, room);
}

function decodeAnyLine(line: Uint8Array, room?: (bytes: number) => Buffer): WriteBatch {
  const values = new JsonValues(line);
  const parsed = parseLine(line, values);
  const object: BatchObject = parsed.object;
  let fields = checkFields(object, BATCH_FIELDS, 'a batch');
  const position = readU64(object.position, 'position');
  if (position === 0n) throw invalid('the first position is 1, not 0', { field: 'position' });
  const hash = object.hash === undefined ? undefined : readHash(object.hash);
  const batch = new WriteBatch(position, hash, room?.(line.byteLength));
  const operations = object.ops;
  if (!Array.isArray(operations)) throw invalid('"ops" must be a list', { field: 'ops' });
  operations.forEach((operation: unknown, index) => {
    try {
      fields += addOperation(operation, batch, values);
    } catch (error) {
      throw error instanceof StoreError ? error.with({ position, operation: index }) : error;
    }
  });
  refuseRepeatedFields(parsed, fields);
  return batch;
}

/**
 * Decodes one operation, as it is in a batch's `ops`, and adds it to a batch.
 *
 * @throws StoreError `INVALID_LOG_LINE`, `KEY_TOO_LONG`, `BATCH_TOO_LARGE`; the batch is as it was then
 */
export function decodeOperation(line: Uint8Array, into: WriteBatch): void {
  if (!isUtf8(line)) throw invalid('the line is not UTF-8');
  const values = new JsonValues(line);
  const parsed = parseLine(line, values);
  const { object } = parsed;
  refuseRepeatedFields(parsed, Object.keys(object).length);
  addOperation(object, into, values);
}

interface ParsedLine {
  readonly object: JsonObject;
  /** How many fields its text has, those of the objects in it included. */
  readonly fields: number;
}

function textOf(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
}

function parseLine(whole: Uint8Array, { line }: JsonValues): ParsedLine {
  const { fields, unusual } = surveyFields(line);
  const object = parse(line, unusual ? parseExactly : JSON.parse, whole);
  if (!isObject(object)) throw invalid('the line is no JSON object');
  return { object, fields };
}

/** When the text has more fields than were found, one of them is there twice, and only the last was seen. */
function refuseRepeatedFields({ fields }: ParsedLine, found: number): void {
  if (fields !== found) throw invalid('a field is given twice');
}

/**
 * How many fields the objects of a JSON text have, and whether one of them is a number that `JSON.parse` might not give
 * exactly: of 16 and more digits, or with a sign, fraction or exponent. Outside of strings a colon is after every
 * name and nowhere else.
 */
function surveyFields(line: Uint8Array): { readonly fields: number; readonly unusual: boolean } {
  let fields = 0;
  let unusual = false;
  let inString = false;
  for (let index = 0; index < line.length; index++) {
    const byte = line[index];
    if (byte === QUOTE) {
      inString = !inString;
    } else if (inString) {
      if (byte === BACKSLASH) index++;
    } else if (byte === COLON) {
      fields++;
      unusual ||= isUnusualNumber(line, index + 1);
    }
  }
  return { fields, unusual };
}

function isUnusualNumber(line: Uint8Array, start: number): boolean {
  let first = start;
  while (isSpace(line[first])) first++;
  let end = first;
  while (isDigit(line[end])) end++;
  const next = line[end];
  if (end === first) return next === MINUS;
  return end - first > 15 || next === POINT || next === LOWER_E || next === UPPER_E;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** @param whole the line as it was given, in which an error names a place */
function parse(line: Uint8Array, parser: (text: string) => unknown, whole: Uint8Array): unknown {
  const text = textOf(line);
  try {
    return parser(text);
  } catch (error) {
    if (line.length !== whole.length) return parse(whole, parser, whole);
    throw invalid(
      `the line is not JSON: ${error instanceof Error ? inBytes(error.message, text) : 'it cannot be parsed'}`,
    );
  }
}

/** The parser's "position" counts characters from 0, and reads like one of the log. */
function inBytes(message: string, text: string): string {
  return message.replace(/(?: in JSON)? at position (\d+)(?: \(line \d+ column \d+\))?/, (_all, index: string) => {
    return ` at byte ${Buffer.byteLength(text.slice(0, Number(index))) + 1} of the line`;
  });
}

/** Integers become `bigint`, other numbers NaN, which no field accepts. */
function parseExactly(text: string): unknown {
  return parseLossless(text, null, (digits) => (DIGITS.test(digits) ? BigInt(digits) : NaN));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Adds an operation to a batch and says how many fields it has. */
function addOperation(value: unknown, batch: WriteBatch, values: JsonValues): number {
  if (!isObject(value)) throw invalid('an operation must be an object');
  const operation: OperationObject = value;
  const fields = Object.keys(operation).length;
  try {
    if (fields === 4 && operation.op === 'put') {
      batch.put(readU64(operation.table, 'table'), readKey(operation), readValue(operation, values));
    } else if (fields === 3 && operation.op === 'delete') {
      batch.delete(readU64(operation.table, 'table'), readKey(operation));
    } else if (fields === 2 && operation.op === 'purge') {
      batch.purge(readU64(operation.table, 'table'));
    } else {
      throw wrongFields(operation, values);
    }
  } catch (error) {
    const mended = error instanceof StoreError && error.code === 'INVALID_ARGUMENT';
    throw mended ? invalid(error.message) : error;
  }
  return fields;
}

/** Refuses fields that are not known, and counts the others. */
function checkFields(object: JsonObject, known: readonly string[], what: string): number {
  for (const name in object) {
    if (!known.includes(name)) throw invalid(`${what} has no field ${quote(name)}`, { field: name });
  }
  return Object.keys(object).length;
}

/** Says what is wrong with an operation that has not as many fields as its kind has. */
function wrongFields(operation: OperationObject, values: JsonValues): StoreError {
  const { op } = operation;
  const known = typeof op === 'string' && Object.hasOwn(OPERATION_FIELDS, op) ? OPERATION_FIELDS[op] : undefined;
  if (known === undefined) {
    return invalid(op === undefined ? '"op" is missing' : `unknown op ${quote(op)}`, { field: 'op' });
  }
  checkFields(operation, known, `a ${String(op)}`);
  readU64(operation.table, 'table');
  if (op !== 'purge') readKey(operation);
  if (op === 'put') readValue(operation, values);
  return invalid('the fields exclude each other');
}

function readU64(value: unknown, field: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  const exact = typeof value === 'string' && DIGITS.test(value) ? BigInt(value) : value;
  if (typeof exact === 'bigint' && exact <= MAX_U64) return exact;
  if (value === undefined) throw invalid(`"${field}" is missing`, { field });
  throw invalid(`"${field}" must be a whole number from 0 to ${MAX_U64}`, { field });
}

/** The key as the bytes that it stands for; text stays text. */
function readKey(operation: OperationObject): Uint8Array | string {
  const { key, keyHex } = operation;
  if (typeof key === 'string' && keyHex === undefined) return key;
  return readOneOf(operation, KEY_FIELDS);
}

function readValue(operation: OperationObject, values: JsonValues): Uint8Array | string {
  const { value, valueHex, valueBase64, valueJson } = operation;
  const others = valueHex === undefined && valueBase64 === undefined;
  if (typeof value === 'string' && others && valueJson === undefined) return value;
  if (valueJson !== undefined && others && value === undefined) return values.next(valueJson);
  return readOneOf(operation, VALUE_FIELDS);
}

/** The one of several fields that is there, decoded as its name says. */
function readOneOf(object: JsonObject, fields: readonly string[]): Uint8Array | string {
  const [found, another] = fields.filter((field) => object[field] !== undefined);
  if (found === undefined) throw invalid(`"${fields[0] ?? ''}" is missing`, { field: fields[0] ?? '' });
  if (another !== undefined) throw invalid(`"${found}" and "${another}" exclude each other`, { field: another });
  const value = object[found];
  if (typeof value !== 'string') throw invalid(`"${found}" must be a string`, { field: found });
  if (found.endsWith('Hex')) return decodeHex(value, found);
  return found.endsWith('Base64') ? decodeBase64(value, found) : value;
}

function decodeHex(text: string, field: string): Buffer {
  if (text.length % 2 !== 0 || !HEX.test(text)) throw invalid(`"${field}" is not hex`, { field });
  return Buffer.from(text, 'hex');
}

/** Only the one text that the bytes are written as is taken: with padding, and without bits or characters too many. */
function decodeBase64(text: string, field: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw invalid(`"${field}" is not base64`, { field });
  return bytes;
}

function readHash(value: unknown): Buffer {
  if (typeof value !== 'string' || value.length !== HASH_SIZE * 2 || !HEX.test(value)) {
    throw invalid(`"hash" must be ${HASH_SIZE * 2} hex digits`, { field: 'hash' });
  }
  return Buffer.from(value, 'hex');
}

function quote(value: unknown): string {
  if (typeof value !== 'string') return 'that is no text';
  return value.length > 40 ? `${JSON.stringify(value.slice(0, 40))}…` : JSON.stringify(value);
}

function invalid(reason: string, facts: Facts = {}): StoreError {
  return new StoreError('INVALID_LOG_LINE', reason, { reason, ...facts });
}
