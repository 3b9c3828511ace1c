/** The superblock of format 2: what is written is read, and what cannot be is found. */
import { expect } from 'chai';
import fc from 'fast-check';
import { crc32 } from '../../src/engine/bytes/crc32.js';
import { CRC_OFFSET, PAGE_SIZE } from '../../src/engine/format/layout.js';
import type { FreeGroup, StoreRecord, Superblock, TableEntry } from '../../src/engine/format/superblock.js';
import { countFreePages, encodeRecords, fitSuperblock, RECORDS_OFFSET } from '../../src/engine/format/v2/records.js';
import { RECORD_HEADER, SUPERBLOCK_2_FIELDS, TABLE_RECORD } from '../../src/engine/format/v2/structures.js';
import { SUPERBLOCK_2 } from '../../src/engine/format/v2/superblock.js';
import { FINDING_KINDS } from '../../src/engine/index.js';
import { tableEntry } from '../support/records.js';

const POSITION_MAX = 2n ** 64n - 2n;

const storeRecord = (record: Partial<StoreRecord> = {}): StoreRecord => ({
  commitNumber: 3n,
  features: { compatible: 0, readOnly: 0, incompatible: 0 },
  storeId: 0x1122_3344_5566_7788n,
  pageSums: { sum0: 1, sum1: 2 },
  freePages: 0,
  catalogue: null,
  tableCount: 0,
  freeGroups: [],
  ...record,
});

const superblockWith = (tables: readonly TableEntry[], freeGroups: readonly FreeGroup[] = []): Superblock => ({
  appliedPosition: 9n,
  appliedHash: Buffer.alloc(32, 7),
  nextPageId: 100n,
  tables,
  record: storeRecord({ tableCount: tables.length, freeGroups, freePages: countFreePages(freeGroups) }),
});

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

const tableArbitrary = fc
  .record({
    id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    height: fc.integer({ min: 0, max: 24 }),
    historyHeight: fc.integer({ min: 0, max: 24 }),
    treePages: u32,
    valuePages: u32,
    positions: fc.tuple(fc.bigInt({ min: 0n, max: POSITION_MAX }), fc.bigInt({ min: 0n, max: POSITION_MAX })),
    counts: fc.tuple(count, count, count),
    valueBytes: count,
  })
  .map(({ id, height, positions: [oldest, lastChanged], counts, ...record }): TableEntry => {
    const [rows, keys, events] = counts.toSorted((a, b) => a - b) as [number, number, number];
    return {
      id,
      root: null,
      height,
      record: { ...record, historyRoot: null, oldest, lastChanged, rows, keys, events },
    };
  });

const freeGroupArbitrary = fc
  .record({
    group: fc.integer({ min: 1, max: 2 ** 19 - 1 }),
    bits: fc.uint8Array({ maxLength: 200 }),
    last: fc.integer({ min: 1, max: 255 }),
  })
  .map(({ group, bits, last }) => ({ group, bits: Buffer.from([...bits, last]) }));

const superblockArbitrary = fc
  .record({
    tables: fc.uniqueArray(tableArbitrary, { selector: ({ id }) => id, maxLength: 20 }),
    freeGroups: fc.uniqueArray(freeGroupArbitrary, { selector: ({ group }) => group, maxLength: 8 }),
    storeId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    commitNumber: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    sums: fc.tuple(u32, u32),
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    roots: fc.uniqueArray(fc.integer({ min: 2, max: 2 ** 32 - 1 }), { minLength: 40, maxLength: 40 }),
    inTree: fc.boolean(),
  })
  .map(({ tables, freeGroups, storeId, commitNumber, sums: [sum0, sum1], hash, roots, inTree }): Superblock => {
    const rooted = tables.map(({ record, ...entry }, index) => ({
      ...entry,
      root: index % 3 === 0 ? null : BigInt(roots[index]!),
      record: { ...record!, historyRoot: index % 2 === 0 ? null : roots[20 + index]! },
    }));
    return {
      appliedPosition: POSITION_MAX,
      appliedHash: Buffer.from(hash),
      nextPageId: 2n ** 32n,
      tables: inTree ? [] : rooted.sort((a, b) => (a.id < b.id ? -1 : 1)),
      record: storeRecord({
        storeId,
        commitNumber,
        pageSums: { sum0, sum1 },
        freePages: countFreePages(freeGroups),
        catalogue: inTree ? { root: 77, height: 2 } : null,
        tableCount: tables.length,
        freeGroups: inTree ? [] : freeGroups.toSorted((a, b) => a.group - b.group),
      }),
    };
  });

