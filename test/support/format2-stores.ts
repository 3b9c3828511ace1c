/** Sound stores of format 2 that the engine did not write, each with what is in it. */
import { utf8 } from './bytes.js';
import type { EventSpec2, KeySpec2, StoreSpec2, TableSpec2 } from './format2-writer.js';
import { Random } from './random.js';

export interface NamedStore2 {
  readonly name: string;
  readonly spec: StoreSpec2;
}

const put = (position: number, value: Uint8Array | string): EventSpec2 => ({
  position: BigInt(position),
  value: typeof value === 'string' ? utf8(value) : value,
});

const deleted = (position: number): EventSpec2 => ({ position: BigInt(position), value: null });

/** Bytes that depend on their number, so that no two values are alike. */
const bulk = (length: number): Buffer => new Random(length).bytes(length);

const numbered = (index: number): Buffer => utf8(`key-${String(index).padStart(4, '0')}`);

/** Puts, among them one of no bytes, and deletions; the newest one too of every fourth key. */
const mixedEvents = (index: number): EventSpec2[] => [
  index % 4 === 3 ? deleted(30) : put(30, `new-${index}`),
  put(25, ''),
  deleted(20),
  put(15, `b-${index}`),
  put(10, `a-${index}`),
  put(5, `first-${index}`),
];

/** Twelve keys in trees of several levels, some of them without runs. */
const tallTable: TableSpec2 = {
  id: 1n,
  keys: Array.from({ length: 12 }, (_, index) => ({
    key: numbered(index),
    events: index === 5 ? [put(12, 'only')] : mixedEvents(index),
    inline: index === 7 ? 6 : 1 + (index % 3),
  })),
  entriesPerLeaf: 3,
  runsPerLeaf: 4,
  eventsPerRun: 2,
};

/** One page a tree; keys whose runs one `memcmp` over key and position would mix; values of one and of two pages. */
const valueTable: TableSpec2 = {
  id: 7n,
  keys: [
    { key: utf8('a'), events: [put(33, 'v3'), put(22, 'v2'), put(21, 'v1'), put(20, 'v0')], inline: 1 },
    { key: utf8('a\0'), events: [put(34, 'w2'), put(18, 'w1')], inline: 1 },
    { key: utf8('big'), events: [put(31, bulk(5000)), put(27, bulk(2500)), put(26, bulk(9000))], inline: 2 },
    { key: utf8('long'), events: [put(29, 'short'), put(28, bulk(1200)), put(27, bulk(1201))], inline: 1 },
  ],
  eventsPerRun: 3,
};

const leafTable: TableSpec2 = {
  id: 9n,
  keys: [
    { key: utf8('k'), events: [deleted(9), put(8, ''), put(7, 'v')] },
    { key: utf8('m'), events: [put(9, 'v'), put(8, '')] },
  ],
};

const purgedTable: TableSpec2 = { id: 11n, keys: [], oldest: 6n, lastChanged: 6n };

/** The store that faults are planted in: something of everything but a catalogue. */
export const everything: StoreSpec2 = {
  appliedPosition: 40n,
  commitNumber: 12n,
  tables: [tallTable, valueTable, leafTable, purgedTable],
  freePages: [4, 5, 17],
  fanout: 2,
};

/** A store of eight pages without a free one: two leaves below an internal page, one of the history, a value. */
export const smallStore: StoreSpec2 = {
  appliedPosition: 9n,
  tables: [
    {
      id: 1n,
      keys: [
        { key: utf8('a'), events: [put(9, 'new'), deleted(7), put(5, 'old'), put(2, '')], inline: 1 },
        { key: utf8('b'), events: [put(6, bulk(2500)), put(4, 'short')] },
        { key: utf8('c'), events: [deleted(8), put(3, 'gone')] },
      ],
      entriesPerLeaf: 2,
    },
    { id: 2n, keys: [{ key: utf8('k'), events: [put(1, 'v')] }] },
  ],
};

export const everythingWithCatalogue: StoreSpec2 = { ...everything, recordsPerLeaf: 2 };

