/** How rows become the bytes of a file. */
import { isUtf8 } from 'node:buffer';
import type { TableVersion } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { byteFields } from '../text/json.js';
import type { StagedFile } from './staged-file.js';

export const EXPORT_FORMATS = ['jsonl', 'csv', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a file says about itself, where its format has room for that. */
export interface AboutFile {
  /** The name of the store in the data set. */
  readonly store: string;
  /** As of which position the rows are. */
  readonly position: bigint;
  /** The position of the export before, which they are added to; null where there is none. */
  readonly since: bigint | null;
  /** The hash of the log at the position, in hex; null where it is not known. */
  readonly hash: string | null;
  /** The content hash at the position, in hex. */
  readonly content: string;
  /** The table of all rows; null where they are of several, or of none. */
  readonly table: bigint | null;
  /** Whether each row says of which table it is. */
  readonly hasTableColumn: boolean;
}

/** Takes rows, and writes them to a file. */
export interface RowWriter {
  /** Takes a row; whether it has written some. */
  add(table: bigint, row: TableVersion): boolean;
  /** Writes what is left. */
  end(): void;
}

/** One way to write rows. */
export interface Representation {
  readonly format: ExportFormat;
  begin(file: StagedFile, about: AboutFile): RowWriter;
}

/** Refuses a row whose key or value is not text. @throws CliError `NOT_TEXT` */
export function checkText(store: string, table: bigint, { key, value }: TableVersion): void {
  const what = !isUtf8(key) ? 'a key' : !isUtf8(value) ? 'the value of a key' : undefined;
  if (what === undefined) return;
  const sentence = `${store}: ${what} of table ${table} is not UTF-8, so that it is no text`;
  const facts = { path: store, table, ...byteFields('key', key) };
  throw new CliError('NOT_TEXT', EXIT.refused, sentence, { facts, hint: 'without --text keys and values are bytes' });
}
