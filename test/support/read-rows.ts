/** An independent reader of all rows of a format-1 file, by the trees alone. */
import { compareBigint, compareText, hex, U64_MAX } from './bytes.js';
import { decodePage, decodeSuperblock, pageOf, type RawVersion, type Report } from './format1-decode.js';
import { CRATE_FILES } from './structure-check.js';

export interface StoredEntry {
  readonly table: bigint;
  readonly keyHex: string;
  readonly versions: readonly RawVersion[];
}

/**
 * Every entry of every table, by table id and key. Throws on what cannot be read: only for files that passed the check.
 */
export function readEntries(file: Buffer): StoredEntry[] {
  const fail: Report = (rule, message) => {
    throw new Error(`${rule}: ${message}`);
  };
  const superblock = decodeSuperblock(pageOf(file, 0), CRATE_FILES, fail);
  const entries: StoredEntry[] = [];
  const walk = (table: bigint, id: bigint): void => {
    const page = decodePage(pageOf(file, Number(id)), CRATE_FILES, fail);
    if (page?.kind === 'internal') for (const child of page.children) walk(table, child);
    if (page?.kind === 'leaf')
      for (const { key, versions } of page.entries) entries.push({ table, keyHex: hex(key), versions });
  };
  for (const { id, root } of superblock?.tables ?? []) if (root !== U64_MAX) walk(id, root);
  return entries.sort(
    (left, right) => compareBigint(left.table, right.table) || compareText(left.keyHex, right.keyHex),
  );
}

export interface StoredRow {
  readonly table: bigint;
  readonly keyHex: string;
  readonly valueHex: string;
}

/** The rows that are visible at a position: `created at` ≤ position < `deleted at`. */
export function readAllRows(file: Buffer, position: bigint): StoredRow[] {
  return readEntries(file).flatMap(({ table, keyHex, versions }) => {
    const visible = versions.find(({ createdAt, deletedAt }) => createdAt <= position && position < deletedAt);
    return visible === undefined ? [] : [{ table, keyHex, valueHex: hex(visible.data) }];
  });
}
