/** Values of fields as people read them. */
import { isUtf8 } from 'node:buffer';
import {
  bitsOfValue,
  type Fault,
  type Field,
  type FieldReading,
  hex32,
  nameOfValue,
  type PageInspection,
  type Part,
} from '../../engine/index.js';
import { escapeText } from '../text/escape.js';
import type { PaintName } from '../output/paint.js';

/** A value as text, with what it stands for: `0 (leaf)`, `"user:1"`, `hex 00ff`. */
export function valueText(reading: FieldReading): string {
  const { field, value } = reading;
  if (reading.text !== undefined) return reading.text;
  if (typeof value === 'object') return field.type === 'text' ? bytesText(value) : hexText(reading, value);
  const text = field.type === 'crc32' ? hex32(Number(value)) : value.toString();
  const names = [nameOfValue(field, value), ...bitsOfValue(field, value)].filter((name) => name !== undefined);
  return names.length === 0 ? text : `${text} (${names.join(', ')})`;
}

function bytesText(bytes: Buffer): string {
  return isUtf8(bytes) ? `"${escapeText(bytes.toString('utf8'))}"` : `hex ${bytes.toString('hex')}`;
}

/** Bytes of which only the number is of use. */
const LONG = 100;

function hexText({ field, size }: FieldReading, bytes: Buffer): string {
  const filled = bytes.reduce((count, byte) => (byte === 0 ? count : count + 1), 0);
  if (field.name !== 'bytes' && size < LONG) return filled === 0 ? 'all zero' : bytes.toString('hex');
  return `${counted(size, 'byte')}, ${filled === 0 ? 'all zero' : `${filled} of them not zero`}`;
}

/** How an offending field is marked. */
export function markText({ expected }: Fault, { type }: Field): string {
  const isHex = type === 'text' && typeof expected === 'string';
  return `<-- expected ${isHex ? bytesText(Buffer.from(expected, 'hex')) : expected}`;
}

/** `1 byte`, `2 bytes`. */
export function counted(count: bigint | number, one: string): string {
  return `${count} ${count.toString() === '1' ? one : `${one}s`}`;
}

/** What a field is: its name and, where that does not say it all, its meaning; of a checksum also what it should be. */
export function describeField({ field }: FieldReading, { crc }: PageInspection): string {
  if (field.type === 'crc32' && crc !== undefined) return `${field.label}; computed: ${hex32(crc.computed)}`;
  return field.meaning === '' ? field.label : `${field.label}: ${field.meaning}`;
}

const NAMES: Readonly<Partial<Record<Part['kind'], PaintName>>> = {
  superblock: 'frame',
  header: 'frame',
  checksum: 'frame',
  slot: 'slots',
  free: 'free',
  unused: 'free',
  rest: 'free',
  padding: 'free',
  stale: 'stale',
  unread: 'stale',
};

/** The colour of a part; neighbouring items and tables have different ones. */
export function paintOf({ kind, index = 0 }: Part): PaintName {
  return NAMES[kind] ?? (index % 2 === 0 ? 'even' : 'odd');
}
