/** Columns of numbers as a report has them: packed, and as text. */
import { deflateRawSync } from 'node:zlib';

export type Column = Uint8Array | Uint16Array | Uint32Array;

/** Columns by their names. */
export type Columns = Readonly<Record<string, Column>>;

const TYPES = new Map<number, string>([
  [1, 'u8'],
  [2, 'u16'],
  [4, 'u32'],
]);

/** A script element that no browser runs. Numbers of four bytes are differences: those are small, and pack better. */
export function columnElement(name: string, column: Column): string {
  const isLong = column.BYTES_PER_ELEMENT === 4;
  const values = isLong ? differences(column) : column;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return element(name, TYPES.get(column.BYTES_PER_ELEMENT) ?? 'u8', bytes, isLong);
}

/** The same of JSON text. */
export function textElement(name: string, json: string): string {
  return element(name, 'json', Buffer.from(json), false);
}

function element(name: string, type: string, bytes: Buffer, isDelta: boolean): string {
  const packed = deflateRawSync(bytes).toString('base64');
  const attributes = `type="text/plain" data-column="${name}" data-type="${type}"${isDelta ? ' data-delta="yes"' : ''}`;
  return `<script ${attributes}>${packed}</script>\n`;
}

function differences(column: Column): Uint32Array {
  const result = new Uint32Array(column.length);
  for (let index = 0, before = 0; index < column.length; index++) {
    const value = column[index] ?? 0;
    result[index] = value - before;
    before = value;
  }
  return result;
}
