/** Faults of external values, and of records in the catalogue. */
import { crc32 } from 'node:zlib';
import { utf8 } from '../bytes.js';
import { eventItem, inlineEvent } from './encode.js';
import { CRC_AT, VALUE_HEADER_BYTES } from './layout.js';
import { countAt, eventAt, type Fault2, flipFlag, itemOf, type Victim } from './plant.js';
import { firstValueByte } from './values.js';

/** Of `big`: 5,000 bytes at 31 and 2,500 at 27 beside the key, 9,000 at 26 in a run. */
const big = (victim: Victim): Buffer => itemOf(victim.leaf(7n), 'big');
const LENGTH = 10;
const FIRST_PAGE_FIELD = 14;
const CRC_FIELD = 18;

const external = (victim: Victim, event: number, field: number, value: number): void =>
  void big(victim).writeUInt32LE(value, eventAt(big(victim), event) + field);

/** The second page of the value at 31. */
const valuePage = (victim: Victim, index = 1): Buffer => victim.bytesOf(victim.valuePages(7n, 0)[index]!);

const values: readonly Fault2[] = [
  { name: 'a value that is too short to be external', rule: 'inline-rule', plant: shorten },
  {
    name: 'a value in page 1',
    rule: 'value-range',
    also: ['count-values', 'leaked-page'],
    plant: (v) => external(v, 0, FIRST_PAGE_FIELD, 1),
  },
  {
    name: 'a value that ends past the end',
    rule: 'value-range',
    also: ['count-values', 'leaked-page'],
    plant: (v) => external(v, 0, FIRST_PAGE_FIELD, v.decoded.pages.size + 1),
  },
  {
    name: 'a value in pages of another one',
    rule: 'value-shared',
    also: ['count-values', 'leaked-page'],
    plant: (v) => external(v, 1, FIRST_PAGE_FIELD, v.valuePages(7n, 0)[0]!.id),
  },
  {
    name: 'a value in a page of a tree',
    rule: 'value-shared',
    also: ['count-values', 'leaked-page'],
    plant: (v) => external(v, 1, FIRST_PAGE_FIELD, v.leaf(1n).id),
  },
  {
    name: 'a value in a free page',
    rule: 'free-reached',
    also: [
      'leaked-page',
      'page-crc',
      'page-id',
      'page-magic',
      'page-owner',
      'page-store',
      'page-type',
      'page-version',
      'value-page',
    ],
    plant: (v) => external(v, 1, FIRST_PAGE_FIELD, 17),
  },
  { name: 'ordinal', rule: 'value-page', plant: (v) => valuePage(v).writeUInt32LE(2, 32) },
  { name: 'length in a value page', rule: 'value-page', plant: (v) => valuePage(v).writeUInt32LE(4999, 36) },
  { name: 'position of a value page', rule: 'value-page', plant: (v) => valuePage(v).writeBigUInt64LE(30n, 24) },
  { name: 'key of a value', rule: 'value-page', plant: (v) => valuePage(v, 0).write('c', VALUE_HEADER_BYTES + 2) },
  {
    name: 'key length of a value',
    rule: 'value-page',
    plant: (v) => valuePage(v, 0).writeUInt16LE(2, VALUE_HEADER_BYTES),
  },
  { name: 'a byte of a value', rule: 'value-checksum', plant: (v) => flipByte(valuePage(v), VALUE_HEADER_BYTES) },
  {
    name: 'the first byte of a value',
    rule: 'value-checksum',
    plant: (v) => flipByte(valuePage(v, 0), firstValueByte(utf8('big'))),
  },
  { name: 'checksum of a value', rule: 'value-checksum', plant: (v) => external(v, 0, CRC_FIELD, 1) },
  {
    name: 'a value of more than 64 MiB',
    rule: 'value-length',
    also: ['count-values', 'leaked-page', 'value-range'],
    plant: (v) => external(v, 0, LENGTH, 67_108_865),
  },
];

const flipByte = (page: Buffer, at: number): void => void page.writeUInt8(page.readUInt8(at) ^ 0x40, at);

/** The value at 27, in all the places that tell its length. */
function shorten(victim: Victim): void {
  const page = victim.bytesOf(victim.valuePages(7n, 1)[0]!);
  const start = firstValueByte(utf8('big'));
  page.writeUInt32LE(100, 36);
  page.fill(0, start + 100, CRC_AT);
  external(victim, 1, LENGTH, 100);
  external(victim, 1, CRC_FIELD, crc32(page.subarray(start, start + 100)));
  const record = victim.record(7n);
  record.writeBigUInt64LE(record.readBigUInt64LE(64) - 2400n, 64);
}

const catalogue: readonly Fault2[] = [
  {
    name: 'a record with a key of 10 bytes',
    rule: 'record-event',
    store: 'catalogue',
    plant: (v) => {
      const last = v.decoded.catalogue!.leaves.at(-1)!;
      v.rewrite(last, (items) => [...items, eventItem(Buffer.alloc(10, 3), 1, [inlineEvent(40n, Buffer.alloc(1))])]);
    },
  },
  {
    name: 'a record with two events',
    rule: 'record-event',
    also: ['free-count', 'leaked-page'],
    store: 'catalogue',
    plant: (v) => {
      const last = v.decoded.catalogue!.leaves.at(-1)!;
      const item = last.items.at(-1)!;
      const listed = [item.subarray(eventAt(item, 0)), inlineEvent(39n, Buffer.alloc(1))];
      v.rewrite(last, (items) => [...items.slice(0, -1), eventItem(item.subarray(2, countAt(item)), 2, listed)]);
    },
  },
  {
    name: 'a record with bit 15',
    rule: 'record-event',
    also: ['free-count', 'leaked-page'],
    store: 'catalogue',
    plant: (v) => flipFlag(v.decoded.catalogue!.leaves.at(-1)!.items.at(-1)!),
  },
];

export const VALUE_FAULTS: readonly Fault2[] = [...values, ...catalogue];
