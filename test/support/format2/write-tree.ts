/** Lays a tree of any kind out: leaves left to right, then level after level up to the root. */
import { U64_MAX } from '../bytes.js';
import { layOutItems, separatorItem, u64 } from './encode.js';
import { PAGE_ROOM, SLOT_BYTES } from './layout.js';
import { TREE_TYPES, type TreeKind } from './tree.js';
import type { PageWriter } from './write-pages.js';

export interface LeafItem2 {
  /** As it is compared: in a history tree with the position after it. */
  readonly itemKey: Buffer;
  /** Null: it is packed and then left out, so that a leaf can be empty. */
  readonly bytes: Buffer | null;
  /** The largest on it. */
  readonly position: bigint;
}

export interface TreePlan {
  readonly kind: TreeKind;
  readonly owner: bigint;
  readonly items: readonly LeafItem2[];
  readonly itemsPerLeaf: number;
  /** Children of an internal page at most. */
  readonly fanout: number;
  /** The shortest key that divides two neighbours. */
  readonly separate: (left: Buffer, right: Buffer) => Buffer;
  /** Of a page: the largest position on it if undefined. */
  readonly stamp: bigint | undefined;
  /** Of an empty page. */
  readonly emptyStamp: bigint;
}

export interface WrittenTree {
  /** 0: none. */
  readonly root: number;
  readonly height: number;
  readonly pages: number;
}

interface Node {
  readonly id: number;
  readonly separator: Buffer;
  readonly stamp: bigint;
}

export function writeTree(pages: PageWriter, plan: TreePlan): WrittenTree {
  if (plan.items.length === 0) return { root: 0, height: 0, pages: 0 };
  let level = writeLeaves(pages, plan);
  let count = level.length;
  let height = 1;
  for (; level.length > 1; height += 1) {
    level = groupChildren(level, plan.fanout).map((children) => writeInternal(pages, plan, children));
    count += level.length;
  }
  return { root: level[0]!.id, height, pages: count };
}

function writeLeaves(pages: PageWriter, plan: TreePlan): Node[] {
  const leaves = packItems(plan.items, plan.itemsPerLeaf);
  const ids = leaves.map(() => pages.allocate());
  return leaves.map((items, index) => {
    const [id, next] = [ids[index]!, ids[index + 1]];
    const left = leaves[index - 1]?.at(-1)?.itemKey;
    const stamp = stampOf(
      plan,
      items.flatMap(({ bytes, position }) => (bytes === null ? [] : [position])),
    );
    pages.write({ id, type: TREE_TYPES[plan.kind].leaf, owner: plan.owner, stamp }, (page) => {
      const link = u64(next === undefined ? U64_MAX : BigInt(next));
      layOutItems(page, [link, ...items.flatMap(({ bytes }) => bytes ?? [])]);
    });
    return { id, stamp, separator: left === undefined ? Buffer.alloc(0) : plan.separate(left, items[0]!.itemKey) };
  });
}

function packItems(items: readonly LeafItem2[], itemsMax: number): LeafItem2[][] {
  const leaves: LeafItem2[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = (item.bytes?.length ?? 0) + SLOT_BYTES;
    const last = leaves.at(-1);
    if (last === undefined || last.length >= itemsMax || bytes > room) {
      leaves.push([item]);
      room = PAGE_ROOM - bytes;
    } else {
      last.push(item);
      room -= bytes;
    }
  }
  return leaves;
}

function writeInternal(pages: PageWriter, plan: TreePlan, children: readonly Node[]): Node {
  const [leftmost, ...rest] = children as [Node, ...Node[]];
  const id = pages.allocate();
  const stamp = stampOf(
    plan,
    children.map((child) => child.stamp),
  );
  pages.write({ id, type: TREE_TYPES[plan.kind].internal, owner: plan.owner, stamp }, (page) => {
    const separators = rest.map((child) => separatorItem(child.separator, child.id));
    layOutItems(page, [u64(BigInt(leftmost.id)), ...separators]);
  });
  return { id, separator: leftmost.separator, stamp };
}

/** As many children to a parent as `fanout` and the page allow; none is left alone. */
function groupChildren(nodes: readonly Node[], fanout: number): Node[][] {
  const groups: Node[][] = [];
  let room = 0;
  for (const node of nodes) {
    const bytes = node.separator.length + 10 + SLOT_BYTES;
    const group = groups.at(-1);
    if (group === undefined || group.length >= fanout || bytes > room) {
      groups.push([node]);
      room = PAGE_ROOM;
    } else {
      group.push(node);
      room -= bytes;
    }
  }
  const [last, beforeLast] = [groups.at(-1), groups.at(-2)];
  if (last?.length !== 1 || beforeLast === undefined) return groups;
  if (beforeLast.length > 2) last.unshift(beforeLast.pop()!);
  else beforeLast.push(...groups.pop()!);
  return groups;
}

function stampOf({ stamp, emptyStamp }: TreePlan, positions: readonly bigint[]): bigint {
  if (stamp !== undefined) return stamp;
  return positions.reduce((largest, position) => (position > largest ? position : largest), 0n) || emptyStamp;
}
