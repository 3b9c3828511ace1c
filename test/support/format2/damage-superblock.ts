/** Faults of the superblock, of records and of the free map. */
import { U64_MAX } from '../bytes.js';
import { seal } from './encode.js';
import { PAGE_BYTES, pageOf } from './layout.js';
import type { Fault2, Victim } from './plant.js';

/** With page 0 and its copy alike. */
const both =
  (change: (superblock: Buffer) => void, sealed = true) =>
  ({ file }: Victim): void => {
    change(pageOf(file, 0));
    if (sealed) seal(pageOf(file, 0));
    pageOf(file, 0).copy(pageOf(file, 1));
  };

const superblock: readonly Fault2[] = [
  { name: 'magic', rule: 'superblock-magic', raw: true, plant: both((page) => page.write('X', 0)) },
  { name: 'version', rule: 'superblock-version', raw: true, plant: both((page) => page.writeUInt32LE(1, 8)) },
  { name: 'checksum', rule: 'superblock-crc', raw: true, plant: both((page) => page.writeUInt8(9, 64), false) },
  {
    name: 'page 0 lost, page 1 whole',
    rule: 'superblock-magic',
    also: ['superblock-copy'],
    raw: true,
    plant: ({ superblock }) => superblock.fill(0),
  },
  {
    name: 'page 0 torn, page 1 whole',
    rule: 'superblock-crc',
    also: ['superblock-copy'],
    raw: true,
    plant: ({ superblock }) => superblock.fill(0xff, 20, 52),
  },
  { name: 'page 1 lost', rule: 'superblock-copy', raw: true, plant: ({ file }) => pageOf(file, 1).fill(0) },
  {
    name: 'page 1 of the next commit',
    rule: 'superblock-copy',
    raw: true,
    plant: ({ file }) => {
      pageOf(file, 1).writeBigUInt64LE(13n, 64);
      seal(pageOf(file, 1));
    },
  },
  {
    name: 'the last position, which there is not',
    rule: 'applied-position',
    plant: ({ superblock }) => superblock.writeBigUInt64LE(U64_MAX, 12),
  },
  {
    name: 'a hash although nothing is applied',
    rule: 'applied-hash',
    store: 'empty',
    plant: ({ superblock }) => superblock.writeUInt8(1, 51),
  },
  {
    name: 'a next page id of 1',
    rule: 'next-page-id',
    also: ['file-length'],
    store: 'empty',
    plant: ({ superblock }) => superblock.writeUInt8(1, 52),
  },
  {
    name: 'no store id although something is applied',
    rule: 'store-id',
    store: 'empty',
    plant: ({ superblock }) => superblock.writeUInt8(1, 12),
  },
  {
    name: 'more pages in the file than the next page id',
    rule: 'file-length',
    plant: (victim) => (victim.file = Buffer.concat([victim.file, Buffer.alloc(PAGE_BYTES)])),
  },
  {
    name: 'a part of a page behind the end',
    rule: 'file-length',
    plant: (victim) => (victim.file = Buffer.concat([victim.file, Buffer.alloc(100)])),
  },
  { name: 'page size', rule: 'page-size', plant: ({ superblock }) => superblock.writeUInt8(13, 84) },
  {
    name: 'another id than the pages have',
    rule: 'page-store',
    also: ['store-id'],
    plant: ({ superblock }) => superblock.fill(0, 88, 96),
  },
  {
    name: 'unknown compatible feature',
    rule: 'feature-unknown',
    plant: ({ superblock }) => superblock.fill(1, 72, 73),
  },
  { name: 'unknown read-only feature', rule: 'feature-unknown', plant: ({ superblock }) => superblock.fill(2, 76, 77) },
  {
    name: 'unknown incompatible feature',
    rule: 'feature-unknown',
    plant: ({ superblock }) => superblock.fill(1, 80, 81),
  },
  { name: 'byte behind the records', rule: 'unused-bytes', plant: ({ superblock }) => superblock.fill(1, 4091, 4092) },
  ...[85, 87, 113, 115, 120, 127, 128, 255].map((at): Fault2 => ({
    name: `byte ${at} of the superblock`,
    rule: 'reserved-bytes',
    plant: ({ superblock }) => superblock.writeUInt8(1, at),
  })),
];

const sums: readonly Fault2[] = [
  {
    name: 'S0',
    rule: 'page-sum',
    raw: true,
    plant: both((page) => page.writeUInt32LE(page.readUInt32LE(96) ^ 1, 96)),
  },
  {
    name: 'S1',
    rule: 'page-sum',
    raw: true,
    plant: both((page) => page.writeUInt32LE(page.readUInt32LE(100) ^ 1, 100)),
  },
  {
    name: 'a page as it was before its last write',
    rule: 'page-sum',
    raw: true,
    plant: (victim) => {
      const page = victim.bytesOf(victim.leaf(9n));
      page.writeUInt8('w'.charCodeAt(0), page.lastIndexOf('v'));
      seal(page);
    },
  },
];

const adjust = (superblock: Buffer, at: number, by: number): void =>
  void superblock.writeUInt32LE(superblock.readUInt32LE(at) + by, at);

/** Frees a page or takes it back; the record has room for pages 0 to 23. */
const flip =
  (page: number, by: number) =>
  (victim: Victim): void => {
    const bits = victim.freeMap;
    bits[12 + (page >> 3)]! ^= 1 << (page & 7);
    adjust(victim.superblock, 104, by);
  };

