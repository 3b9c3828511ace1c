/**
 * What a tree page must be before anything else looks at it: every length, offset and count in it is checked here,
 * once, when the page is loaded, so that the code that works on pages can trust them. Pointers to other pages are
 * checked where they are followed, because a bad one must not hide the rest of its page.
 */
import type { Facts } from '../errors.js';
import { compareBytes, toHex } from './bytes.js';
import { ENTRY_OVERHEAD, VERSION_HEADER } from './entry-layout.js';
import { INTERNAL_OVERHEAD, keyLength, keyStart } from './items.js';
import {
  CRC_OFFSET,
  INTERNAL,
  LEAF,
  LINK_SIZE,
  MAX_KEY_LENGTH,
  PAGE_HEADER,
  PAGE_MAGIC,
  PAGE_SIZE,
  PAGE_VERSION,
  SLOT_SIZE,
} from './layout.js';
import type { Page } from './page.js';
import { compareU64Within, readU64 } from './u64.js';

/** One thing that is wrong with a page: where in it, and what was expected there. */
export interface PageFault {
  readonly code: PageFaultCode;
  readonly message: string;
  /** Byte offset within the page. */
  readonly offset: number;
  readonly expected: number | string;
  readonly found: number | bigint | string;
}

export type PageFaultCode =
  | 'page-magic'
  | 'page-version'
  | 'page-crc'
  | 'page-type'
  | 'item-count'
  | 'slot-range'
  | 'slot-overlap'
  | 'link-length'
  | 'item-length'
  | 'key-length'
  | 'key-order'
  | 'version-count'
  | 'version-order';

const MAX_ITEMS = (CRC_OFFSET - PAGE_HEADER.size) / SLOT_SIZE;
const itemRanges = new Uint32Array(MAX_ITEMS);

/** The first fault of a page, in the order header, checksum, slots, items; `undefined` for a sound one. */
export function findPageFault(page: Page): PageFault | undefined {
  return checkHeader(page) ?? checkSlots(page) ?? checkItems(page);
}

/** The fault as facts for an error. */
export function faultFacts(fault: PageFault): Facts {
  const { code, offset, expected, found } = fault;
  return { fault: code, offset, expected, found };
}

function fault(
  code: PageFaultCode,
  offset: number,
  expected: number | string,
  found: number | bigint | string,
  message: string,
): PageFault {
  return { code, offset, expected, found, message };
}

function checkHeader(page: Page): PageFault | undefined {
  const { view } = page;
  const magic = view.getUint32(PAGE_HEADER.magicOffset, true);
  if (magic !== PAGE_MAGIC) {
    const found = toHex(page.bytes.subarray(0, 4));
    return fault('page-magic', PAGE_HEADER.magicOffset, '56445047', found, `it does not begin with VDPG`);
  }
  const version = view.getUint8(PAGE_HEADER.versionOffset);
  if (version !== PAGE_VERSION) {
    const message = `page version ${version} is not ${PAGE_VERSION}`;
    return fault('page-version', PAGE_HEADER.versionOffset, PAGE_VERSION, version, message);
  }
  const computed = page.computeCrc();
  if (page.storedCrc !== computed) {
    const message = `its checksum is ${hex32(page.storedCrc)}, its bytes say ${hex32(computed)}`;
    return fault('page-crc', CRC_OFFSET, hex32(computed), hex32(page.storedCrc), message);
  }
  if (page.type !== LEAF && page.type !== INTERNAL) {
    const message = `page type ${page.type} is neither leaf nor internal`;
    return fault('page-type', PAGE_HEADER.typeOffset, '0 or 1', page.type, message);
  }
  return undefined;
}

function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

function checkSlots(page: Page): PageFault | undefined {
  const { itemCount } = page;
  const slotsEnd = PAGE_HEADER.size + itemCount * SLOT_SIZE;
  if (itemCount < 1 || itemCount > MAX_ITEMS) {
    const message = `an item count of ${itemCount} is impossible`;
    return fault('item-count', PAGE_HEADER.itemCountOffset, `1 to ${MAX_ITEMS}`, itemCount, message);
  }
  for (let index = 0; index < itemCount; index++) {
    const start = page.itemOffset(index);
    const end = start + page.itemLength(index);
    if (start < slotsEnd || end > CRC_OFFSET) {
      const message = `item ${index} lies at ${start} to ${end}, outside the data area`;
      return fault('slot-range', slotPosition(index), `${slotsEnd} to ${CRC_OFFSET}`, `${start} to ${end}`, message);
    }
    itemRanges[index] = start * PAGE_SIZE * 2 + (end - start);
  }
  return checkOverlaps(itemCount);
}

/** Where the slot of an item stands. */
function slotPosition(index: number): number {
  return PAGE_HEADER.size + index * SLOT_SIZE;
}

