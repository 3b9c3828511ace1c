/**
 * A small naive writer of format 2, independent of src/engine: for testing decoder and checker, and for stores that
 * the engine did not write. It lays pages out plainly; what it is told it writes, also what no store may hold.
 */
import { createHash } from 'node:crypto';
import { eventItem, inlineEvent, seal, u16, u64, u64be } from './format2/encode.js';
import {
  CRC_AT,
  FIRST_PAGE,
  GROUP_PAGES,
  PAGE_BYTES,
  pageOf,
  RECORD_HEADER_BYTES,
  RECORD_KIND,
  RECORDS_AT,
} from './format2/layout.js';
import { PageWriter } from './format2/write-pages.js';
import { divide, type StorePlan, type TableSpec2, writeTable } from './format2/write-table.js';
import { writeTree } from './format2/write-tree.js';

export type { EventSpec2, KeySpec2, TableSpec2 } from './format2/write-table.js';

export interface StoreSpec2 {
  readonly appliedPosition: bigint;
  /** Default: h(1). */
  readonly appliedHash?: Uint8Array;
  /** h(1), which gives the store id (default: 32 bytes of 1). */
  readonly firstHash?: Uint8Array;
  /** Default: derived from h(1), zero at position 0. */
  readonly storeId?: Buffer;
  /** Default 1. */
  readonly commitNumber?: bigint;
  readonly compatibleFeatures?: number;
  /** Ascending by id. */
  readonly tables: readonly TableSpec2[];
  /** Records are in a catalogue tree, at most this many in a leaf. */
  readonly recordsPerLeaf?: number;
  /** Ids of free pages, ascending. */
  readonly freePages?: readonly number[];
  /** Children of an internal page at most (default: what fits). */
  readonly fanout?: number;
  /** Of all tree pages (default: the largest position on each, as in a copy). */
  readonly stamp?: bigint;
}

interface RecordSpec {
  readonly kind: number;
  readonly id: bigint;
  readonly body: Buffer;
}

/** 32 bytes of 1. */
export const DEFAULT_FIRST_HASH = Buffer.alloc(32, 1);

export const storeIdOf = (firstHash: Uint8Array): Buffer =>
  createHash('sha256').update(firstHash).update('kmb-store').digest().subarray(0, 8);

export function writeFormat2(spec: StoreSpec2): Buffer {
  const storeId = spec.storeId ?? (spec.appliedPosition === 0n ? Buffer.alloc(8) : storeIdOf(firstHashOf(spec)));
  const pages = new PageWriter(storeId, spec.freePages ?? []);
  const plan: StorePlan = { fanout: spec.fanout ?? Infinity, stamp: spec.stamp, emptyStamp: spec.appliedPosition };
  const tables = spec.tables.map((table) => ({
    kind: RECORD_KIND.table,
    id: table.id,
    body: writeTable(pages, table, plan),
  }));
  const records = [...tables, ...freeMap(spec.freePages ?? [])];
  const superblock = Buffer.alloc(PAGE_BYTES);
  if (spec.recordsPerLeaf === undefined) writeRecords(superblock, records);
  else writeCatalogue(superblock, records, spec.recordsPerLeaf, pages, plan);
  writeFields(superblock, spec, storeId, pages.nextPageId);
  const file = Buffer.concat([superblock, superblock, pages.bytes()]);
  finish(file, new Set(spec.freePages ?? []));
  return file;
}

const firstHashOf = (spec: StoreSpec2): Uint8Array => spec.firstHash ?? DEFAULT_FIRST_HASH;

function writeFields(page: Buffer, spec: StoreSpec2, storeId: Buffer, nextPageId: number): void {
  page.write('VDBSTORE', 0, 'latin1');
  page.writeUInt32LE(2, 8);
  page.writeBigUInt64LE(spec.appliedPosition, 12);
  if (spec.appliedPosition > 0n) page.set(spec.appliedHash ?? firstHashOf(spec), 20);
  page.writeBigUInt64LE(BigInt(nextPageId), 52);
  page.writeUInt32LE(spec.tables.length, 60);
  page.writeBigUInt64LE(spec.commitNumber ?? 1n, 64);
  page.writeUInt32LE(spec.compatibleFeatures ?? 0, 72);
  page.writeUInt8(12, 84);
  storeId.copy(page, 88);
  page.writeUInt32LE(spec.freePages?.length ?? 0, 104);
}

