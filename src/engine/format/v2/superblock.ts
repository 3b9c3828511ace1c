/** Pages 0 and 1 of format 2: after the fields come the records, while they fit (fields: v2/structures.ts). */
import { crc32 } from '../../bytes/crc32.js';
import { decode, encode } from '../../bytes/field-structure.js';
import { CRC_OFFSET, PAGE_SIZE, SUPERBLOCK } from '../layout.js';
import type { SuperblockFormat } from '../store-format.js';
import type { StoreRecord, Superblock } from '../superblock.js';
import { decodeFreeGroup, decodeTable, encodeRecords, recordPlaces, RECORDS_OFFSET, TABLE } from './records.js';
import { PAGE_SIZE_BITS, superblockAdvisoryFaults, superblockFaults } from './superblock-check.js';
import { RECORD_HEADER, SUPERBLOCK_2_FIELDS } from './structures.js';

const VERSION = 2;

export const SUPERBLOCK_2: SuperblockFormat = {
  pageIds: [0, 1],
  encode: encodeSuperblock,
  decode: decodeSuperblock,
  fatalFaults: new Set(['feature-unknown', 'page-size', 'record-kind', 'record-length']),
  faults: superblockFaults,
  advisoryFaults: superblockAdvisoryFaults,
};

/** What there is to record of a store before its first commit. */
export const NEW_RECORD: StoreRecord = {
  commitNumber: 0n,
  features: { compatible: 0, readOnly: 0, incompatible: 0 },
  storeId: 0n,
  pageSums: { sum0: 0, sum1: 0 },
  freePages: 0,
  catalogue: null,
  tableCount: 0,
  freeGroups: [],
};

/** The page for a superblock, in which all records fit that it has; they are ascending, whatever order they come in. */
function encodeSuperblock({ appliedPosition, appliedHash, nextPageId, tables, record }: Superblock): Buffer {
  if (record === undefined) throw new Error('a superblock of this format has a record of the store');
  const { catalogue, features, pageSums, freePages, commitNumber, storeId, tableCount } = record;
  const records = encodeRecords(tables, record.freeGroups);
  const page = Buffer.alloc(PAGE_SIZE);
  encode(SUPERBLOCK_2_FIELDS, page, 0, {
    magic: Buffer.from(SUPERBLOCK.magic),
    version: VERSION,
    appliedPosition,
    appliedHash: Buffer.from(appliedHash),
    nextPageId,
    tableCount,
    commitNumber,
    ...features,
    pageSizeBits: PAGE_SIZE_BITS,
    storeId,
    ...pageSums,
    freePages,
    catalogueRoot: catalogue?.root ?? 0,
    catalogueHeight: catalogue?.height ?? 0,
    recordCount: records.length,
    ...ZEROS,
  });
  let offset = RECORDS_OFFSET;
  for (const { kind, id, body } of records) {
    encode(RECORD_HEADER, page, offset, { kind, zero: 0, bodyLength: body.length, id });
    page.set(body, offset + RECORD_HEADER.fixedSize);
    offset += RECORD_HEADER.fixedSize + body.length;
  }
  page.writeUInt32LE(crc32(page.subarray(0, CRC_OFFSET)), CRC_OFFSET);
  return page;
}

const ZEROS = { zero1: Buffer.alloc(0), zero2: Buffer.alloc(0), zero3: Buffer.alloc(0) };

function decodeSuperblock(page: Buffer): Superblock {
  const fields = decode(SUPERBLOCK_2_FIELDS, page, 0);
  const { appliedPosition, nextPageId, compatible, readOnly, incompatible, sum0, sum1 } = fields;
  const { catalogueRoot, catalogueHeight, commitNumber, storeId, freePages, tableCount } = fields;
  const records = [...recordPlaces(page, fields.recordCount)].map(({ kind, id, offset, length }) => {
    return { kind, id, body: page.subarray(offset, offset + length) };
  });
  return {
    appliedPosition,
    appliedHash: Buffer.from(fields.appliedHash),
    nextPageId,
    tables: records.flatMap(({ kind, id, body }) => (kind === TABLE ? [decodeTable(id, body)] : [])),
    record: {
      commitNumber,
      features: { compatible, readOnly, incompatible },
      storeId,
      pageSums: { sum0, sum1 },
      freePages,
      catalogue: catalogueRoot === 0 ? null : { root: catalogueRoot, height: catalogueHeight },
      tableCount,
      freeGroups: records.flatMap(({ kind, id, body }) => (kind === TABLE ? [] : [decodeFreeGroup(id, body)])),
    },
  };
}
