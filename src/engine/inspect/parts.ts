/**
 * What the bytes of one page are, as far as that can be told. A page is a row of parts: structures with their fields,
 * and runs of bytes between them. In a sound page the fields of all parts cover every byte exactly once; in a damaged
 * one items may overlap, and bytes that nothing explains are parts of their own.
 */
import type { Fault } from '../bytes/fault.js';
import { CRC_OFFSET, PAGE_SIZE } from '../format/layout.js';
import { type Field, type FieldReading, readFields, type Structure } from '../bytes/field-structure.js';
import { CHECKSUM } from '../format/structures.js';

export type PartKind =
  | 'superblock'
  | 'table'
  | 'record'
  | 'freeMap'
  | 'header'
  | 'slot'
  | 'item'
  | 'version'
  | 'event'
  | 'value'
  | 'checksum'
  | keyof typeof SPANS;

/** Neighbouring pages. */
export interface PageRun {
  readonly first: bigint;
  readonly count: number;
}

/** What the fields of a part say in another way than by their values. */
export interface PartFacts {
  /** Of an entry: there are older events of its key elsewhere. */
  readonly hasRuns?: boolean;
  /** Of a group of the free map. */
  readonly free?: readonly PageRun[];
}

export interface Part {
  readonly kind: PartKind;
  /** Which one of its kind, from 0 on: a slot and its item have the same. */
  readonly index?: number;
  readonly offset: number;
  readonly size: number;
  readonly fields: readonly FieldReading[];
  /** What is in it after its fields: the versions of an entry, bytes that cannot be read. */
  readonly parts: readonly Part[];
  readonly facts?: PartFacts;
}

/** One field, or one run of bytes, and where it belongs. */
export interface Region extends FieldReading {
  /** The part that it is in, and around a version its item. */
  readonly path: readonly Part[];
  /** What is wrong with it. */
  readonly problem: Fault | undefined;
}

const SPANS = {
  free: { label: 'free space', meaning: 'between the slots and the items' },
  stale: { label: 'stale bytes', meaning: 'no slot points at them' },
  unused: { label: 'unused', meaning: 'after the last table entry' },
  rest: { label: 'unused', meaning: 'after the last record' },
  padding: { label: 'unused', meaning: 'after the end of the value' },
  unread: { label: 'unread', meaning: 'what they are cannot be told' },
} as const;

/** A part of the fields of a structure, up to the first that does not end by `end`. */
export function readPart(
  kind: PartKind,
  described: Structure,
  bytes: Buffer,
  start: number,
  end: number,
  index?: number,
): Part {
  const fields = [...readFields(described, bytes, start, end)];
  const last = fields.at(-1);
  const size = last === undefined ? 0 : last.offset + last.size - start;
  return { kind, ...(index === undefined ? {} : { index }), offset: start, size, fields, parts: [] };
}

/** A run of bytes without structure. */
export function spanPart(kind: keyof typeof SPANS, bytes: Buffer, start: number, end: number): Part {
  const field: Field = { ...SPANS[kind], name: 'bytes', type: 'hex', offset: 0, size: end - start };
  const value = bytes.subarray(start, end);
  const reading = { field, offset: start, size: end - start, value };
  return { kind, offset: start, size: end - start, fields: [reading], parts: [] };
}

/** An item with what is in it; bytes at its end that nothing explains are a part of their own. */
export function itemPart(item: Part, inner: readonly Part[], bytes: Buffer, end: number): Part {
  const readEnd = endOf(inner.at(-1) ?? item);
  const unread = readEnd < end ? [spanPart('unread', bytes, readEnd, end)] : [];
  return { ...item, size: end - item.offset, parts: [...inner, ...unread] };
}

/** The end of a page: its checksum, or what there is of it. */
export function checksumParts(bytes: Buffer): Part[] {
  if (bytes.length <= CRC_OFFSET) return [];
  if (bytes.length < PAGE_SIZE) return [spanPart('unread', bytes, CRC_OFFSET, bytes.length)];
  return [readPart('checksum', CHECKSUM, bytes, CRC_OFFSET, PAGE_SIZE)];
}

export const endOf = (part: Part): number => part.offset + part.size;

export const inOrder = (parts: readonly Part[]): Part[] =>
  parts.toSorted((a, b) => a.offset - b.offset || a.size - b.size);

/** The runs of bytes up to `end` that are in none of the parts. */
export function uncovered(parts: readonly Part[], end: number): { readonly start: number; readonly end: number }[] {
  const runs: { start: number; end: number }[] = [];
  let covered = 0;
  for (const part of inOrder(parts)) {
    if (part.offset > covered) runs.push({ start: covered, end: part.offset });
    covered = Math.max(covered, endOf(part));
  }
  if (covered < end) runs.push({ start: covered, end });
  return runs;
}

/** The first problem with the bytes of a field. */
export function problemIn(
  problems: readonly Fault[],
  { offset, size }: { readonly offset: number; readonly size: number },
): Fault | undefined {
  return problems.find((problem) => problem.offset >= offset && problem.offset < offset + size);
}

/** All fields that have bytes, in the order in which they stand in the page, each with the first problem in it. */
export function regionsOf(parts: readonly Part[], problems: readonly Fault[]): Region[] {
  const regions: Region[] = [];
  const collect = (part: Part, above: readonly Part[]): void => {
    const path = [...above, part];
    for (const field of part.fields) {
      if (field.size > 0) regions.push({ ...field, path, problem: problemIn(problems, field) });
    }
    for (const inner of part.parts) collect(inner, path);
  };
  for (const part of parts) collect(part, []);
  return regions.sort((a, b) => a.offset - b.offset);
}
