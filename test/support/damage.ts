/**
 * Damage to a small healthy store, each kind with the checksum made right again (but where the checksum is the damage):
 * what the structural checker must see, and what no reader may stumble over.
 */
import { fromHex, U64_MAX, utf8 } from './bytes.js';
import { CRC_AT, PAGE_BYTES, PAGE_HEADER_BYTES, pageOf, SLOT_BYTES } from './format1-decode.js';
import { type EntrySpec, packLeaves, resealPage, writeStore } from './format1-writer.js';

export interface Damage {
  readonly name: string;
  readonly bytes: Buffer;
}

const SUPERBLOCK_PAGE = 0;
/**
 * In the order in which the writer hands out pages: three leaves of table 1, their parent, then the one leaf of table
 * 2.
 */
const FIRST_LEAF = 1;
const SECOND_LEAF = 2;
const LAST_LEAF = 3;
const PARENT = 4;
const OTHER_LEAF = 5;

/** Twelve keys of two versions in three leaves, and a second table of one leaf; applied position 9. */
export function healthyStore(): Buffer {
  const entries = Array.from({ length: 12 }, (_, index): EntrySpec => ({
    key: utf8(`key-${String(index).padStart(2, '0')}`),
    versions: [
      { createdAt: 5n, deletedAt: null, data: utf8(`new-${index}`) },
      { createdAt: 1n, deletedAt: 4n, data: utf8(`old-${index}`) },
    ],
  }));
  return writeStore({
    appliedPosition: 9n,
    tables: [
      { id: 1n, leaves: packLeaves(entries, 4) },
      { id: 2n, leaves: packLeaves(entries.slice(0, 3)) },
    ],
  });
}

/** Where item `index` of a page starts, within the page. */
const itemAt = (page: Buffer, index: number): number => page.readUInt16LE(PAGE_HEADER_BYTES + SLOT_BYTES * index);
const slotAt = (index: number): number => PAGE_HEADER_BYTES + SLOT_BYTES * index;
/** Within an entry of the healthy store, whose keys have 6 bytes. */
const VERSION_COUNT = 8;
const NEWEST = 10;
const OLDER = NEWEST + 20 + 5;

interface Recipe {
  readonly name: string;
  readonly page: number;
  /** Changes the page in place. */
  readonly damage: (page: Buffer, file: Buffer) => void;
  readonly keepCrc?: boolean;
}

const superblock: readonly Recipe[] = [
  { name: 'superblock magic', page: SUPERBLOCK_PAGE, damage: (page) => page.write('XDBSTORE', 0, 'latin1') },
  { name: 'superblock version', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(9, 8) },
  {
    name: 'superblock checksum',
    page: SUPERBLOCK_PAGE,
    damage: (page) => page.writeUInt8(7, 12),
    keepCrc: true,
  },
  { name: '202 tables', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(202, 60) },
  { name: '2^32-1 tables', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(0xffff_ffff, 60) },
  { name: 'a table id twice', page: SUPERBLOCK_PAGE, damage: (page) => page.writeBigUInt64LE(1n, 84) },
  { name: 'two tables with one root', page: SUPERBLOCK_PAGE, damage: (page) => page.copyWithin(92, 72, 84) },
  { name: 'a root in the superblock', page: SUPERBLOCK_PAGE, damage: (page) => page.writeBigUInt64LE(0n, 72) },
  { name: 'a root beyond the file', page: SUPERBLOCK_PAGE, damage: (page) => page.writeBigUInt64LE(1n << 60n, 72) },
  { name: 'no root, height 2', page: SUPERBLOCK_PAGE, damage: (page) => page.writeBigUInt64LE(U64_MAX, 72) },
  { name: 'a root, height 0', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(0, 80) },
  { name: 'height 1 above an internal root', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(1, 80) },
  { name: 'height 3 above two levels', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(3, 80) },
  { name: 'height 2^32-1', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(0xffff_ffff, 80) },
  { name: 'next page id 1', page: SUPERBLOCK_PAGE, damage: (page) => page.writeBigUInt64LE(1n, 52) },
  { name: 'next page id 2^63', page: SUPERBLOCK_PAGE, damage: (page) => page.writeBigUInt64LE(1n << 63n, 52) },
  {
    name: 'applied position below the versions',
    page: SUPERBLOCK_PAGE,
    damage: (page) => page.writeBigUInt64LE(4n, 12),
  },
  { name: 'applied position 2^64-1', page: SUPERBLOCK_PAGE, damage: (page) => page.writeBigUInt64LE(U64_MAX, 12) },
  { name: 'next page id 0', page: SUPERBLOCK_PAGE, damage: (page) => page.writeBigUInt64LE(0n, 52) },
  { name: 'bytes behind the tables', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt8(1, 4000) },
];