/** Where the record of a number begins, all before it being of tables. */
const recordAt = (index: number): number => RECORDS_OFFSET + index * (RECORD_HEADER.fixedSize + TABLE_RECORD.fixedSize);
const bodyAt = (index: number): number => recordAt(index) + RECORD_HEADER.fixedSize;
const field = SUPERBLOCK_2_FIELDS.offsets;

const TABLES = [
  tableEntry(1n, { root: 5n, height: 1 }),
  tableEntry(7n, { root: 6n, height: 1, record: { historyRoot: 8, historyHeight: 1 } }),
];
const FREE: readonly FreeGroup[] = [{ group: 0, bits: Buffer.from([0b1100, 0, 1]) }];
/** After the records of both tables. */
const freeHeader = recordAt(2);
const freeBody = bodyAt(2);

/** What is changed, and the codes that it is found by; offsets where the first one is. */
const FAULTS: readonly (readonly [what: string, change: (page: Buffer) => void, offset: number, ...codes: string[]])[] =
  [
    [
      'an unknown incompatible feature',
      (p) => p.writeUInt32LE(4, field.incompatible),
      field.incompatible,
      'feature-unknown',
    ],
    ['pages of 8 KB', (p) => p.writeUInt8(13, field.pageSizeBits), field.pageSizeBits, 'page-size'],
    [
      'the position after the last',
      (p) => p.fill(255, field.appliedPosition, field.appliedPosition + 8),
      field.appliedPosition,
      'applied-position',
    ],
    [
      'no room for both superblocks',
      (p) => p.writeBigUInt64LE(1n, field.nextPageId),
      field.nextPageId,
      'next-page-range',
      'free-range',
    ],
    [
      'more pages than ids',
      (p) => p.writeBigUInt64LE(2n ** 32n + 1n, field.nextPageId),
      field.nextPageId,
      'next-page-range',
    ],
    ['records beside a catalogue', (p) => p.writeUInt32LE(50, field.catalogueRoot), field.recordCount, 'record-count'],
    ['a record too many', (p) => p.writeUInt32LE(4, field.recordCount), freeBody + 3, 'record-order', 'record-kind'],
    [
      '2^32-1 records',
      (p) => p.writeUInt32LE(2 ** 32 - 1, field.recordCount),
      freeBody + 3,
      'record-order',
      'record-kind',
    ],
    ['a record too few', (p) => p.writeUInt32LE(1, field.recordCount), field.tableCount, 'table-count'],
    ['a table too many', (p) => p.writeUInt32LE(3, field.tableCount), field.tableCount, 'table-count'],
    ['a table too few', (p) => p.writeUInt32LE(1, field.tableCount), field.tableCount, 'table-count'],
    ['a record of kind 3', (p) => p.writeUInt8(3, freeHeader), freeHeader, 'record-kind'],
    ['a record of kind 0', (p) => p.writeUInt8(0, recordAt(0)), recordAt(0), 'record-kind'],
    [
      'the free map before a table',
      (p) => {
        p.writeUInt8(2, recordAt(0));
        p.writeUInt8(1, bodyAt(0) + 71);
      },
      bodyAt(0) + 71,
      'free-range',
      'record-order',
      'table-count',
    ],
    ['a short record of a table', (p) => p.writeUInt16LE(71, recordAt(1) + 2), recordAt(1), 'record-length'],
    ['a record beyond the page', (p) => p.writeUInt16LE(4000, freeHeader + 2), freeHeader, 'record-length'],
    ['a free map without bytes', (p) => p.writeUInt16LE(0, freeHeader + 2), freeHeader, 'record-length'],
    ['a free map of 1,025 bytes', (p) => p.writeUInt16LE(1025, freeHeader + 2), freeHeader, 'record-length'],
    ['a free map that ends in zeroes', (p) => p.writeUInt16LE(4, freeHeader + 2), freeHeader, 'record-length'],
    ['tables in the wrong order', (p) => p.writeBigUInt64LE(9n, recordAt(0) + 4), recordAt(1), 'record-order'],
    ['a table twice', (p) => p.writeBigUInt64LE(7n, recordAt(0) + 4), recordAt(1), 'record-order'],
    ['a root of two tables', (p) => p.writeUInt32LE(6, bodyAt(0)), bodyAt(1), 'root-shared'],
    ['one root for both trees of a table', (p) => p.writeUInt32LE(8, bodyAt(1)), bodyAt(1) + 4, 'root-shared'],
    ['superblocks that are free', (p) => p.writeUInt8(0b1110, freeBody), freeBody, 'free-range'],
    ['free pages past the end', (p) => p.writeBigUInt64LE(1n, freeHeader + 4), freeBody + 2, 'free-range'],
    [
      'more rows than keys',
      (p) => p.writeBigUInt64LE(9n, bodyAt(0) + TABLE_RECORD.offsets.rows),
      bodyAt(0) + TABLE_RECORD.offsets.rows,
      'record-value',
    ],
    [
      'more keys than events',
      (p) => p.writeBigUInt64LE(9n, bodyAt(0) + TABLE_RECORD.offsets.keys),
      bodyAt(0) + TABLE_RECORD.offsets.keys,
      'record-value',
    ],
    [
      '2^53 events',
      (p) => p.writeBigUInt64LE(2n ** 53n, bodyAt(0) + TABLE_RECORD.offsets.events),
      bodyAt(0) + TABLE_RECORD.offsets.events,
      'record-value',
    ],
    [
      'an oldest position to come',
      (p) => p.writeBigUInt64LE(10n, bodyAt(0) + TABLE_RECORD.offsets.oldest),
      bodyAt(0) + TABLE_RECORD.offsets.oldest,
      'record-value',
    ],
    [
      'a change to come',
      (p) => p.writeBigUInt64LE(10n, bodyAt(0) + TABLE_RECORD.offsets.lastChanged),
      bodyAt(0) + TABLE_RECORD.offsets.lastChanged,
      'record-value',
    ],
  ];