function freeMap(freePages: readonly number[]): RecordSpec[] {
  const groups = new Map<number, number[]>();
  for (const page of freePages) {
    const group = Math.floor(page / GROUP_PAGES);
    groups.set(group, [...(groups.get(group) ?? []), page % GROUP_PAGES]);
  }
  return [...groups].map(([group, bits]) => {
    const body = Buffer.alloc(Math.floor(Math.max(...bits) / 8) + 1);
    for (const bit of bits) body[bit >> 3]! |= 1 << (bit & 7);
    return { kind: RECORD_KIND.freeMap, id: BigInt(group), body };
  });
}

function writeRecords(page: Buffer, records: readonly RecordSpec[]): void {
  let at = RECORDS_AT;
  for (const { kind, id, body } of records) {
    if (at + RECORD_HEADER_BYTES + body.length > CRC_AT) throw new Error('the records need a catalogue');
    Buffer.concat([Buffer.from([kind, 0]), u16(body.length), u64(id), body]).copy(page, at);
    at += RECORD_HEADER_BYTES + body.length;
  }
  page.writeUInt32LE(records.length, 116);
}

function writeCatalogue(
  superblock: Buffer,
  records: readonly RecordSpec[],
  recordsPerLeaf: number,
  pages: PageWriter,
  plan: StorePlan,
): void {
  const position = plan.stamp ?? plan.emptyStamp;
  const items = records.map(({ kind, id, body }) => {
    const itemKey = Buffer.concat([Buffer.from([kind]), u64be(id)]);
    return { itemKey, bytes: eventItem(itemKey, 1, [inlineEvent(position, body)]), position };
  });
  pages.skipToEnd();
  const layout = { itemsPerLeaf: recordsPerLeaf, separate: divide };
  const tree = writeTree(pages, { ...plan, ...layout, kind: 'catalogue', owner: 0n, items });
  superblock.writeUInt32LE(tree.root, 108);
  superblock.writeUInt8(tree.height, 112);
}

/** Makes page sums, checksums of the superblock and its copy right, after all pages are as they shall be. */
function finish(file: Buffer, free: ReadonlySet<number>): void {
  const [sum, weighted] = pageSums(file, free);
  const superblock = pageOf(file, 0);
  superblock.writeUInt32LE(sum, 96);
  superblock.writeUInt32LE(weighted, 100);
  seal(superblock);
  superblock.copy(pageOf(file, 1));
}

const MODULUS = 4_294_967_291;

/** In doubles, the page id in halves of 16 bits: another way than the checker's, which is the definition's. */
function pageSums(file: Buffer, free: ReadonlySet<number>): [number, number] {
  let [sum, weighted] = [0, 0];
  const nextPageId = Math.min(Number(file.readBigUInt64LE(52)), Math.floor(file.length / PAGE_BYTES));
  for (let id = FIRST_PAGE; id < nextPageId; id += 1) {
    if (free.has(id)) continue;
    const checksum = pageOf(file, id).readUInt32LE(CRC_AT);
    const upper = ((id >>> 16) * checksum) % MODULUS;
    const product = (upper * 65_536 + (id & 0xffff) * checksum) % MODULUS;
    sum = (sum + checksum) % MODULUS;
    weighted = (weighted + product) % MODULUS;
  }
  return [sum, weighted];
}

/**
 * Makes the checksums of all pages, the page sums and the superblock's copy right again after a test has changed page
 * 0 or others.
 *
 * @param free pages that do not count
 */
export function resealFormat2(file: Buffer, free: ReadonlySet<number> = new Set()): void {
  for (let id = FIRST_PAGE; (id + 1) * PAGE_BYTES <= file.length; id += 1) if (!free.has(id)) seal(pageOf(file, id));
  finish(file, free);
}