const headers: readonly Recipe[] = [
  { name: 'page magic', page: FIRST_LEAF, damage: (page) => page.write('XXPG', 0, 'latin1') },
  { name: 'page version', page: FIRST_LEAF, damage: (page) => page.writeUInt8(2, 4) },
  { name: 'a free page in the tree', page: FIRST_LEAF, damage: (page) => page.writeUInt8(2, 5) },
  { name: 'page type 200', page: FIRST_LEAF, damage: (page) => page.writeUInt8(200, 5) },
  { name: 'a leaf that says internal', page: SECOND_LEAF, damage: (page) => page.writeUInt8(1, 5) },
  { name: 'an internal page that says leaf', page: PARENT, damage: (page) => page.writeUInt8(0, 5) },
  { name: 'reserved bytes', page: FIRST_LEAF, damage: (page) => page.writeUInt8(1, 20) },
  { name: 'no items', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(0, 6) },
  { name: '65,535 items', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(0xffff, 6) },
  { name: '65,535 items in the parent', page: PARENT, damage: (page) => page.writeUInt16LE(0xffff, 6) },
  {
    name: 'an item that is not counted',
    page: FIRST_LEAF,
    damage: (page) => page.writeUInt16LE(page.readUInt16LE(6) - 1, 6),
  },
  { name: 'free offset', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(9999, 8) },
  {
    name: 'page checksum',
    page: FIRST_LEAF,
    damage: (page) => page.writeUInt8(page.readUInt8(4080) ^ 1, 4080),
    keepCrc: true,
  },
  {
    name: 'a bit in free space',
    page: FIRST_LEAF,
    damage: (page) => page.writeUInt8(1, 1000),
    keepCrc: true,
  },
  {
    name: 'a bit in the checksum itself',
    page: PARENT,
    damage: (page) => page.writeUInt8(page.readUInt8(CRC_AT) ^ 1, CRC_AT),
    keepCrc: true,
  },
  {
    name: 'half of a page from another',
    page: SECOND_LEAF,
    damage: (page, file) => pageOf(file, PARENT).copy(page, 0, 0, 2048),
    keepCrc: true,
  },
  {
    name: 'an internal page without separators',
    page: PARENT,
    damage: (page) => {
      page.writeUInt16LE(1, 6);
      page.writeUInt16LE(36, 8);
    },
  },
  { name: 'a page of zeroes', page: SECOND_LEAF, damage: (page) => page.fill(0), keepCrc: true },
];

