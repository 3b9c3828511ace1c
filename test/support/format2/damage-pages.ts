/** Faults of pages and of trees of pages, whatever their items say. */
import { U64_MAX } from '../bytes.js';
import { blankPage, layOutItems, u64 } from './encode.js';
import { CRC_AT, PAGE_TYPE } from './layout.js';
import type { Page2 } from './page.js';
import { type Fault2, itemOf, type Victim } from './plant.js';
import type { Rule } from './rules.js';

/** What is also found where the leaf of table 9 cannot be read. */
const LOST_LEAF: readonly Rule[] = ['count-events', 'count-keys', 'count-rows'];

const swap = (items: Buffer[], left: number, right: number): Buffer[] => {
  [items[left], items[right]] = [items[right]!, items[left]!];
  return items;
};

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

function rootOf(victim: Victim): Page2 {
  return victim.table(1n).current.root!.page;
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
    name: 'a byte behind a value',
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
    name: 'an entry with a byte behind it',
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

const trees: readonly Fault2[] = [
  {
    name: 'two entries that changed places',
    rule: 'key-order',
    plant: (v) => v.rewrite(v.leaf(9n), (i) => swap(i, 1, 2)),
  },
  {
    name: 'two records of the catalogue that changed places',
    rule: 'key-order',
    store: 'catalogue',
    plant: (v) => v.rewrite(v.decoded.catalogue!.leaves[0]!, (items) => swap(items, 1, 2)),
  },
  {
    name: 'runs in the order of all their bytes',
    rule: 'key-order',
    plant: (v) =>
      v.rewrite(v.runs(7n), ([link, ...runs]) => [
        link!,
        ...runs.toSorted((a, b) => a.subarray(2).compare(b.subarray(2))),
      ]),
  },
  {
    name: 'a separator above what is right of it',
    rule: 'key-bounds',
    plant: (v) => v.rewrite(lowestInternal(v), ([link, item]) => [link!, bump(item!)]),
  },
  {
    name: 'a separator above what is right of it, in the history',
    rule: 'key-bounds',
    plant: (v) => v.rewrite(lowestInternal(v, 'history'), ([link, item]) => [link!, bump(item!)]),
  },
  {
    name: 'a separator below what is left of it',
    rule: 'key-bounds',
    plant: (v) => v.rewrite(lowestInternal(v), ([link, item]) => [link!, separator('a', item!)]),
  },
  {
    name: 'the separator of the page above once more',
    rule: 'key-bounds',
    plant: (v) => {
      const upper = rootOf(v).items[1]!;
      const [, right] = v.table(1n).current.root!.children;
      v.rewrite(right!.page, ([link, item]) => [link!, Buffer.concat([upper.subarray(0, -8), item!.subarray(-8)])]);
    },
  },
  { name: 'a next leaf that is not', rule: 'next-leaf', plant: (v) => v.leaf(1n).items[0]!.writeBigUInt64LE(U64_MAX) },
  {
    name: 'a next leaf behind the last one',
    rule: 'next-leaf',
    plant: (v) => v.leaf(9n).items[0]!.writeBigUInt64LE(BigInt(v.leaf(1n).id)),
  },
  {
    name: 'a next leaf of the history',
    rule: 'next-leaf',
    plant: (v) => v.runs(1n).items[0]!.writeBigUInt64LE(BigInt(v.runs(1n, 2).id)),
  },
  {
    name: 'a child twice',
    rule: 'page-shared',
    also: ['count-events', 'count-keys', 'count-pages', 'count-rows', 'history-key', 'leaked-page', 'next-leaf'],
    plant: (v) =>
      v.rewrite(lowestInternal(v), ([link, item]) => [link!, Buffer.concat([item!.subarray(0, -8), link!])]),
  },
  {
    name: 'a child that is an ancestor',
    rule: 'page-shared',
    also: ['count-events', 'count-keys', 'count-pages', 'count-rows', 'history-key', 'leaked-page'],
    plant: (v) => lowestInternal(v).items[0]!.writeBigUInt64LE(BigInt(rootOf(v).id)),
  },
  {
    name: 'a child behind the end',
    rule: 'child-range',
    also: ['count-events', 'count-keys', 'count-pages', 'count-rows', 'history-key', 'leaked-page'],
    plant: (v) => lowestInternal(v).items[0]!.writeBigUInt64LE(1n << 40n),
  },
  {
    name: 'a height of one level more',
    rule: 'page-type',
    also: LOST_LEAF,
    plant: (v) => v.record(9n).writeUInt8(2, 8),
  },
  { name: 'an internal page with one child', rule: 'single-child', plant: addLevel },
];

/** The leftmost internal page above leaves. */
function lowestInternal(victim: Victim, kind: 'current' | 'history' = 'current'): Page2 {
  let node = victim.table(1n)[kind].root!;
  for (let child = node.children[0]; child !== undefined && child.children.length > 0; [child] = child.children)
    node = child;
  return node.page;
}

/** One more in the last byte of a separator's key that is not zero. */
function bump(item: Buffer): Buffer {
  const key = item.subarray(2, -8);
  const at = key.findLastIndex((byte) => byte !== 0);
  key[at]! += 1;
  return item;
}

const separator = (key: string, item: Buffer): Buffer =>
  Buffer.concat([Buffer.from([key.length, 0]), Buffer.from(key), item.subarray(-8)]);

function addLevel(victim: Victim): void {
  const root = victim.leaf(9n);
  const id = victim.decoded.pages.size + 2;
  const { storeId } = victim.decoded.superblock!;
  const page = blankPage({ id, type: PAGE_TYPE.internal, storeId, owner: 9n, stamp: 9n });
  layOutItems(page, [u64(BigInt(root.id))]);
  victim.append(page);
  const record = victim.record(9n);
  record.writeUInt32LE(id, 0);
  record.writeUInt8(2, 8);
  record.writeUInt32LE(2, 16);
}

export const PAGE_FAULTS: readonly Fault2[] = [...header, ...layout, ...trees];