/** What is only odd: no reader looks at it. */
const ODDITIES: typeof FAULTS = [
  ['an unknown compatible feature', (p) => p.writeUInt32LE(1, field.compatible), field.compatible, 'feature-ignored'],
  [
    'an unknown read-only feature',
    (p) => p.writeUInt32LE(2 ** 31, field.readOnly),
    field.readOnly,
    'feature-read-only',
  ],
  ['a salvage with losses', (p) => p.writeUInt32LE(2, field.compatible), field.compatible, 'salvaged'],
  ['a free page more', (p) => p.writeUInt32LE(4, field.freePages), field.freePages, 'free-count'],
  [
    'a hash before the first batch',
    (p) => p.writeBigUInt64LE(0n, field.appliedPosition),
    field.appliedHash,
    'applied-hash',
  ],
  [
    'reserved bytes after the page size',
    (p) => p.writeUInt8(1, field.zero1 + 2),
    field.zero1 + 2,
    'superblock-padding',
  ],
  ['reserved bytes after the catalogue', (p) => p.writeUInt8(1, field.zero2), field.zero2, 'superblock-padding'],
  ['reserved bytes before the records', (p) => p.writeUInt8(1, 255), 255, 'superblock-padding'],
  ['reserved bytes of a record', (p) => p.writeUInt8(1, recordAt(1) + 1), recordAt(1) + 1, 'superblock-padding'],
  [
    'reserved bytes of a table',
    (p) => p.writeUInt8(1, bodyAt(1) + TABLE_RECORD.offsets.zero2 + 3),
    bodyAt(1) + TABLE_RECORD.offsets.zero2 + 3,
    'superblock-padding',
  ],
  ['bytes after the records', (p) => p.writeUInt8(1, 4091), 4091, 'superblock-padding'],
];

