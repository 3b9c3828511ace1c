/** What tests ask of a store file, whatever its format: each has a decoder and a checker of its own. */
import { checkFormat2 } from './format2-check.js';
import { decodeFormat2 } from './format2-decode.js';
import { PAGE_BYTES } from './format2/layout.js';
import { readAllRows, type StoredRow } from './read-rows.js';
import { checkStructure, OWN_FILES } from './structure-check.js';

/** The formats that tests loop over where they can differ. */
export const FORMATS = [1, 2] as const;
export type FormatNumber = (typeof FORMATS)[number];

/** The first page that is not a superblock's. */
export const FIRST_PAGES: Readonly<Record<FormatNumber, number>> = { 1: 1, 2: 2 };

export interface StructureOptions {
  /** Pages that nothing points to: only format 1 leaves them, when a table is purged. */
  readonly allowLeaks?: boolean;
}

/** What is wrong with a file that this project wrote; nothing in a sound one. */
export function structureProblems(file: Buffer, options: StructureOptions = {}): readonly unknown[] {
  if (formatOfFile(file) === 2) return checkFormat2(file, options);
  return checkStructure(file, { ...OWN_FILES, ...options });
}

/** The rows of all tables that are visible at a position. */
export function rowsInFile(file: Buffer, position: bigint): StoredRow[] {
  if (formatOfFile(file) === 1) return readAllRows(file, position);
  const decoded = decodeFormat2(file);
  return decoded.tables.flatMap(({ record: { id } }) =>
    decoded.rowsAt(id, position).map(({ key, value }) => ({ table: id, keyHex: key, valueHex: value })),
  );
}

/** A file without what free pages hold: that means nothing, and refused batches leave something of theirs there. */
export function withoutFreePages(file: Buffer): Buffer {
  const bytes = Buffer.from(file);
  if (formatOfFile(file) === 1) return bytes;
  for (const page of decodeFormat2(file).freePages) bytes.fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  return bytes;
}

function formatOfFile(file: Buffer): number {
  return file.readUInt32LE(8);
}
