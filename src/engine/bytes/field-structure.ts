/**
 * How structures of the format are described: named fields, one after the other. From one description come the
 * offsets that the engine works with, the decoding of rare structures, the annotated dump, its JSON, and the offsets in
 * errors.
 */
import { MAX_U64, readU64, U64, writeU64 } from './u64.js';

/**
 * `text` are bytes that people may read, `hex` such that they may not; `crc32` is a u32 written in hex, `u64be` a u64
 * with its highest byte first.
 */
export type FieldType = 'u8' | 'u16' | 'u32' | 'u64' | 'u64be' | 'crc32' | 'text' | 'hex';

export type FieldValue = number | bigint | Buffer;

export interface FieldSpec {
  readonly type: FieldType;
  /** Bytes of a `text` or `hex`: this many, or as many as the field of that name in front of it says. */
  readonly size?: number | string;
  /** How many bytes fewer than the field in front of it says. */
  readonly less?: number;
  /** What it is called where people read; docs/FORMAT.md calls it the same. */
  readonly label: string;
  readonly meaning: string;
  /** What values are called, by number. */
  readonly names?: Readonly<Record<number, string>>;
  /** What single bits of it mean, by number. */
  readonly bits?: Readonly<Record<number, string>>;
  /** What 2^64−1 stands for, and what 0 does. */
  readonly max?: string;
  readonly zero?: string;
}

export interface Field extends FieldSpec {
  readonly name: string;
  /** From the start of the structure; after a field of varying size, that size is to be added. */
  readonly offset: number;
}

export type Specs = Readonly<Record<string, FieldSpec>>;

/** A structure on disk. Numbers are little-endian. */
export interface Structure<S extends Specs = Specs> {
  readonly fields: readonly Field[];
  /** Where each field is: `Field.offset` by name. */
  readonly offsets: Readonly<Record<keyof S, number>>;
  /** Bytes of all fields but those of varying size. */
  readonly fixedSize: number;
}

/** The values of a structure by the names of its fields. */
export type Values<S extends Specs> = { readonly [Name in keyof S]: ValueOf<S[Name]['type']> };

/** The same of a structure. */
export type ValuesOf<Described> = Described extends Structure<infer S> ? Values<S> : never;

type ValueOf<T extends FieldType> = T extends 'u64' | 'u64be' ? bigint : T extends 'text' | 'hex' ? Buffer : number;

/** A field as it is in some bytes. */
export interface FieldReading {
  readonly field: Field;
  readonly offset: number;
  readonly size: number;
  readonly value: FieldValue;
  /** How people read the value, where its type does not tell. */
  readonly text?: string;
}

const NUMBER_SIZES = { u8: 1, u16: 2, u32: 4, u64: 8, u64be: 8, crc32: 4 } as const;

export function structure<const S extends Specs>(specs: S): Structure<S> {
  const fields: Field[] = [];
  let fixedSize = 0;
  for (const [name, spec] of Object.entries(specs)) {
    fields.push({ ...spec, name, offset: fixedSize });
    fixedSize += fixedSizeOf(spec) ?? 0;
  }
  const offsets = Object.fromEntries(fields.map(({ name, offset }) => [name, offset])) as Record<keyof S, number>;
  return { fields, offsets, fixedSize };
}

/** Bytes of a field; `undefined` when another field says how many. */
export function fixedSizeOf({ type, size }: FieldSpec): number | undefined {
  if (type !== 'text' && type !== 'hex') return NUMBER_SIZES[type];
  return typeof size === 'number' ? size : undefined;
}

/** Reads the fields from `start` on, one by one, up to the first that does not end by `end`. */
export function* readFields(
  { fields }: Structure,
  bytes: Buffer,
  start: number,
  end = bytes.length,
): Generator<FieldReading> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Map<string, number>();
  let offset = start;
  for (const field of fields) {
    const size = (fixedSizeOf(field) ?? numbers.get(String(field.size)) ?? 0) - (field.less ?? 0);
    if (size < 0 || offset + size > end) return;
    const value = readValue(field, view, bytes, offset, size);
    if (typeof value === 'number') numbers.set(field.name, value);
    yield { field, offset, size, value };
    offset += size;
  }
}

function readValue({ type }: Field, view: DataView, bytes: Buffer, offset: number, size: number): FieldValue {
  switch (type) {
    case 'u8':
      return view.getUint8(offset);
    case 'u16':
      return view.getUint16(offset, true);
    case 'u32':
    case 'crc32':
      return view.getUint32(offset, true);
    case 'u64':
      return readU64(view, offset);
    case 'u64be':
      return view.getBigUint64(offset);
    case 'text':
    case 'hex':
      return bytes.subarray(offset, offset + size);
  }
}

/** Reads a structure of which all bytes are there. */
export function decode<S extends Specs>(described: Structure<S>, bytes: Buffer, start: number): Values<S> {
  const readings = [...readFields(described, bytes, start)];
  return Object.fromEntries(readings.map(({ field, value }) => [field.name, value])) as Values<S>;
}

/** Writes a structure of fields of fixed size. */
export function encode<S extends Specs>(
  described: Structure<S>,
  bytes: Buffer,
  start: number,
  values: Values<S>,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { name, type, offset } of described.fields) {
    const value: FieldValue = values[name as keyof S];
    const at = start + offset;
    if (typeof value === 'bigint' && type === 'u64be') view.setBigUint64(at, value);
    else if (typeof value === 'bigint') writeU64(view, at, U64.from(value));
    else if (typeof value !== 'number') bytes.set(value, at);
    else if (type === 'u8') view.setUint8(at, value);
    else if (type === 'u16') view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
}

/** What a value stands for, where it is more than a number: `leaf`, `current`; `undefined` else. */
export function nameOfValue({ names, max, zero }: FieldSpec, value: FieldValue): string | undefined {
  if (typeof value === 'object') return undefined;
  if (value === MAX_U64) return max;
  return Number(value) === 0 && zero !== undefined ? zero : names?.[Number(value)];
}

/** The single bits that are set in a value, the lowest first: what they mean, or else their number. */
export function bitsOfValue({ bits }: FieldSpec, value: FieldValue): string[] {
  if (bits === undefined || typeof value !== 'number') return [];
  const set: string[] = [];
  for (let left = value, bit = 1; left > 0; left = Math.floor(left / 2), bit *= 2) {
    if (left % 2 === 1) set.push(bits[bit] ?? String(bit));
  }
  return set;
}
