/** Faults of pages, whatever their items say. */
import { layOutItems } from './encode.js';
import { CRC_AT, PAGE_TYPE } from './layout.js';
import type { Page2 } from './page.js';
import { type Fault2, itemOf, LOST_LEAF, rootOf, swap, type Victim } from './plant.js';
import type { Rule } from './rules.js';

const header: readonly Fault2[] = [
  { name: 'magic', rule: 'page-magic', also: LOST_LEAF, plant: (v) => v.bytesOf(v.leaf(9n)).write('W', 0) },
  { name: 'magic of a value page', rule: 'page-magic', plant: (v) => v.bytesOf(v.valuePages(7n, 0)[1]!).write('W', 0) },
  { name: 'version', rule: 'page-version', also: LOST_LEAF, plant: (v) => v.bytesOf(v.leaf(9n)).writeUInt8(1, 4) },
  {
    name: 'checksum',
    rule: 'page-crc',
    raw: true,
    plant: (v) => itemOf(v.leaf(1n), 'key-0000').write('X', 2 + 8 + 2 + 10),
  },
  {
    name: 'checksum, and the sums have the stored one',
    rule: 'page-crc',
    also: ['page-sum'],
    raw: true,
    plant: (v) => v.bytesOf(v.leaf(1n)).writeUInt32LE(0, CRC_AT),
  },
  {
    name: 'type of a leaf',
    rule: 'page-type',
    also: [...LOST_LEAF],
    plant: (v) => v.bytesOf(v.leaf(9n)).writeUInt8(PAGE_TYPE.catalogueLeaf, 5),
  },
  {
    name: 'type of a value page',
    rule: 'page-type',
    also: ['item-count'],
    plant: (v) => v.bytesOf(v.valuePages(7n, 0)[1]!).writeUInt8(2, 5),
  },
  ...owned('id', 'page-id', (page) => page.writeUInt32LE(99, 12)),
  ...owned('store tag', 'page-store', (page) => page.writeUInt16LE(page.readUInt16LE(10) ^ 1, 10)),
  ...owned('owner', 'page-owner', (page) => page.writeBigUInt64LE(12n, 16)),
  { name: 'stamp of 0', rule: 'page-stamp', plant: (v) => v.bytesOf(rootOf(v)).writeBigUInt64LE(0n, 24) },
  {
    name: 'stamp beyond the applied position',
    rule: 'page-stamp',
    plant: (v) => v.bytesOf(rootOf(v)).writeBigUInt64LE(41n, 24),
  },
  {
    name: 'stamp before the newest event',
    rule: 'page-stamp',
    plant: (v) => v.bytesOf(v.leaf(1n)).writeBigUInt64LE(29n, 24),
  },
  {
    name: 'stamp before a marker',
    rule: 'page-stamp',
    plant: (v) => v.bytesOf(v.runs(7n)).writeBigUInt64LE(33n, 24),
  },
  {
    name: 'two pages that changed places',
    rule: 'page-id',
    also: ['key-bounds', 'next-leaf'],
    plant: (v) => {
      const [left, right] = [v.bytesOf(v.leaf(1n, 1)), v.bytesOf(v.leaf(1n, 2))];
      const kept = Buffer.from(left);
      right.copy(left);
      kept.copy(right);
    },
  },
];

/** The same fault in pages of every kind. */
function owned(name: string, rule: Rule, change: (page: Buffer) => void): Fault2[] {
  const pages: readonly (readonly [string, (victim: Victim) => Page2, boolean?])[] = [
    ['a leaf', (v) => v.leaf(1n, 1)],
    ['an internal page', rootOf],
    ['a leaf of the history', (v) => v.runs(1n, 1)],
    ['a root of the history', (v) => v.table(1n).history.root!.page],
    ['a value page', (v) => v.valuePages(7n, 0)[1]!],
    ['a leaf of the catalogue', (v) => v.decoded.catalogue!.leaves[1]!, true],
    ['the root of the catalogue', (v) => v.decoded.catalogue!.root!.page, true],
  ];
  return pages.map(([of, find, catalogue]) => ({
    name: `${name} of ${of}`,
    rule,
    ...(catalogue === true ? { store: 'catalogue' } : {}),
    plant: (victim) => change(victim.bytesOf(find(victim))),
  }));
}

const layout: readonly Fault2[] = [
  {
    name: 'no items',
    rule: 'item-count',
    also: [...LOST_LEAF, 'free-offset'],
    plant: (v) => v.bytesOf(v.leaf(9n)).writeUInt16LE(0, 6),
  },
  {
    name: 'more slots than fit',
    rule: 'item-count',
    also: [...LOST_LEAF, 'free-offset'],
    plant: (v) => v.bytesOf(v.leaf(9n)).writeUInt16LE(2000, 6),
  },
  {
    name: 'a value page with an item',
    rule: 'item-count',
    plant: (v) => v.bytesOf(v.valuePages(7n, 0)[0]!).writeUInt16LE(1, 6),
  },
  { name: 'free offset', rule: 'free-offset', plant: (v) => v.bytesOf(v.leaf(1n)).writeUInt16LE(32, 8) },
  {
    name: 'free offset of a value page',
    rule: 'free-offset',
    plant: (v) => v.bytesOf(v.valuePages(7n, 0)[0]!).writeUInt16LE(36, 8),
  },
  {
    name: 'a slot that begins in the slots',
    rule: 'slot-range',
    also: LOST_LEAF,
    plant: (v) => v.bytesOf(v.leaf(9n)).writeUInt16LE(30, 36),
  },
  {
    name: 'a slot that ends in the checksum',
    rule: 'slot-range',
    also: LOST_LEAF,
    plant: (v) => v.bytesOf(v.leaf(9n)).writeUInt16LE(9, 34),
  },
  {
    name: 'items in another order than their slots',
    rule: 'item-layout',
    plant: (v) => {
      const page = v.bytesOf(v.leaf(9n));
      const items = v.leaf(9n).items.map((item) => Buffer.from(item));
      layOutItems(page, swap(items, 1, 2));
      const slots = [page.readUInt32LE(36), page.readUInt32LE(40)] as const;
      page.writeUInt32LE(slots[1], 36);
      page.writeUInt32LE(slots[0], 40);
    },
  },
  { name: 'a byte in free space', rule: 'unused-bytes', plant: (v) => v.bytesOf(v.leaf(9n)).writeUInt8(1, 1000) },
  {
    name: 'a byte past a value',
    rule: 'unused-bytes',
    plant: (v) => v.bytesOf(v.valuePages(7n, 0)[1]!).writeUInt8(1, CRC_AT - 1),
  },
  {
    name: 'item 0 of 7 bytes',
    rule: 'link-length',
    also: LOST_LEAF,
    plant: (v) => v.rewrite(v.leaf(9n), ([link, ...rest]) => [link!.subarray(1), ...rest]),
  },
  {
    name: 'an entry with a byte after it',
    rule: 'item-length',
    also: LOST_LEAF,
    plant: (v) =>
      v.rewrite(v.leaf(9n), (items) => [...items.slice(0, -1), Buffer.concat([items.at(-1)!, Buffer.alloc(1)])]),
  },
  {
    name: 'an entry that is cut off',
    rule: 'item-length',
    also: LOST_LEAF,
    plant: (v) => v.rewrite(v.leaf(9n), (items) => [...items.slice(0, -1), items.at(-1)!.subarray(0, -1)]),
  },
];

export const PAGE_FAULTS: readonly Fault2[] = [...header, ...layout];