const items: readonly Recipe[] = [
  { name: 'a slot beyond the page', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(65_000, slotAt(1)) },
  { name: 'a slot into the directory', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(33, slotAt(1)) },
  { name: 'a slot of 65,535 bytes', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(0xffff, slotAt(2) + 2) },
  { name: 'a slot of no bytes', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(0, slotAt(2) + 2) },
  { name: 'item 0 of no bytes', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(0, slotAt(0) + 2) },
  {
    name: 'two slots on one item',
    page: FIRST_LEAF,
    damage: (page) => page.copy(page, slotAt(2), slotAt(1), slotAt(2)),
  },
  { name: 'keys swapped', page: FIRST_LEAF, damage: (page) => page.write('z', itemAt(page, 2) + 2, 'latin1') },
  {
    name: 'a key twice',
    page: FIRST_LEAF,
    damage: (page) => page.copyWithin(itemAt(page, 2) + 2, itemAt(page, 1) + 2, itemAt(page, 1) + 8),
  },
  {
    name: 'a key below its separator',
    page: SECOND_LEAF,
    damage: (page) => page.write('a', itemAt(page, 1) + 2, 'latin1'),
  },
  {
    name: 'a key above the next separator',
    page: FIRST_LEAF,
    damage: (page) => page.write('z', itemAt(page, 4) + 2, 'latin1'),
  },
  { name: 'a key length of 65,535', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(0xffff, itemAt(page, 2)) },
  { name: 'no versions', page: FIRST_LEAF, damage: (page) => page.writeUInt16LE(0, itemAt(page, 2) + VERSION_COUNT) },
  {
    name: '60,000 versions',
    page: FIRST_LEAF,
    damage: (page) => page.writeUInt16LE(60_000, itemAt(page, 2) + VERSION_COUNT),
  },
  {
    name: 'a version too few',
    page: FIRST_LEAF,
    damage: (page) => page.writeUInt16LE(1, itemAt(page, 2) + VERSION_COUNT),
  },
  {
    name: 'a value of 2^32-1 bytes',
    page: FIRST_LEAF,
    damage: (page) => page.writeUInt32LE(0xffff_ffff, itemAt(page, 2) + NEWEST + 16),
  },
  {
    name: 'created after deleted',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(2n, itemAt(page, 2) + NEWEST + 8),
  },
  {
    name: 'versions that overlap',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(7n, itemAt(page, 2) + OLDER + 8),
  },
  {
    name: 'two current versions',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(U64_MAX, itemAt(page, 2) + OLDER + 8),
  },
  {
    name: 'a deletion from beyond the applied position',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(10n, itemAt(page, 2) + NEWEST + 8),
  },
  { name: 'created at 0', page: FIRST_LEAF, damage: (page) => page.writeBigUInt64LE(0n, itemAt(page, 2) + OLDER) },
];

const pointers: readonly Recipe[] = [
  { name: 'a child beyond the file', page: PARENT, damage: (page) => page.writeBigUInt64LE(99n, childAt(page, 1)) },
  { name: 'a child 2^64-1', page: PARENT, damage: (page) => page.writeBigUInt64LE(U64_MAX, childAt(page, 1)) },
  {
    name: 'a child that is the superblock',
    page: PARENT,
    damage: (page) => page.writeBigUInt64LE(0n, childAt(page, 1)),
  },
  {
    name: 'a child that is its parent',
    page: PARENT,
    damage: (page) => page.writeBigUInt64LE(BigInt(PARENT), childAt(page, 1)),
  },
  {
    name: 'a leaf with two parents',
    page: PARENT,
    damage: (page) => page.writeBigUInt64LE(BigInt(FIRST_LEAF), childAt(page, 1)),
  },
  {
    name: "another table's leaf as a child",
    page: PARENT,
    damage: (page) => page.writeBigUInt64LE(BigInt(OTHER_LEAF), childAt(page, 2)),
  },
  { name: 'separators swapped', page: PARENT, damage: (page) => page.write('z', itemAt(page, 1) + 2, 'latin1') },
  {
    name: 'separators equal',
    page: PARENT,
    damage: (page) => page.copyWithin(itemAt(page, 2) + 2, itemAt(page, 1) + 2, itemAt(page, 1) + 8),
  },
  {
    name: 'two leaves exchanged',
    page: FIRST_LEAF,
    damage: (page, file) => {
      const other = pageOf(file, SECOND_LEAF);
      const first = Buffer.from(page);
      other.copy(page);
      first.copy(other);
    },
    keepCrc: true,
  },
  { name: 'a separator without a child', page: PARENT, damage: (page) => page.writeUInt16LE(8, slotAt(1) + 2) },
  {
    name: 'a chain that ends early',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(U64_MAX, itemAt(page, 0)),
  },
  {
    name: 'a chain that skips a leaf',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(BigInt(LAST_LEAF), itemAt(page, 0)),
  },
  {
    name: 'a chain in a circle',
    page: SECOND_LEAF,
    damage: (page) => page.writeBigUInt64LE(BigInt(FIRST_LEAF), itemAt(page, 0)),
  },
  {
    name: 'a chain beyond the file',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(1n << 50n, itemAt(page, 0)),
  },
  {
    name: 'a chain into the parent',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(BigInt(PARENT), itemAt(page, 0)),
  },
  {
    name: 'a chain into another table',
    page: LAST_LEAF,
    damage: (page) => page.writeBigUInt64LE(BigInt(OTHER_LEAF), itemAt(page, 0)),
  },
  {
    name: 'one leaf written over another',
    page: SECOND_LEAF,
    damage: (page, file) => pageOf(file, FIRST_LEAF).copy(page),
  },
];