const freeMap: readonly Fault2[] = [
  { name: 'a page that a tree uses is free', rule: 'free-reached', plant: flip(6, 1) },
  { name: 'page 1 is free', rule: 'free-range', plant: flip(1, 1) },
  {
    name: 'a page behind the end is free',
    rule: 'free-range',
    plant: (victim) => {
      victim.freeMap.writeUInt16LE(1024, 2);
      victim.freeMap.writeUInt8(1, 12 + 1023);
      adjust(victim.superblock, 104, 1);
    },
  },
  { name: 'a free page is in the map no longer', rule: 'leaked-page', plant: flip(4, -1) },
  { name: 'count of free pages', rule: 'free-count', plant: ({ superblock }) => adjust(superblock, 104, 1) },
  {
    name: 'a bitmap with a zero byte behind it',
    rule: 'record-length',
    plant: ({ freeMap }) => freeMap.writeUInt16LE(freeMap.readUInt16LE(2) + 1, 2),
  },
  {
    name: 'a bitmap of more than its group',
    rule: 'record-length',
    also: ['free-count', 'leaked-page'],
    plant: ({ freeMap }) => {
      freeMap.writeUInt16LE(1025, 2);
      freeMap.writeUInt8(1, 12 + 1024);
    },
  },
];

const field =
  (at: number, by = 1n) =>
  (victim: Victim): void => {
    const record = victim.record(1n);
    record.writeBigUInt64LE(record.readBigUInt64LE(at) + by, at);
  };

const fieldOf32 =
  (at: number) =>
  (victim: Victim): void =>
    adjust(victim.record(7n), at, 1);

const records: readonly Fault2[] = [
  { name: 'rows', rule: 'count-rows', plant: field(40) },
  { name: 'keys', rule: 'count-keys', plant: field(48) },
  { name: 'events', rule: 'count-events', plant: field(56) },
  { name: 'bytes of external values', rule: 'count-values', plant: field(64) },
  { name: 'value pages', rule: 'count-values', plant: fieldOf32(12) },
  { name: 'tree pages', rule: 'count-pages', plant: fieldOf32(16) },
  { name: 'table count', rule: 'table-count', plant: ({ superblock }) => adjust(superblock, 60, 1) },
  { name: 'last changed before its newest event', rule: 'last-changed', plant: field(32, -1n) },
  { name: 'last changed beyond the applied position', rule: 'last-changed', plant: field(32, 11n) },
  { name: 'oldest beyond what is kept', rule: 'oldest', plant: field(24, 10n) },
  { name: 'oldest beyond the applied position', rule: 'oldest', plant: (v) => v.record(11n).writeUInt8(41, 24) },
  { name: 'bytes 10 and 11 of a table', rule: 'reserved-bytes', plant: (v) => v.record(7n).writeUInt8(1, 11) },
  { name: 'bytes 20 to 23 of a table', rule: 'reserved-bytes', plant: (v) => v.record(7n).writeUInt8(1, 23) },
  { name: 'second byte of a record', rule: 'reserved-bytes', plant: ({ freeMap }) => freeMap.writeUInt8(1, 1) },
  {
    name: 'records of two tables changed places',
    rule: 'record-order',
    plant: (victim) => {
      const two = victim.superblock.subarray(256, 256 + 2 * 84);
      Buffer.concat([two.subarray(84), two.subarray(0, 84)]).copy(two);
    },
  },
  {
    name: 'a table twice',
    rule: 'record-order',
    plant: (victim) => victim.superblock.writeBigUInt64LE(9n, 256 + 3 * 84 + 4),
  },
  {
    name: 'a record longer than the page',
    rule: 'record-length',
    also: ['free-count', 'leaked-page'],
    plant: ({ freeMap }) => freeMap.writeUInt16LE(0xffff, 2),
  },
  {
    name: 'a table of 71 bytes',
    rule: 'record-length',
    also: ['free-count', 'leaked-page', 'record-kind', 'record-order', 'reserved-bytes', 'table-count'],
    plant: (victim) => victim.superblock.writeUInt16LE(71, 256 + 3 * 84 + 2),
  },
  {
    name: 'a record of an unknown kind',
    rule: 'record-kind',
    plant: ({ superblock, freeMap }) => {
      freeMap.writeUInt8(3, 12 + freeMap.readUInt16LE(2));
      adjust(superblock, 116, 1);
    },
  },
];

const roots: readonly Fault2[] = [
  {
    name: 'a root without a height',
    rule: 'tree-height',
    also: ['count-events', 'count-keys', 'count-pages', 'count-rows', 'leaked-page'],
    plant: (victim) => victim.record(9n).writeUInt8(0, 8),
  },
  {
    name: 'a height without a root',
    rule: 'tree-height',
    plant: (victim) => victim.record(11n).writeUInt8(1, 9),
  },
  {
    name: 'a tree of 25 levels',
    rule: 'tree-height',
    also: ['count-events', 'count-keys', 'count-pages', 'count-rows', 'leaked-page'],
    plant: (victim) => victim.record(9n).writeUInt8(25, 8),
  },
  {
    name: 'a root behind the end',
    rule: 'root-range',
    also: ['count-events', 'count-keys', 'count-pages', 'count-rows', 'leaked-page'],
    plant: (victim) => victim.record(9n).writeUInt32LE(9999, 0),
  },
  {
    name: 'a superblock as root of the catalogue',
    rule: 'root-range',
    also: ['free-count', 'leaked-page', 'table-count'],
    store: 'catalogue',
    plant: ({ superblock }) => superblock.writeUInt32LE(1, 108),
  },
  {
    name: 'a record in the superblock beside a catalogue',
    rule: 'record-count',
    store: 'catalogue',
    plant: ({ superblock }) => {
      Buffer.from([1, 0, 72]).copy(superblock, 256);
      superblock.writeUInt8(99, 260);
      adjust(superblock, 116, 1);
      adjust(superblock, 60, 1);
    },
  },
];

export const SUPERBLOCK_FAULTS: readonly Fault2[] = [...superblock, ...sums, ...freeMap, ...records, ...roots];
