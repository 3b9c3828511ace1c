/** Faults of records and of the free map. */
import { adjust, type Fault2, type Victim } from './plant.js';

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
    name: 'a page past the end is free',
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
    name: 'a bitmap with a zero byte after it',
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

export const RECORD_FAULTS: readonly Fault2[] = [...freeMap, ...records];