/** What no way down to a key shows: each page there is well formed, and says something else than it did. */
const subtle: readonly Recipe[] = [
  {
    name: 'a hash before the first batch',
    page: SUPERBLOCK_PAGE,
    damage: (page) => {
      page.fill(0, 12, 20);
      page.writeUInt8(1, 20);
      page.fill(0, 60, CRC_AT);
    },
  },
  {
    name: 'a root within the tree of another table',
    page: SUPERBLOCK_PAGE,
    damage: (page) => page.writeBigUInt64LE(BigInt(LAST_LEAF), 92),
  },
  { name: 'a table that is not counted', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(1, 60) },
  { name: 'no table counted', page: SUPERBLOCK_PAGE, damage: (page) => page.writeUInt32LE(0, 60) },
  { name: 'a table that is gone', page: SUPERBLOCK_PAGE, damage: (page) => page.fill(0, 84, 104).writeUInt32LE(1, 60) },
  {
    name: 'a version from beyond the applied position',
    page: FIRST_LEAF,
    damage: (page) => page.writeBigUInt64LE(10n, itemAt(page, 2) + NEWEST),
  },
  {
    name: 'a separator above keys of its child',
    page: PARENT,
    damage: (page) => page.write('5', itemAt(page, 1) + 7, 'latin1'),
  },
  {
    name: 'a separator below keys of the child before',
    page: PARENT,
    damage: (page) => page.write('3', itemAt(page, 1) + 7, 'latin1'),
  },
];

/** Where the child pointer of separator `index` of the parent stands. */
const childAt = (page: Buffer, index: number): number =>
  itemAt(page, index) + 2 + page.readUInt16LE(itemAt(page, index));

function damaged({ name, page: pageId, damage, keepCrc }: Recipe): Damage {
  const bytes = healthyStore();
  damage(pageOf(bytes, pageId), bytes);
  if (keepCrc !== true) resealPage(bytes, pageId);
  return { name, bytes };
}

const cut = (name: string, length: number): Damage => ({ name, bytes: healthyStore().subarray(0, length) });

/** Damage that changes what the store says, so that reads give other answers than before. */
export const subtleDamages = (): Damage[] => subtle.map(damaged);

/** Every kind of damage to the healthy store that reads come upon, or that does not concern them. */
export const ownDamages = (): Damage[] => [
  ...[superblock, headers, items, pointers].flat().map(damaged),
  cut('no bytes', 0),
  cut('seven bytes', 7),
  cut('half a superblock', 2000),
  cut('a superblock without its checksum', CRC_AT),
  cut('only the superblock', PAGE_BYTES),
  cut('the last page gone', OTHER_LEAF * PAGE_BYTES),
  cut('the last leaf of the first table and all behind it gone', LAST_LEAF * PAGE_BYTES),
  cut('half of the last page gone', OTHER_LEAF * PAGE_BYTES + 2048),
  { name: 'a page too many', bytes: Buffer.concat([healthyStore(), fromHex('00'.repeat(PAGE_BYTES))]) },
  { name: 'a ragged tail', bytes: Buffer.concat([healthyStore(), utf8('ragged')]) },
];
