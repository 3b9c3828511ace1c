/** From the fields of a row to an operation. */
import type { WriteOp } from '../../engine/index.js';
import { jsonText, type JsonFields, plainText } from './json-fields.js';
import { badRecord } from './record.js';

/** Which fields of a row are what. */
export interface FieldChoice {
  readonly table: bigint;
  readonly key: readonly string[];
  /** The field that is the value; undefined: the JSON object of all fields but the key's. */
  readonly value: string | undefined;
  /** Whether the texts of key and value are the hex digits of their bytes. */
  readonly keyHex: boolean;
  readonly valueHex: boolean;
  /** Rows with this text in this field are deletions. */
  readonly deleteWhen: { readonly field: string; readonly value: string } | undefined;
}

/** The operation that a row asks for. @throws CliError `INVALID_RECORD` */
export function operationOf(fields: JsonFields, choice: FieldChoice, line: number): WriteOp {
  const { table, deleteWhen } = choice;
  const key = bytesOf(keyText(fields, choice.key, line), choice.keyHex, 'key', line);
  if (deleteWhen !== undefined && hasText(fields[deleteWhen.field], deleteWhen.value)) {
    return { kind: 'delete', table, key };
  }
  return { kind: 'put', table, key, value: bytesOf(valueText(fields, choice, line), choice.valueHex, 'value', line) };
}

const HEX = /^(?:[0-9a-f]{2})*$/i;

function bytesOf(text: string, isHex: boolean, name: string, line: number): Buffer {
  if (!isHex) return Buffer.from(text);
  if (!HEX.test(text)) throw badRecord(line, `the ${name} is not written in hex`, { field: name });
  return Buffer.from(text, 'hex');
}

/** A field that a row does not have is nothing, not null. */
function hasText(field: unknown, text: string): boolean {
  return field !== undefined && plainText(field) === text;
}

/** The text of one field, or the JSON array of several. @throws CliError `INVALID_RECORD` */
export function keyText(fields: JsonFields, names: readonly string[], line: number): string {
  const parts = names.map((name) => {
    const part = fields[name];
    if (part === undefined) throw badRecord(line, `the field ${name} of the key is missing`, { field: name });
    if (part === null) throw badRecord(line, `the field ${name} of the key is null`, { field: name });
    return part;
  });
  return wellFormed(parts.length === 1 ? plainText(parts[0]) : jsonText(parts), line);
}

function valueText(fields: JsonFields, { key, value }: FieldChoice, line: number): string {
  if (value === undefined) return wellFormed(objectText(fields, key), line);
  const found = fields[value];
  if (found === undefined) throw badRecord(line, `the field ${value} is missing`, { field: value });
  return wellFormed(plainText(found), line);
}

/** The JSON object of all fields but some. */
export function objectText(fields: JsonFields, without: readonly string[]): string {
  const members = Object.entries(fields).filter(([name]) => !without.includes(name));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(',')}}`;
}

/** A text with a lone surrogate has no UTF-8 bytes. */
function wellFormed(text: string, line: number): string {
  if (!text.isWellFormed()) throw badRecord(line, 'a text has a lone surrogate, which no UTF-8 stands for');
  return text;
}