const changed = (change: (page: Buffer) => void): Buffer => {
  const page = SUPERBLOCK_2.encode(superblockWith(TABLES, FREE));
  change(page);
  page.writeUInt32LE(crc32(page.subarray(0, CRC_OFFSET)), CRC_OFFSET);
  return page;
};

describe('a superblock of format 2', () => {
  it('is read as it was written, and is sound', () => {
    fc.assert(
      fc.property(superblockArbitrary, (superblock) => {
        const page = SUPERBLOCK_2.encode(superblock);
        expect(page.length).to.equal(PAGE_SIZE);
        expect([...SUPERBLOCK_2.faults(page), ...SUPERBLOCK_2.advisoryFaults(page)]).to.deep.equal([]);
        expect(SUPERBLOCK_2.decode(page)).to.deep.equal(superblock);
      }),
      { numRuns: 200 },
    );
  });

  it('has its records in order, whatever order they come in', () => {
    const free = [...FREE, { group: 3, bits: Buffer.from([1]) }];
    const page = SUPERBLOCK_2.encode(superblockWith(TABLES, free));
    expect(SUPERBLOCK_2.encode(superblockWith(TABLES.toReversed(), free.toReversed()))).to.deep.equal(page);
  });

  it('has its fields where the design says', () => {
    const page = SUPERBLOCK_2.encode(superblockWith(TABLES, FREE));
    expect(page.toString('latin1', 0, 8)).to.equal('VDBSTORE');
    expect(page.readUInt32LE(8)).to.equal(2);
    expect(page.readUInt32LE(60)).to.equal(2);
    expect(page.readBigUInt64LE(64)).to.equal(3n);
    expect(page[84]).to.equal(12);
    expect(page.toString('hex', 88, 96)).to.equal('8877665544332211');
    expect([page.readUInt32LE(96), page.readUInt32LE(100), page.readUInt32LE(104)]).to.deep.equal([1, 2, 3]);
    expect(page.readUInt32LE(116)).to.equal(3);
    expect(page.toString('hex', 256, 268)).to.equal('010048000100000000000000');
    expect(page.readUInt32LE(268)).to.equal(5);
    expect(page.readUInt32LE(4092)).to.equal(crc32(page.subarray(0, 4092)));
  });

  it('has room for 45 tables', () => {
    const tables = Array.from({ length: 46 }, (_, index) => tableEntry(BigInt(index)));
    expect(fitSuperblock(encodeRecords(tables.slice(0, 45), []))).to.equal(true);
    expect(fitSuperblock(encodeRecords(tables, []))).to.equal(false);
    const page = SUPERBLOCK_2.encode(superblockWith(tables.slice(0, 45)));
    expect([...SUPERBLOCK_2.faults(page)]).to.deep.equal([]);
    expect(SUPERBLOCK_2.decode(page).tables).to.have.length(45);
  });

  for (const [what, change, offset, ...codes] of FAULTS) {
    it(`with ${what} is damaged: ${codes.join(', ')}`, () => {
      const faults = [...SUPERBLOCK_2.faults(changed(change))];
      expect(new Set(faults.map(({ code }) => code))).to.deep.equal(new Set(codes));
      expect(faults[0]).to.include({ code: codes[0], offset });
      for (const { code } of faults) expect(FINDING_KINDS[code].severity).to.equal('corrupt');
    });
  }

  for (const [what, change, offset, ...codes] of ODDITIES) {
    it(`with ${what} is odd: ${codes.join(', ')}`, () => {
      const page = changed(change);
      const oddities = [...SUPERBLOCK_2.advisoryFaults(page)];
      expect(oddities.map(({ code }) => code)).to.deep.equal(codes);
      expect(oddities[0]?.offset).to.equal(offset);
      for (const { code } of oddities) expect(FINDING_KINDS[code].severity).to.equal('odd');
    });
  }
});