function checkOverlaps(itemCount: number): PageFault | undefined {
  const ranges = itemRanges.subarray(0, itemCount).sort();
  let previousEnd = 0;
  for (const range of ranges) {
    const length = range % (PAGE_SIZE * 2);
    const start = (range - length) / (PAGE_SIZE * 2);
    if (start < previousEnd) {
      const message = `the item at ${start} overlaps the one that ends at ${previousEnd}`;
      return fault('slot-overlap', start, `${previousEnd} or more`, start, message);
    }
    previousEnd = start + length;
  }
  return undefined;
}

function checkItems(page: Page): PageFault | undefined {
  const linkLength = page.itemLength(0);
  if (linkLength !== LINK_SIZE) {
    const message = `item 0 has ${linkLength} bytes, a page id has ${LINK_SIZE}`;
    return fault('link-length', slotPosition(0) + 2, LINK_SIZE, linkLength, message);
  }
  const leaf = page.type === LEAF;
  for (let index = 1; index < page.itemCount; index++) {
    const found = checkKey(page, index, leaf) ?? (leaf ? checkVersions(page, index) : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkKey(page: Page, index: number, leaf: boolean): PageFault | undefined {
  const item = page.itemOffset(index);
  const length = page.itemLength(index);
  const least = leaf ? ENTRY_OVERHEAD : INTERNAL_OVERHEAD;
  if (length < least) {
    return fault('item-length', item, `${least} or more`, length, `item ${index} has only ${length} bytes`);
  }
  const size = page.view.getUint16(item, true);
  if (size > MAX_KEY_LENGTH || size + least > length) {
    const message = `the key of item ${index} has ${size} bytes, the item ${length}`;
    return fault('key-length', item, `at most ${Math.min(MAX_KEY_LENGTH, length - least)}`, size, message);
  }
  if (!leaf && size + least !== length) {
    const message = `item ${index} has ${length} bytes, its key and child take ${size + least}`;
    return fault('item-length', item, size + least, length, message);
  }
  return index > 1 && !ascends(page, index)
    ? fault('key-order', item, 'above the key before it', 'not above it', `the key of item ${index} is out of order`)
    : undefined;
}

function ascends(page: Page, index: number): boolean {
  const { view } = page;
  const previous = index - 1;
  return (
    compareBytes(
      view,
      keyStart(page, previous),
      keyLength(page, previous),
      view,
      keyStart(page, index),
      keyLength(page, index),
    ) < 0
  );
}

function checkVersions(page: Page, index: number): PageFault | undefined {
  const { view } = page;
  const item = page.itemOffset(index);
  const end = item + page.itemLength(index);
  const countOffset = item + 2 + view.getUint16(item, true);
  const count = view.getUint16(countOffset, true);
  if (count === 0) {
    return fault('version-count', countOffset, '1 or more', 0, `the entry of item ${index} has no versions`);
  }
  let version = countOffset + 2;
  let newer = -1;
  for (let left = count; left > 0; left--) {
    const next = version + VERSION_HEADER.size <= end ? versionEnd(view, version) : Infinity;
    if (next > end) {
      const message = `${count} versions do not fit into item ${index}`;
      return fault('version-count', countOffset, 'versions that end within the item', count, message);
    }
    const disorder = checkInterval(view, version, newer, index);
    if (disorder !== undefined) return disorder;
    newer = version;
    version = next;
  }
  return version === end
    ? undefined
    : fault('item-length', item, version - item, end - item, `item ${index} is longer than its ${count} versions`);
}

function versionEnd(view: DataView, version: number): number {
  return version + VERSION_HEADER.size + view.getUint32(version + VERSION_HEADER.lengthOffset, true);
}

/** A version begins before it ends, and ends before the newer one begins. */
function checkInterval(view: DataView, version: number, newer: number, index: number): PageFault | undefined {
  const created = version + VERSION_HEADER.createdAtOffset;
  const deleted = version + VERSION_HEADER.deletedAtOffset;
  if (compareU64Within(view, created, deleted) > 0) {
    const message = `a version of item ${index} ends at ${readU64(view, deleted)}, before it begins at ${readU64(view, created)}`;
    return fault('version-order', deleted, `${readU64(view, created)} or more`, readU64(view, deleted), message);
  }
  if (newer >= 0 && compareU64Within(view, deleted, newer + VERSION_HEADER.createdAtOffset) > 0) {
    const newerCreated = readU64(view, newer + VERSION_HEADER.createdAtOffset);
    const message = `a version of item ${index} ends at ${readU64(view, deleted)}, after the next began at ${newerCreated}`;
    return fault('version-order', deleted, `at most ${newerCreated}`, readU64(view, deleted), message);
  }
  return undefined;
}
