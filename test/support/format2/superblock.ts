/** The superblock, page 0 or 1, and the records: those that are in it, and those of the catalogue tree. */
import { crc32 } from 'node:zlib';
import { CRC_AT, isZero, RECORD_HEADER_BYTES, RECORDS_AT } from './layout.js';
import { decodeRecord, type Record2 } from './records.js';
import { type Fault, type Report, reportInto } from './rules.js';

export interface Superblock2 {
  readonly appliedPosition: bigint;
  readonly appliedHash: Buffer;
  readonly nextPageId: bigint;
  readonly tableCount: number;
  readonly commitNumber: bigint;
  readonly features: {
    readonly compatible: number;
    readonly readOnlyCompatible: number;
    readonly incompatible: number;
  };
  readonly pageSizePower: number;
  readonly storeId: Buffer;
  /** S0 and S1. */
  readonly sums: readonly [number, number];
  readonly freePages: number;
  readonly catalogueRoot: number;
  readonly catalogueHeight: number;
  /** Of those in the superblock itself. */
  readonly recordCount: number;
  readonly records: readonly Record2[];
}

export interface SuperblockPage {
  readonly page: 0 | 1;
  /** Magic, version and checksum are right. */
  readonly whole: boolean;
  /** Undefined when it is not a superblock of format 2 at all. */
  readonly superblock: Superblock2 | undefined;
  readonly faults: readonly Fault[];
}

export function decodeSuperblock(bytes: Buffer, page: 0 | 1): SuperblockPage {
  const faults: Fault[] = [];
  const report = reportInto(faults, page);
  const magic = bytes.toString('latin1', 0, 8);
  if (magic !== 'VDBSTORE') {
    report('superblock-magic', `magic ${JSON.stringify(magic)}`);
    return { page, whole: false, superblock: undefined, faults };
  }
  const version = bytes.readUInt32LE(8);
  if (version !== 2) {
    report('superblock-version', `version ${version}`);
    return { page, whole: false, superblock: undefined, faults };
  }
  const [stored, computed] = [bytes.readUInt32LE(CRC_AT), crc32(bytes.subarray(0, CRC_AT))];
  if (stored !== computed) report('superblock-crc', `stored ${stored.toString(16)}, computed ${computed.toString(16)}`);
  checkReserved(bytes, report);
  return { page, whole: stored === computed, superblock: decodeFields(bytes, report), faults };
}

function checkReserved(bytes: Buffer, report: Report): void {
  const reserved = [
    [85, 88],
    [113, 116],
    [120, 256],
  ] as const;
  for (const [from, to] of reserved) {
    if (!isZero(bytes.subarray(from, to))) report('reserved-bytes', `bytes ${from} to ${to - 1} are not all zero`);
  }
}

function decodeFields(bytes: Buffer, report: Report): Superblock2 {
  const recordCount = bytes.readUInt32LE(116);
  return {
    appliedPosition: bytes.readBigUInt64LE(12),
    appliedHash: bytes.subarray(20, 52),
    nextPageId: bytes.readBigUInt64LE(52),
    tableCount: bytes.readUInt32LE(60),
    commitNumber: bytes.readBigUInt64LE(64),
    features: {
      compatible: bytes.readUInt32LE(72),
      readOnlyCompatible: bytes.readUInt32LE(76),
      incompatible: bytes.readUInt32LE(80),
    },
    pageSizePower: bytes.readUInt8(84),
    storeId: bytes.subarray(88, 96),
    sums: [bytes.readUInt32LE(96), bytes.readUInt32LE(100)],
    freePages: bytes.readUInt32LE(104),
    catalogueRoot: bytes.readUInt32LE(108),
    catalogueHeight: bytes.readUInt8(112),
    recordCount,
    records: decodeRecords(bytes, recordCount, report),
  };
}

function decodeRecords(bytes: Buffer, count: number, report: Report): Record2[] {
  const records: Record2[] = [];
  let at = RECORDS_AT;
  let before: { kind: number; id: bigint } | undefined;
  for (let index = 0; index < count; index += 1) {
    const bodyAt = at + RECORD_HEADER_BYTES;
    const end = bodyAt > CRC_AT ? Infinity : bodyAt + bytes.readUInt16LE(at + 2);
    if (end > CRC_AT) {
      report('record-length', `record ${index} at ${at} reaches beyond the page`);
      return records;
    }
    const [kind, zero, id] = [bytes.readUInt8(at), bytes.readUInt8(at + 1), bytes.readBigUInt64LE(at + 4)];
    if (zero !== 0) report('reserved-bytes', `byte ${at + 1}, in record ${index}, is ${zero}`);
    if (before !== undefined && (before.kind > kind || (before.kind === kind && before.id >= id))) {
      report('record-order', `record ${index} (kind ${kind}, id ${id}) is not above the one before`);
    }
    const record = decodeRecord(kind, id, bytes.subarray(bodyAt, end), report);
    if (record !== undefined) records.push(record);
    before = { kind, id };
    at = end;
  }
  if (!isZero(bytes.subarray(at, CRC_AT))) report('unused-bytes', `not zero between ${at} and the checksum`);
  return records;
}
