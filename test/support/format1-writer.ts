/**
 * A tiny independent writer of format 1, for stores that the engine would never write itself: it takes every legal
 * layout that the description allows (and a few illegal facts, such as versions beyond the applied position).
 */
import { crc32 } from 'node:zlib';
import { U64_MAX } from './bytes.js';
import { CRC_AT, PAGE_BYTES, PAGE_HEADER_BYTES, pageOf, SLOT_BYTES, TABLE_BYTES, TABLES_AT } from './format1-decode.js';

export interface VersionSpec {
  readonly createdAt: bigint;
  /** Null: current. */
  readonly deletedAt: bigint | null;
  readonly data: Uint8Array;
}

export interface EntrySpec {
  readonly key: Uint8Array;
  /** Newest first. */
  readonly versions: readonly VersionSpec[];
}

export interface LeafSpec {
  readonly entries: readonly EntrySpec[];
  /** Needed where the leaf is empty and not the first; else its first key. */
  readonly separator?: Uint8Array;
}

export interface TableSpec {
  readonly id: bigint;
  /** None: a registered table without a root. */
  readonly leaves: readonly LeafSpec[];
}

export interface StoreSpec {
  readonly appliedPosition: bigint;
  readonly appliedHash?: Uint8Array;
  /** Written in this order. */
  readonly tables: readonly TableSpec[];
  /** Children of an internal page at most (default 9, as the crate). */
  readonly fanout?: number;
  /**
   * So many internal pages without a separator above each root (default 0): nobody writes such, and a reader must cope.
   */
  readonly singleChildLevels?: number;
  /** Fills the bytes of a tree page that nothing points at (default 0). */
  readonly staleByte?: number;
  /** Page ids from the root down instead of from the leaves up. */
  readonly rootFirst?: boolean;
  /** Items of a page in reverse byte order, with a gap between them. */
  readonly scatteredItems?: boolean;
}

interface Node {
  readonly separator: Uint8Array;
  readonly leaf?: LeafSpec;
  readonly children?: readonly Node[];
  pageId: number;
}

/** What an entry takes of a page, without its slot. */
export const entryBytes = (entry: EntrySpec): number =>
  entry.versions.reduce((sum, version) => sum + 20 + version.data.length, 4 + entry.key.length);

/** What a page has for items and their slots beside item 0: 4,096 − 32 − 4 − the 12 bytes of item 0 and its slot. */
export const PAGE_ROOM = 4048;

/** Packs sorted entries into leaves of at most `entriesMax` entries and at most what fits. */
export function packLeaves(entries: readonly EntrySpec[], entriesMax = Number.POSITIVE_INFINITY): LeafSpec[] {
  const leaves: EntrySpec[][] = [];
  let room = 0;
  for (const entry of entries) {
    const bytes = entryBytes(entry) + SLOT_BYTES;
    const last = leaves.at(-1);
    if (last === undefined || last.length >= entriesMax || bytes > room) {
      leaves.push([entry]);
      room = PAGE_ROOM - bytes;
    } else {
      last.push(entry);
      room -= bytes;
    }
  }
  return leaves.map((leafEntries) => ({ entries: leafEntries }));
}

export function writeStore(spec: StoreSpec): Buffer {
  const pages: Buffer[] = [Buffer.alloc(PAGE_BYTES)];
  const records: { id: bigint; root: bigint; height: number }[] = [];
  let pageCount = 1;
  for (const table of spec.tables) {
    const levels = buildLevels(table.leaves, spec.fanout ?? 9);
    for (let count = spec.singleChildLevels ?? 0; count > 0; count -= 1) levels.push(parentsOf(levels.at(-1) ?? [], 1));
    for (const level of spec.rootFirst === true ? [...levels].reverse() : levels) {
      for (const node of level) node.pageId = pageCount++;
    }
    for (const level of levels) {
      for (const [index, node] of level.entries()) pages[node.pageId] = encodeNode(node, level[index + 1], spec);
    }
    const root = levels.at(-1)?.[0];
    records.push({
      id: table.id,
      root: root === undefined ? U64_MAX : BigInt(root.pageId),
      height: levels.length,
    });
  }
  writeSuperblock(pages[0] as Buffer, spec, records, pageCount);
  return Buffer.concat(pages);
}

