/** How tests plant a fault in a sound store of format 2: helpers to find a place and to change it. */
import { type Decoded2, decodeFormat2 } from '../format2-decode.js';
import { resealFormat2 } from '../format2-writer.js';
import { layOutItems, seal } from './encode.js';
import { PAGE_BYTES, pageOf, RECORD_HEADER_BYTES, RECORDS_AT, RUNS_FLAG, TABLE_RECORD_BYTES } from './layout.js';
import type { Page2 } from './page.js';
import type { Rule } from './rules.js';
import type { Table2 } from './tables.js';

/** A store about to be damaged. What is decoded of it refers to the bytes of its file. */
export class Victim {
  readonly decoded: Decoded2;

  constructor(public file: Buffer) {
    this.decoded = decodeFormat2(file);
  }

  get superblock(): Buffer {
    return pageOf(this.file, 0);
  }

  page(id: number): Buffer {
    return pageOf(this.file, id);
  }

  bytesOf({ id }: Page2): Buffer {
    return this.page(id);
  }

  table(id: bigint): Table2 {
    return this.decoded.tables.find(({ record }) => record.id === id)!;
  }

  leaf(table: bigint, index = 0): Page2 {
    return this.table(table).current.leaves[index]!;
  }

  runs(table: bigint, index = 0): Page2 {
    return this.table(table).history.leaves[index]!;
  }

  /** Of an external value: its pages in order. */
  valuePages(table: bigint, index: number): readonly Page2[] {
    return [...this.table(table).values.values()][index]!.pages;
  }

  /** Lays the items of a page out again after a change of their list. */
  rewrite({ id, items }: Page2, change: (items: Buffer[]) => readonly Buffer[]): void {
    const changed = change(items.map((item) => Buffer.from(item)));
    layOutItems(this.page(id), changed);
  }

  /** The body of a table's record in the superblock. */
  record(table: bigint): Buffer {
    const index = this.decoded.tables.findIndex(({ record }) => record.id === table);
    const at = RECORDS_AT + index * (RECORD_HEADER_BYTES + TABLE_RECORD_BYTES) + RECORD_HEADER_BYTES;
    return this.superblock.subarray(at, at + TABLE_RECORD_BYTES);
  }

  /** Behind the records of tables: the one record of free pages, with its header. */
  get freeMap(): Buffer {
    const { tables } = this.decoded;
    return this.superblock.subarray(RECORDS_AT + tables.length * (RECORD_HEADER_BYTES + TABLE_RECORD_BYTES));
  }

  /** Adds a page past the end. */
  append(page: Buffer): void {
    this.file = Buffer.concat([this.file, page]);
    this.superblock.writeBigUInt64LE(BigInt(this.file.length / PAGE_BYTES), 52);
  }
}

/** Makes all checksums, the sums and the copy right again: of a store that is consistent but for the fault. */
export function reseal(file: Buffer): void {
  // Only a whole superblock tells which pages are free now.
  seal(pageOf(file, 0));
  pageOf(file, 0).copy(pageOf(file, 1));
  resealFormat2(file, decodeFormat2(file).freePages);
}

export interface Fault2 {
  readonly name: string;
  /** What it must be found as. */
  readonly rule: Rule;
  /** What else is then found, because it is a consequence. */
  readonly also?: readonly Rule[];
  /** Planted in this one (default: the one with everything but a catalogue). */
  readonly store?: 'catalogue' | 'empty';
  /** Changes the victim in place. */
  readonly plant: (victim: Victim) => void;
  /** The checksums, sums and the copy stay as they are: one of them is the fault. */
  readonly raw?: boolean;
}

/** Where the nth event of an item begins, a marker included. */
export function eventAt(item: Buffer, index: number): number {
  let at = 2 + item.readUInt16LE(0) + 2;
  for (let left = index; left > 0; left -= 1) {
    const size = item.readUInt16LE(at + 8);
    at += 10 + (size === 0xfffe ? 12 : size >= 0xfffd ? 0 : size);
  }
  return at;
}

export const countAt = (item: Buffer): number => 2 + item.readUInt16LE(0);

/** The item of a leaf with a key, or its first one. */
export function itemOf(page: Page2, key: string): Buffer {
  const { content } = page;
  if (content?.kind !== 'leaf' && content?.kind !== 'history-leaf') throw new Error(`page ${page.id} is not a leaf`);
  const index = content.items.findIndex((item) => item.key.toString() === key);
  return page.items[index + 1]!;
}

/** Changes a number of 32 bits. */
export const adjust = (bytes: Buffer, at: number, by: number): void =>
  void bytes.writeUInt32LE(bytes.readUInt32LE(at) + by, at);

/** Changes the places of two items. */
export const swap = (items: Buffer[], left: number, right: number): Buffer[] => {
  [items[left], items[right]] = [items[right]!, items[left]!];
  return items;
};

/** What is also found where the leaf of table 9 cannot be read. */
export const LOST_LEAF: readonly Rule[] = ['count-events', 'count-keys', 'count-rows'];

/** The root of the tall table's current tree. */
export const rootOf = (victim: Victim): Page2 => victim.table(1n).current.root!.page;

/** Bit 15 of an event count. */
export const flipFlag = (item: Buffer): void =>
  void item.writeUInt16LE(item.readUInt16LE(countAt(item)) ^ RUNS_FLAG, countAt(item));
