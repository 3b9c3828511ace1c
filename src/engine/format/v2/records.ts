/**
 * Records: one a table, and one a group of neighbouring pages some of which are free. They are in the superblock while
 * they fit there, and then in the catalogue tree; what a record says is the same in both.
 */
import { decode, encode } from '../../bytes/field-structure.js';
import { CRC_OFFSET } from '../layout.js';
import { byId, type FreeGroup, PAGES_PER_GROUP, type TableEntry } from '../superblock.js';
import { RECORD_HEADER, SUPERBLOCK_2_FIELDS, TABLE_RECORD } from './structures.js';

/** Kinds of records. */
export const TABLE = 1;
export const FREE_MAP = 2;

/** Where in the superblock the records begin, and how many bytes it has for them. */
export const RECORDS_OFFSET = SUPERBLOCK_2_FIELDS.fixedSize;
export const RECORDS_ROOM = CRC_OFFSET - RECORDS_OFFSET;

/** Bytes of the bits of a group. */
export const GROUP_BYTES = PAGES_PER_GROUP / 8;

/** Pages 0 and 1 hold the superblock: all others come after them. */
export const FIRST_PAGE = 2;
/** Records name pages by 32 bits. */
export const PAGE_IDS = 2 ** 32;

/** A record as it is written, wherever it is. */
export interface EncodedRecord {
  readonly kind: number;
  readonly id: bigint;
  readonly body: Buffer;
}

/** A record where it is in a page: its body is `length` bytes from `offset` on, all of them there. */
export interface RecordPlace {
  readonly kind: number;
  readonly id: bigint;
  /** Where the record begins. */
  readonly start: number;
  readonly offset: number;
  readonly length: number;
}

/** The records of a superblock page, one after the other, up to the first that does not end before the checksum. */
export function* recordPlaces(page: Buffer, recordCount: number): Generator<RecordPlace, undefined> {
  let start = RECORDS_OFFSET;
  for (let left = recordCount; left > 0 && start + RECORD_HEADER.fixedSize <= CRC_OFFSET; left--) {
    const { kind, id, bodyLength: length } = decode(RECORD_HEADER, page, start);
    const offset = start + RECORD_HEADER.fixedSize;
    if (offset + length > CRC_OFFSET) return;
    yield { kind, id, start, offset, length };
    start = offset + length;
  }
}

/** The records of tables and of the free map, ascending by kind and id. */
export function encodeRecords(tables: readonly TableEntry[], freeGroups: readonly FreeGroup[]): EncodedRecord[] {
  return [
    ...tables.toSorted(byId).map(encodeTable),
    ...freeGroups.toSorted((a, b) => a.group - b.group).map(encodeFreeGroup),
  ];
}

/** Whether all records fit into the superblock. */
export function fitSuperblock(records: readonly EncodedRecord[]): boolean {
  return records.reduce((size, { body }) => size + RECORD_HEADER.fixedSize + body.length, 0) <= RECORDS_ROOM;
}

/** The record of a table. */
export function encodeTable({ id, root, height, record }: TableEntry): EncodedRecord {
  if (record === undefined) throw new Error(`table ${id} is counted nowhere, and this format counts`);
  const body = Buffer.alloc(TABLE_RECORD.fixedSize);
  const { historyRoot, historyHeight, valuePages, treePages, oldest, lastChanged } = record;
  encode(TABLE_RECORD, body, 0, {
    root: Number(root ?? 0n),
    historyRoot: historyRoot ?? 0,
    height,
    historyHeight,
    zero1: Buffer.alloc(2),
    valuePages,
    treePages,
    zero2: Buffer.alloc(4),
    oldest,
    lastChanged,
    rows: BigInt(record.rows),
    keys: BigInt(record.keys),
    events: BigInt(record.events),
    valueBytes: BigInt(record.valueBytes),
  });
  return { kind: TABLE, id, body };
}

/** The table that a record without faults describes. */
export function decodeTable(id: bigint, body: Buffer): TableEntry {
  const fields = decode(TABLE_RECORD, body, 0);
  const { root, height, historyRoot, historyHeight, valuePages, treePages, oldest, lastChanged } = fields;
  const record = {
    historyRoot: historyRoot === 0 ? null : historyRoot,
    historyHeight,
    valuePages,
    treePages,
    oldest,
    lastChanged,
    rows: Number(fields.rows),
    keys: Number(fields.keys),
    events: Number(fields.events),
    valueBytes: Number(fields.valueBytes),
  };
  return { id, root: root === 0 ? null : BigInt(root), height, record };
}

/** The record of a group of the free map. */
export function encodeFreeGroup({ group, bits }: FreeGroup): EncodedRecord {
  return { kind: FREE_MAP, id: BigInt(group), body: bits };
}

/** The group that a record without faults describes. */
export function decodeFreeGroup(id: bigint, body: Buffer): FreeGroup {
  return { group: Number(id), bits: Buffer.from(body) };
}

/** How many pages are free in groups. */
export function countFreePages(groups: readonly FreeGroup[]): number {
  let count = 0;
  for (const { bits } of groups) for (const byte of bits) count += BITS_SET[byte] as number;
  return count;
}

const BITS_SET: readonly number[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(2).replaceAll('0', '').length,
);