function buildLevels(leaves: readonly LeafSpec[], fanout: number): Node[][] {
  if (leaves.length === 0) return [];
  const bottom = leaves.map((leaf): Node => ({
    separator: leaf.separator ?? leaf.entries[0]?.key ?? Buffer.alloc(0),
    leaf,
    pageId: 0,
  }));
  const levels: Node[][] = [bottom];
  for (let below = bottom; below.length > 1; below = levels.at(-1) as Node[]) {
    levels.push(parentsOf(below, fanout));
  }
  return levels;
}

const parentsOf = (below: readonly Node[], fanout: number): Node[] =>
  groupChildren(below, fanout).map((children) => ({ separator: (children[0] as Node).separator, children, pageId: 0 }));

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
  if (last?.length === 1 && beforeLast !== undefined) {
    if (beforeLast.length > 2) last.unshift(beforeLast.pop() as Node);
    else beforeLast.push(...(groups.pop() as Node[]));
  }
  return groups;
}

function encodeNode(node: Node, right: Node | undefined, spec: StoreSpec): Buffer {
  if (node.leaf !== undefined) {
    const next = right === undefined ? U64_MAX : BigInt(right.pageId);
    return encodePage(0, [u64(next), ...node.leaf.entries.map(encodeEntry)], spec);
  }
  const [leftmost, ...rest] = node.children as readonly [Node, ...Node[]];
  const items = rest.map((child) =>
    Buffer.concat([u16(child.separator.length), child.separator, u64(BigInt(child.pageId))]),
  );
  return encodePage(1, [u64(BigInt(leftmost.pageId)), ...items], spec);
}

function encodeEntry(entry: EntrySpec): Buffer {
  const versions = entry.versions.flatMap(({ createdAt, deletedAt, data }) => [
    u64(createdAt),
    u64(deletedAt ?? U64_MAX),
    u32(data.length),
    data,
  ]);
  return Buffer.concat([u16(entry.key.length), entry.key, u16(entry.versions.length), ...versions]);
}

function encodePage(type: number, items: readonly Buffer[], spec: StoreSpec): Buffer {
  const page = Buffer.alloc(PAGE_BYTES, spec.staleByte ?? 0);
  page.fill(0, 0, PAGE_HEADER_BYTES);
  page.write('VDPG', 0, 'latin1');
  page[4] = 1;
  page[5] = type;
  page.writeUInt16LE(items.length, 6);
  const slotsEnd = PAGE_HEADER_BYTES + SLOT_BYTES * items.length;
  page.writeUInt16LE(slotsEnd, 8);
  const free = CRC_AT - slotsEnd - items.reduce((sum, item) => sum + item.length, 0);
  if (free < 0) throw new Error(`items need ${-free} bytes more than a page has`);
  const gap = spec.scatteredItems === true ? Math.floor(free / items.length) : 0;
  const byteOrder = [...items.keys()];
  if (spec.scatteredItems === true) byteOrder.reverse();
  let end = CRC_AT;
  for (const index of byteOrder) {
    const item = items[index] as Buffer;
    const start = end - item.length;
    item.copy(page, start);
    page.writeUInt16LE(start, PAGE_HEADER_BYTES + SLOT_BYTES * index);
    page.writeUInt16LE(item.length, PAGE_HEADER_BYTES + SLOT_BYTES * index + 2);
    end = start - gap;
  }
  return seal(page);
}

function writeSuperblock(
  page: Buffer,
  spec: StoreSpec,
  records: readonly { id: bigint; root: bigint; height: number }[],
  pageCount: number,
): void {
  page.write('VDBSTORE', 0, 'latin1');
  page.writeUInt32LE(1, 8);
  page.writeBigUInt64LE(spec.appliedPosition, 12);
  page.set(spec.appliedHash ?? [], 20);
  page.writeBigUInt64LE(BigInt(pageCount), 52);
  page.writeUInt32LE(records.length, 60);
  for (const [index, record] of records.entries()) {
    const at = TABLES_AT + TABLE_BYTES * index;
    page.writeBigUInt64LE(record.id, at);
    page.writeBigUInt64LE(record.root, at + 8);
    page.writeUInt32LE(record.height, at + 16);
  }
  seal(page);
}

function seal(page: Buffer): Buffer {
  page.writeUInt32LE(crc32(page.subarray(0, CRC_AT)), CRC_AT);
  return page;
}

/** Makes the checksum of a page right again after a test has changed its bytes. */
export const resealPage = (file: Buffer, pageId: number): void => void seal(pageOf(file, pageId));

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
