/** Rows as lines of text: JSON Lines as `scan --json` prints them, and CSV. */
import type { TableVersion } from '../../engine/index.js';
import { byteFieldJson, nullableU64Json, u64Json } from '../text/json.js';
import type { AboutFile, Representation, RowWriter } from './row-writer.js';
import type { StagedFile } from './staged-file.js';

/** Characters that are written at once. */
const FULL = 256 * 1024;

class TextRows implements RowWriter {
  #text = '';

  constructor(
    private readonly file: StagedFile,
    private readonly lineOf: (table: bigint, row: TableVersion) => string,
    header = '',
  ) {
    this.#text = header;
  }

  add(table: bigint, row: TableVersion): boolean {
    this.#text += this.lineOf(table, row);
    if (this.#text.length < FULL) return false;
    this.end();
    return true;
  }

  end(): void {
    this.file.write(Buffer.from(this.#text));
    this.#text = '';
  }
}

export const jsonLinesRows: Representation = {
  format: 'jsonl',
  begin: (file) => new TextRows(file, jsonLine),
};

function jsonLine(table: bigint, { key, value, createdAt, deletedAt }: TableVersion): string {
  const [keyField, valueField] = [byteFieldJson('key', key), byteFieldJson('value', value)];
  return `{"table":${u64Json(table)},${keyField},${valueField},"createdAt":${u64Json(createdAt)},"deletedAt":${nullableU64Json(deletedAt)}}\n`;
}

/** @param isText whether keys and values are written as text, and not in hex */
export function csvRows(isText: boolean): Representation {
  const [columns, bytesOf] = isText ? ['key,value', textField] : ['key_hex,value_hex', hexField];
  const lineOf = ({ key, value, createdAt, deletedAt }: TableVersion) =>
    `${bytesOf(key)},${bytesOf(value)},${createdAt},${deletedAt ?? ''}\n`;
  return {
    format: 'csv',
    begin(file: StagedFile, { hasTableColumn }: AboutFile) {
      const header = `${columns},created_at,deleted_at\n`;
      if (!hasTableColumn) return new TextRows(file, (_table, row) => lineOf(row), header);
      return new TextRows(file, (id, row) => `${id},${lineOf(row)}`, `table,${header}`);
    },
  };
}

const NEEDS_QUOTES = /[",\r\n]/;

/** A text that is empty is quoted, and so not taken for one that is not there. */
function textField(bytes: Uint8Array): string {
  const text = bufferOf(bytes).toString('utf8');
  return text === '' || NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function hexField(bytes: Uint8Array): string {
  return bytes.length === 0 ? '""' : bufferOf(bytes).toString('hex');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
