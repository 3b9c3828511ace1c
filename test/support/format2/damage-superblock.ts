/** Faults of the superblock, and of the roots that it leads to. */
import { U64_MAX } from '../bytes.js';
import { seal } from './encode.js';
import { PAGE_BYTES, pageOf } from './layout.js';
import { adjust, type Fault2, type Victim } from './plant.js';

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
    name: 'a part of a page past the end',
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
  { name: 'byte past the records', rule: 'unused-bytes', plant: ({ superblock }) => superblock.fill(1, 4091, 4092) },
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
    name: 'a root past the end',
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

export const SUPERBLOCK_FAULTS: readonly Fault2[] = [...superblock, ...sums, ...roots];