const plainKeys = (count: number, position = 1): KeySpec2[] =>
  Array.from({ length: count }, (_, index) => ({ key: numbered(index), events: [put(position, `v${index}`)] }));

const updates = (count: number, bytes: number): EventSpec2[] =>
  Array.from({ length: count }, (_, index) => put(count - index, bulk(bytes).fill(index & 0xff, 0, 1)));

/** At the edge of what stays inline, and one byte beyond it: the deletion does not count. */
const edgeKeys = (keyBytes: number): KeySpec2[] =>
  [0, 1].map((more) => ({
    key: Buffer.alloc(keyBytes, keyBytes + more),
    events: [deleted(3), put(2, bulk(1998 - 14 - keyBytes + more))],
  }));

const manyTables = (count: number): TableSpec2[] =>
  Array.from({ length: count }, (_, index) => ({ id: 10n ** 17n + BigInt(index), keys: plainKeys(1) }));

const longKeys: KeySpec2[] = Array.from({ length: 9 }, (_, index) => ({
  key: Buffer.alloc(1024, 0x30 + index),
  events: [put(9, 'new'), put(5, bulk(500)), put(4, bulk(700)), put(3, bulk(800))],
  inline: 1,
}));

const withEmptyLeaves: TableSpec2 = {
  id: 3n,
  keys: plainKeys(6).map((key, index) => (index % 2 === 0 ? { ...key, events: [] } : key)),
  entriesPerLeaf: 1,
};

export const SOUND_STORES_2: readonly NamedStore2[] = [
  { name: 'nothing applied', spec: { appliedPosition: 0n, tables: [] } },
  { name: 'batches in it that changed nothing', spec: { appliedPosition: 3n, tables: [] } },
  { name: 'one row, the smallest', spec: { appliedPosition: 1n, tables: [{ id: 1n, keys: plainKeys(1) }] } },
  { name: 'something of everything', spec: everything },
  { name: 'something of everything, with a catalogue', spec: everythingWithCatalogue },
  { name: 'stamps of the last commit', spec: { ...everything, stamp: 40n } },
  { name: 'a dense table', spec: { appliedPosition: 1n, tables: [{ id: 2n, keys: plainKeys(1000) }] } },
  {
    name: 'a hot key',
    spec: {
      appliedPosition: 900n,
      tables: [{ id: 1n, keys: [{ key: utf8('h'), events: updates(900, 100), inline: 9 }] }],
    },
  },
  {
    name: 'values at the edge of what is inline',
    spec: { appliedPosition: 3n, tables: [{ id: 1n, keys: [1, 40, 200].flatMap(edgeKeys) }] },
  },
  {
    name: 'an empty key, and a value of 25 pages',
    spec: { appliedPosition: 3n, tables: [{ id: 0n, keys: [{ key: utf8(''), events: [put(3, bulk(100_000))] }] }] },
  },
  { name: 'keys of 1,024 bytes', spec: { appliedPosition: 9n, tables: [{ id: 1n, keys: longKeys }] } },
  { name: 'empty leaves', spec: { appliedPosition: 9n, tables: [withEmptyLeaves], fanout: 2 } },
  { name: 'the tables that a superblock has room for', spec: { appliedPosition: 1n, tables: manyTables(45) } },
  { name: 'more tables', spec: { appliedPosition: 1n, tables: manyTables(200), recordsPerLeaf: 20, fanout: 4 } },
  { name: 'a mark of losses', spec: { ...everything, compatibleFeatures: 2 } },
  {
    name: 'a table whose oldest positions are forgotten',
    spec: { appliedPosition: 40n, tables: [{ ...leafTable, keys: leafTable.keys.slice(1), oldest: 8n }] },
  },
  {
    name: 'free pages of two groups',
    spec: {
      appliedPosition: 9n,
      tables: [leafTable],
      freePages: Array.from({ length: 8200 }, (_, index) => index + 2),
      recordsPerLeaf: 9,
    },
  },
];
