/** All that can be wrong with a superblock page of format 2 whose magic, length and checksum are right. */
import { decode, type ValuesOf } from '../../bytes/field-structure.js';
import { MAX_U64 } from '../../bytes/u64.js';
import { type AdvisoryFault, appliedHashFaults, paddingFaults } from '../advisory-faults.js';
import { CRC_OFFSET } from '../layout.js';
import { superblockFault, type SuperblockFault } from '../superblock.js';
import { lowestBit, SALVAGED_WITH_LOSSES, unknownFeatures } from './features.js';
import { findRecordFault } from './record-check.js';
import {
  countFreePages,
  decodeFreeGroup,
  FIRST_PAGE,
  FREE_MAP,
  PAGE_IDS,
  type RecordPlace,
  recordPlaces,
  RECORDS_OFFSET,
  TABLE,
} from './records.js';
import { RECORD_HEADER, SUPERBLOCK_2_FIELDS, TABLE_RECORD } from './structures.js';

/** The only size that pages have, as a power of two. */
export const PAGE_SIZE_BITS = 12;

const { offsets } = SUPERBLOCK_2_FIELDS;
/** The fields of a superblock. */
type Fields = ValuesOf<typeof SUPERBLOCK_2_FIELDS>;

/** All that is wrong with it, the worst first. */
export function* superblockFaults(page: Buffer): Generator<SuperblockFault, undefined> {
  const fields = decode(SUPERBLOCK_2_FIELDS, page, 0);
  const strange = findStrangeness(fields);
  if (strange !== undefined) {
    // What else it says may mean something else.
    yield strange;
    return;
  }
  yield* fieldFaults(fields);
  yield* recordFaults(page, fields);
}

/** What says that this release cannot know what the store holds. */
function findStrangeness(fields: Fields): SuperblockFault | undefined {
  const { incompatible } = unknownFeatures(fields);
  if (incompatible !== 0) {
    const found = lowestBit(incompatible);
    const message = `the store has the incompatible feature ${found}, which this release does not know`;
    return { code: 'feature-unknown', offset: offsets.incompatible, expected: 'no unknown bit', found, message };
  }
  const { pageSizeBits: found } = fields;
  if (found === PAGE_SIZE_BITS) return undefined;
  const message = `the store has pages of 2^${found} bytes; this release reads pages of 2^${PAGE_SIZE_BITS}`;
  return { code: 'page-size', offset: offsets.pageSizeBits, expected: PAGE_SIZE_BITS, found, message };
}

function* fieldFaults({ appliedPosition, nextPageId, catalogueRoot, recordCount }: Fields): Generator<SuperblockFault> {
  if (appliedPosition === MAX_U64) {
    yield superblockFault('applied-position', offsets.appliedPosition, `at most ${MAX_U64 - 1n}`, appliedPosition);
  }
  if (nextPageId < FIRST_PAGE || nextPageId > PAGE_IDS) {
    yield superblockFault('next-page-range', offsets.nextPageId, `${FIRST_PAGE} to ${PAGE_IDS}`, nextPageId);
  }
  if (catalogueRoot !== 0 && recordCount !== 0) {
    yield superblockFault('record-count', offsets.recordCount, '0 beside a catalogue tree', recordCount);
  }
}

/** What comes after a record of an unknown kind or length cannot be known. */
function* recordFaults(page: Buffer, fields: Fields): Generator<SuperblockFault, undefined> {
  const { catalogueRoot, recordCount, tableCount } = fields;
  let end = RECORDS_OFFSET;
  let last: RecordPlace | undefined;
  let seen = 0;
  let tables = 0;
  const roots = new Set<number>([catalogueRoot]);
  for (const record of recordPlaces(page, recordCount)) {
    if (last !== undefined && !isAfter(record, last)) {
      const found = `record ${record.kind} ${record.id}`;
      yield superblockFault('record-order', record.start, `above record ${last.kind} ${last.id}`, found);
    }
    const fault = findRecordFault(page, record, fields);
    if (fault !== undefined) yield superblockFault(fault.code, fault.offset, `${fault.expected}`, fault.found);
    if (fault?.code === 'record-kind' || fault?.code === 'record-length') return;
    if (record.kind === TABLE) {
      yield* rootFaults(page, record, roots);
      tables++;
    }
    last = record;
    end = record.offset + record.length;
    seen++;
  }
  if (seen < recordCount) {
    yield superblockFault('record-length', end, `a record that ends by ${CRC_OFFSET}`, 'one that does not');
  } else if (catalogueRoot === 0 && tables !== tableCount) {
    yield superblockFault('table-count', offsets.tableCount, `${tables}`, tableCount);
  }
}

