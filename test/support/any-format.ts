/** What tests ask of a store file, whatever its format: each has a decoder and a checker of its own. */
import { hex, U64_MAX } from './bytes.js';
import { checkFormat2 } from './format2-check.js';
import { type Decoded2, decodeFormat2 } from './format2-decode.js';
import { PAGE_BYTES } from './format2/layout.js';
import type { ModelVersion } from './model.js';
import { readAllRows, readEntries, type StoredRow } from './read-rows.js';
import { checkStructure, OWN_FILES } from './structure-check.js';

/** The formats that tests loop over where they can differ. */
export const FORMATS = [1, 2] as const;
export type FormatNumber = (typeof FORMATS)[number];

/** The first page that is not a superblock's. */
export const FIRST_PAGES: Readonly<Record<FormatNumber, number>> = { 1: 1, 2: 2 };

export interface StructureOptions {
  /** Pages that nothing points to: only format 1 leaves them, when a table is purged. */
  readonly allowLeaks?: boolean;
  /** The copy of the superblock was lost, or is old: the next commit writes it. */
  readonly ignoreCopy?: boolean;
}

/** What is wrong with a file that this project wrote; nothing in a sound one. */
export function structureProblems(file: Buffer, options: StructureOptions = {}): readonly unknown[] {
  if (formatOfFile(file) === 2) return checkFormat2(file, options);
  return checkStructure(file, { ...OWN_FILES, allowLeaks: options.allowLeaks === true });
}

/** The rows of all tables that are visible at a position. */
export function rowsInFile(file: Buffer, position: bigint): StoredRow[] {
  if (formatOfFile(file) === 1) return readAllRows(file, position);
  const decoded = decodeFormat2(file);
  return decoded.tables.flatMap(({ record: { id } }) =>
    decoded.rowsAt(id, position).map(({ key, value }) => ({ table: id, keyHex: key, valueHex: value })),
  );
}

export interface StoredKey {
  readonly table: bigint;
  readonly keyHex: string;
  /** Newest first. */
  readonly versions: readonly ModelVersion[];
}

/** Every key of every table, by table id and key, with all its versions. */
export function versionsInFile(file: Buffer): StoredKey[] {
  return formatOfFile(file) === 1 ? versionsInFormat1(file) : versionsInFormat2(decodeFormat2(file));
}

const versionsInFormat1 = (file: Buffer): StoredKey[] =>
  readEntries(file).map(({ table, keyHex, versions }) => ({
    table,
    keyHex,
    versions: versions.map(({ createdAt, deletedAt, data }) => ({
      value: hex(data),
      createdAt,
      deletedAt: deletedAt === U64_MAX ? null : deletedAt,
    })),
  }));

/** A version ends where the next newer event begins. */
const versionsInFormat2 = ({ tables, historyOf }: Decoded2): StoredKey[] =>
  tables.flatMap(({ record: { id }, keys }) =>
    [...keys].map(([keyHex, { key }]) => ({
      table: id,
      keyHex,
      versions: historyOf(id, key).flatMap(({ position, value }, index, events) =>
        value === null ? [] : [{ value, createdAt: position, deletedAt: events[index - 1]?.position ?? null }],
      ),
    })),
  );

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
