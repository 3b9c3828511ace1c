/** A second, simple reader of log lines, for the model: bare integers of any length stay exact. */
import type { Batch, Operation } from './model.js';

interface LineOperation {
  readonly op: 'put' | 'delete' | 'purge';
  readonly table: number | string;
  readonly key?: string;
  readonly keyHex?: string;
  readonly value?: string;
  readonly valueHex?: string;
  readonly valueBase64?: string;
}

interface Line {
  readonly position: number | string;
  readonly ops: readonly LineOperation[];
  readonly hash?: string;
}

export function parseLog(text: string): Batch[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(text: string): Batch {
  const line = parseExact<Line>(text);
  const hash = line.hash === undefined ? {} : { hash: Buffer.from(line.hash, 'hex') };
  return { position: BigInt(line.position), operations: line.ops.map(toOperation), ...hash };
}

/** Quotes integers beyond 15 digits outside of strings, so that JSON.parse cannot round them. */
export function parseExact<T>(text: string): T {
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|\d{16,}/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
  return JSON.parse(quoted) as T;
}

function toOperation(line: LineOperation): Operation {
  const table = BigInt(line.table);
  if (line.op === 'purge') return { kind: 'purge', table };
  const key = decodeBytes(line.key, line.keyHex);
  if (line.op === 'delete') return { kind: 'delete', table, key };
  return { kind: 'put', table, key, value: decodeBytes(line.value, line.valueHex, line.valueBase64) };
}

function decodeBytes(text?: string, hexDigits?: string, base64?: string): Buffer {
  if (text !== undefined) return Buffer.from(text, 'utf8');
  return hexDigits === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(hexDigits, 'hex');
}

/** Writes batches as log lines; keys and values in hex. */
export function formatLog(batches: readonly Batch[]): string {
  return batches.map((batch) => `${formatLine(batch)}\n`).join('');
}

export function formatLine({ position, operations, hash }: Batch): string {
  const ops = operations.map(formatOperation).join(',');
  return `{"position":${position},"ops":[${ops}]${hash === undefined ? '' : `,"hash":"${Buffer.from(hash).toString('hex')}"`}}`;
}

function formatOperation(operation: Operation): string {
  const start = `{"op":"${operation.kind}","table":${operation.table}`;
  if (operation.kind === 'purge') return `${start}}`;
  const key = `${start},"keyHex":"${Buffer.from(operation.key).toString('hex')}"`;
  return operation.kind === 'put' ? `${key},"valueHex":"${Buffer.from(operation.value).toString('hex')}"}` : `${key}}`;
}