function isAfter(record: RecordPlace, last: RecordPlace): boolean {
  return record.kind !== last.kind ? record.kind > last.kind : record.id > last.id;
}

/** No page is the root of two trees. */
function* rootFaults(page: Buffer, { offset }: RecordPlace, roots: Set<number>): Generator<SuperblockFault> {
  const { root, historyRoot } = decode(TABLE_RECORD, page, offset);
  for (const [pageId, at] of [
    [root, TABLE_RECORD.offsets.root],
    [historyRoot, TABLE_RECORD.offsets.historyRoot],
  ] as const) {
    if (pageId === 0) continue;
    if (roots.has(pageId)) yield superblockFault('root-shared', offset + at, 'a root of its own', pageId);
    roots.add(pageId);
  }
}

/** What is in such a page twice or for nothing, or is ignored, and is not as it should be. */
export function* superblockAdvisoryFaults(page: Buffer): Generator<AdvisoryFault> {
  const fields = decode(SUPERBLOCK_2_FIELDS, page, 0);
  yield* appliedHashFaults(page);
  yield* featureNotes(fields);
  const records = [...recordPlaces(page, fields.recordCount)];
  yield* freeCountFaults(page, fields, records);
  for (const name of ['zero1', 'zero2', 'zero3'] as const) {
    yield* reservedFaults(page, offsets[name], fields[name].length);
  }
  for (const { kind, start, offset } of records) {
    yield* reservedFaults(page, start + RECORD_HEADER.offsets.zero, 1);
    if (kind !== TABLE) continue;
    yield* reservedFaults(page, offset + TABLE_RECORD.offsets.zero1, 2);
    yield* reservedFaults(page, offset + TABLE_RECORD.offsets.zero2, 4);
  }
  const last = records.at(-1);
  const end = last === undefined ? RECORDS_OFFSET : last.offset + last.length;
  if (records.length === fields.recordCount) {
    yield* paddingFaults(page, end, CRC_OFFSET, 'the bytes of the superblock after its records are not zero');
  }
}

function reservedFaults(page: Buffer, offset: number, length: number): Generator<AdvisoryFault> {
  return paddingFaults(page, offset, offset + length, 'reserved bytes of the superblock are not zero');
}

function* featureNotes(fields: Fields): Generator<AdvisoryFault> {
  const { compatible, readOnly } = unknownFeatures(fields);
  if (compatible !== 0) {
    const found = lowestBit(compatible);
    const message = `the store has the compatible feature ${found}, which this release does not know and ignores`;
    yield { code: 'feature-ignored', offset: offsets.compatible, expected: 'no unknown bit', found, message };
  }
  if (readOnly !== 0) {
    const found = lowestBit(readOnly);
    const message = `the store has the read-only compatible feature ${found}, which this release does not know`;
    yield { code: 'feature-read-only', offset: offsets.readOnly, expected: 'no unknown bit', found, message };
  }
  if ((fields.compatible & SALVAGED_WITH_LOSSES) !== 0) {
    const message = 'the store was salvaged, and not all of it could be';
    yield { code: 'salvaged', offset: offsets.compatible, expected: 0, found: SALVAGED_WITH_LOSSES, message };
  }
}

/** Where the free map is in the superblock, the count of free pages says it once more. */
function* freeCountFaults(page: Buffer, fields: Fields, records: readonly RecordPlace[]): Generator<AdvisoryFault> {
  const { catalogueRoot, freePages: found, recordCount } = fields;
  if (catalogueRoot !== 0 || records.length < recordCount) return;
  const groups = records.filter(({ kind }) => kind === FREE_MAP);
  const expected = countFreePages(
    groups.map(({ id, offset, length }) => decodeFreeGroup(id, page.subarray(offset, offset + length))),
  );
  if (found === expected) return;
  const message = `the superblock counts ${found} free pages, its free map has ${expected}`;
  yield { code: 'free-count', offset: offsets.freePages, expected, found, message };
}
