/** A tree page for a dump: its parts, and everything that is wrong with it. */
import type { Fault } from '../bytes/fault.js';
import { CRC_OFFSET, INTERNAL, LEAF, MAX_ITEMS, PAGE_HEADER, PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import { findFormat, formatOfPage } from '../format/formats.js';
import { Page } from '../format/page.js';
import { type FieldReading, structure, type Structure } from '../bytes/field-structure.js';
import { ENTRY, INTERNAL_LINK, LEAF_LINK, PAGE_HEADER_FIELDS, SEPARATOR, SLOT, VERSION } from '../format/structures.js';
import { MAX_U64 } from '../bytes/u64.js';
import { describePages, leadsIntoFile } from './pointers.js';
import { checksumParts, endOf, type Part, readPart, spanPart, uncovered } from './parts.js';

/**
 * The parts of a page after the superblock, or of as much of it as there is: header, slots, items in slot order, the
 * rest.
 */
export function treePageParts(bytes: Buffer): Part[] {
  const end = Math.min(bytes.length, CRC_OFFSET);
  const header = readPart('header', PAGE_HEADER_FIELDS, bytes, 0, end);
  const slots = readSlots(bytes, end);
  const items = readItems(bytes, slots, end);
  const parts = [header, ...slots, ...items];
  const dataStart = endOf(slots.at(-1) ?? header);
  const gaps = uncovered(parts, end).map((run) => {
    const known = items.length > 0 && run.start >= dataStart && bytes.length === PAGE_SIZE;
    const kind = !known ? 'unread' : run.start === dataStart ? 'free' : 'stale';
    return spanPart(kind, bytes, run.start, run.end);
  });
  return [...parts, ...gaps, ...checksumParts(bytes)];
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
function readItems(bytes: Buffer, slots: readonly Part[], end: number): Part[] {
  const slotsEnd = slotOffset(slots.length);
  const type = bytes[PAGE_HEADER.typeOffset];
  return slots.flatMap((slot, index) => {
    const [start, length] = slot.fields.map(({ value }) => Number(value)) as [number, number];
    return start >= slotsEnd && start + length <= end ? [readItem(bytes, index, start, start + length, type)] : [];
  });
}

function readItem(bytes: Buffer, index: number, start: number, end: number, type: number | undefined): Part {
  const described = itemStructure(index, type);
  const item = readPart('item', described, bytes, start, end, index);
  const versionCount = described === ENTRY ? item.fields[ENTRY.fields.length - 1]?.value : undefined;
  const versions = readVersions(bytes, endOf(item), end, Number(versionCount ?? 0));
  const readEnd = endOf(versions.at(-1) ?? item);
  const rest = readEnd < end ? [spanPart('unread', bytes, readEnd, end)] : [];
  return { ...item, size: end - start, parts: [...versions, ...rest] };
}

const UNKNOWN = structure({});

function itemStructure(index: number, type: number | undefined): Structure {
  if (type === LEAF) return index === 0 ? LEAF_LINK : ENTRY;
  if (type === INTERNAL) return index === 0 ? INTERNAL_LINK : SEPARATOR;
  return UNKNOWN;
}

/** As many versions as there are bytes for. */
function readVersions(bytes: Buffer, start: number, end: number, count: number): Part[] {
  const versions: Part[] = [];
  for (let index = 0, offset = start; index < count; index++) {
    const version = readPart('version', VERSION, bytes, offset, end, index);
    if (version.fields.length > 0) versions.push(version);
    if (version.fields.length < VERSION.fields.length) break;
    offset = endOf(version);
  }
  return versions;
}

/** All that is wrong with a page by itself, and with where it points in a file of `filePages`. */
export function treePageProblems(
  bytes: Buffer,
  parts: readonly Part[],
  pageId: number,
  filePages: number,
  format: number | undefined,
): Fault[] {
  const page = new Page();
  page.bytes.fill(0).set(bytes);
  const { pages } = (format === undefined ? undefined : findFormat(format)) ?? formatOfPage(page);
  const faults: Fault[] = [
    ...pages.faults(page, {}),
    ...pages.advisoryFaults(page),
    ...pointerFaults(parts, pageId, filePages),
  ];
  if (bytes.length === PAGE_SIZE) return faults;
  const message = `the file ends after ${bytes.length} bytes of the page`;
  const short = { code: 'page-short', offset: bytes.length, expected: PAGE_SIZE, found: bytes.length, message };
  // What is not there was taken for zeros: only what was read whole can be judged.
  const read = new Set(parts.filter(({ kind }) => kind === 'header' || kind === 'slot').flatMap(fieldOffsets));
  return [short, ...faults.filter(({ offset }) => read.has(offset))];
}

const fieldOffsets = ({ fields }: Part): number[] => fields.map(({ offset }) => offset);

/** Pointers that lead out of the file, to the superblock, or to the page itself. */
function* pointerFaults(parts: readonly Part[], pageId: number, filePages: number): Generator<Fault> {
  const pointers = parts.flatMap(({ kind, fields }) => (kind === 'item' ? fields.filter(isPointer) : []));
  for (const { field, offset, value } of pointers) {
    const target = value as bigint;
    if (leadsIntoFile(target, filePages) && target !== BigInt(pageId)) continue;
    const code = field.name === 'child' ? 'child-range' : 'next-leaf-range';
    const message = `its ${field.label} is ${target}, the file holds ${filePages} pages, and this is page ${pageId}`;
    yield { code, offset, expected: describePages(filePages), found: target, message };
  }
}

function isPointer({ field, value }: FieldReading): boolean {
  return field.name === 'child' || (field.name === 'next' && value !== MAX_U64);
}
