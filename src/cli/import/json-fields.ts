/** JSON objects of somebody else's file, whose numbers come out as they went in. */
import { isUtf8 } from 'node:buffer';
import { isLosslessNumber, parse as parseExactly, stringify } from 'lossless-json';
import { badRecord } from './record.js';

export type JsonFields = Readonly<Record<string, unknown>>;

/** What `JSON.parse` might not give exactly, or write in another way; also where it is part of a text. */
const UNUSUAL_NUMBER = /\d{16}|\d[.eE]|-0/;

/** The object that a line holds. @throws CliError `INVALID_RECORD` */
export function parseFields(line: Uint8Array, number: number): JsonFields {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  if (!isUtf8(bytes)) throw badRecord(number, 'it is not UTF-8');
  const text = bytes.toString('utf8');
  const fields = parseText(text, number);
  if (!isFields(fields)) throw badRecord(number, 'it is no JSON object');
  return fields;
}

export function isFields(value: unknown): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** A value as JSON text: numbers as they were written. */
export function jsonText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return stringify(value) ?? 'null';
}

/** What a field stands for as a key or as a value: a text as it is, everything else as JSON. */
export function plainText(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value);
}

function parseText(text: string, number: number): unknown {
  try {
    return UNUSUAL_NUMBER.test(text) ? parseExactly(text) : JSON.parse(text);
  } catch (error) {
    throw badRecord(number, `it is no JSON: ${error instanceof Error ? error.message : 'it cannot be parsed'}`);
  }
}
