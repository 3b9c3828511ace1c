/** Rows as `scan --json` prints them. */
import type { WriteOp } from '../../engine/index.js';
import { isLosslessNumber } from 'lossless-json';
import { type JsonFields, parseFields } from './json-fields.js';
import { badRecord, type LineDecoder } from './record.js';

const HEX = /^(?:[0-9a-fA-F]{2})*$/;
const DIGITS = /^\d{1,20}$/;
const MAX_U64 = 2n ** 64n - 1n;

/** @param table the table of all rows; undefined: that which each row names */
export function rowsDecoder(table: bigint | undefined): LineDecoder {
  return (line, number) => {
    const fields = parseFields(line, number);
    const operation: WriteOp = {
      kind: 'put',
      table: table ?? tableOf(fields, number),
      key: bytesOf(fields, 'key', number),
      value: bytesOf(fields, 'value', number),
    };
    return { line: number, operations: [operation] };
  };
}

function tableOf({ table }: JsonFields, line: number): bigint {
  const text = isLosslessNumber(table) || typeof table === 'number' ? table.toString() : table;
  const id = typeof text === 'string' && DIGITS.test(text) ? BigInt(text) : undefined;
  if (id === undefined || id > MAX_U64) throw badRecord(line, '"table" must be a table id', { field: 'table' });
  return id;
}

/** A byte string, as text or in hex. */
function bytesOf(fields: JsonFields, name: string, line: number): Buffer {
  const [text, digits] = [fields[name], fields[`${name}Hex`]];
  if (typeof text === 'string' && digits === undefined) return textBytes(text, name, line);
  if (typeof digits === 'string' && text === undefined && HEX.test(digits)) return Buffer.from(digits, 'hex');
  throw badRecord(line, `a row has "${name}", a text, or "${name}Hex"`, { field: name });
}

function textBytes(text: string, name: string, line: number): Buffer {
  if (!text.isWellFormed()) throw badRecord(line, `"${name}" has a lone surrogate`, { field: name });
  return Buffer.from(text);
}
