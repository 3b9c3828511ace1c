/** Faults of trees: order, bounds, links, heights. */
import { U64_MAX } from '../bytes.js';
import { blankPage, layOutItems, u64 } from './encode.js';
import { PAGE_TYPE } from './layout.js';
import type { Page2 } from './page.js';
import { type Fault2, LOST_LEAF, rootOf, swap, type Victim } from './plant.js';

const order: readonly Fault2[] = [
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
];

const links: readonly Fault2[] = [
  { name: 'a next leaf that is not', rule: 'next-leaf', plant: (v) => v.leaf(1n).items[0]!.writeBigUInt64LE(U64_MAX) },
  {
    name: 'a next leaf past the last one',
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
    name: 'a child past the end',
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

export const TREE_FAULTS: readonly Fault2[] = [...order, ...links];
