/** A page after the superblock for a dump: its parts, and everything that is wrong with it. */
import type { Fault } from '../bytes/fault.js';
import { CRC_OFFSET, MAX_ITEMS, PAGE_HEADER, PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import type { StoreFormat } from '../format/store-format.js';
import { type FieldReading, nameOfValue } from '../bytes/field-structure.js';
import { SLOT } from '../format/structures.js';
import { anatomyOf, type PageAnatomy } from './anatomy.js';
import { describePages, leadsIntoFile } from './pointers.js';
import { checksumParts, endOf, type Part, readPart, spanPart, uncovered } from './parts.js';

/**
 * The parts of a page after the superblock, or of as much of it as there is: header, slots, items in slot order or
 * what else is in it, the rest.
 */
export function pageParts(bytes: Buffer, format: StoreFormat): Part[] {
  const anatomy = anatomyOf(format);
  const end = Math.min(bytes.length, CRC_OFFSET);
  const header = readPart('header', anatomy.header, bytes, 0, end);
  const content = anatomy.readContent(bytes, end, typeOf(bytes));
  if (content !== undefined) return withGaps([header, ...content], bytes, end);
  const slots = readSlots(bytes, end);
  const items = readItems(bytes, slots, end, anatomy);
  const parts = [header, ...slots, ...items];
  const dataStart = endOf(slots.at(-1) ?? header);
  const gaps = uncovered(parts, end).map((run) => {
    const known = items.length > 0 && run.start >= dataStart && bytes.length === PAGE_SIZE;
    const kind = !known ? 'unread' : run.start === dataStart ? 'free' : 'stale';
    return spanPart(kind, bytes, run.start, run.end);
  });
  return [...parts, ...gaps, ...checksumParts(bytes)];
}

/** The page with what nothing explains. */
function withGaps(parts: readonly Part[], bytes: Buffer, end: number): Part[] {
  const gaps = uncovered(parts, end).map((run) => spanPart('unread', bytes, run.start, run.end));
  return [...parts, ...gaps, ...checksumParts(bytes)];
}

function typeOf(bytes: Buffer): number {
  return bytes[PAGE_HEADER.typeOffset] ?? -1;
}

function readSlots(bytes: Buffer, end: number): Part[] {
  const slots: Part[] = [];
  const slotsEnd = Math.min(end, slotOffset(countSlots(bytes)));
  for (let index = 0; slotOffset(index + 1) <= slotsEnd; index++) {
    slots.push(readPart('slot', SLOT, bytes, slotOffset(index), slotsEnd, index));
  }
  return slots;
}

const slotOffset = (index: number): number => PAGE_HEADER.size + index * SLOT_SIZE;

/** The item count or, where that is impossible, what the end of the slots says about it. */
function countSlots(bytes: Buffer): number {
  if (bytes.length < PAGE_HEADER.size) return 0;
  const slotsEnd = bytes.readUInt16LE(PAGE_HEADER.freeOffsetOffset);
  const counts = [bytes.readUInt16LE(PAGE_HEADER.itemCountOffset), (slotsEnd - PAGE_HEADER.size) / SLOT_SIZE];
  return counts.find((count) => Number.isInteger(count) && count >= 1 && count <= MAX_ITEMS) ?? 0;
}

/** The items of all slots that point into the data area. */
function readItems(bytes: Buffer, slots: readonly Part[], end: number, anatomy: PageAnatomy): Part[] {
  const slotsEnd = slotOffset(slots.length);
  const type = typeOf(bytes);
  return slots.flatMap((slot, index) => {
    const [start, length] = slot.fields.map(({ value }) => Number(value)) as [number, number];
    return start >= slotsEnd && start + length <= end
      ? [anatomy.readItem(bytes, index, start, start + length, type)]
      : [];
  });
}

/** All that is wrong with a page by itself, and with where it points in a file of `filePages`. */
export function pageProblems(
  bytes: Buffer,
  parts: readonly Part[],
  pageId: number,
  filePages: number,
  format: StoreFormat,
): Fault[] {
  const page = new Page();
  page.bytes.fill(0).set(bytes);
  const { pages, superblock } = format;
  const faults: Fault[] = [
    ...pages.faults(page, { pageId }),
    ...pages.advisoryFaults(page),
    ...pointerFaults(parts, pageId, superblock.pageIds.length, filePages),
  ];
  if (bytes.length === PAGE_SIZE) return faults;
  const message = `the file ends after ${bytes.length} bytes of the page`;
  const short = { code: 'page-short', offset: bytes.length, expected: PAGE_SIZE, found: bytes.length, message };
  // What is not there was taken for zeros: only what was read whole can be judged.
  const read = new Set(
    parts.filter(({ kind }) => kind === 'header' || kind === 'slot' || kind === 'value').flatMap(fieldOffsets),
  );
  return [short, ...faults.filter(({ offset }) => read.has(offset))];
}

const fieldOffsets = ({ fields }: Part): number[] => fields.map(({ offset }) => offset);

/** Pointers that lead out of the file, to the superblock, or to the page itself. */
function* pointerFaults(parts: readonly Part[], pageId: number, first: number, filePages: number): Generator<Fault> {
  for (const { field, offset, value } of parts.flatMap(pointersIn)) {
    const target = BigInt(value as bigint | number);
    if (leadsIntoFile(target, first, filePages) && target !== BigInt(pageId)) continue;
    const code = POINTERS[field.name] as string;
    const message = `its ${field.label} is ${target}, the file holds ${filePages} pages, and this is page ${pageId}`;
    yield { code, offset, expected: describePages(first, filePages), found: target, message };
  }
}

/** Fields that are page ids, and what is said of one that leads nowhere. */
const POINTERS: Readonly<Record<string, string>> = {
  child: 'child-range',
  next: 'next-leaf-range',
  firstPage: 'value-range',
  root: 'root-range',
  historyRoot: 'root-range',
};

function pointersIn({ fields, parts }: Part): FieldReading[] {
  return [...fields.filter(isPointer), ...parts.flatMap(pointersIn)];
}

function isPointer({ field, value }: FieldReading): boolean {
  return field.name in POINTERS && nameOfValue(field, value) === undefined;
}
