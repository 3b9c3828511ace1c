/**
 * What a tree page must be before anything else looks at it: every length, offset and count in it is checked here,
 * once, when the page is loaded, so that the code that works on pages can trust them. Pointers to other pages are
 * checked where they are followed, because a bad one must not hide the rest of its page.
 */
import { compareBytes, toHex } from './bytes.js';
import { ENTRY_OVERHEAD, VERSION_HEADER } from './entry-layout.js';
import { type Fault, hex32 } from './fault.js';
import { INTERNAL_OVERHEAD, keyLength, keyStart } from './items.js';
import {
  CRC_OFFSET,
  INTERNAL,
  LEAF,
  LINK_SIZE,
  MAX_ITEMS,
  MAX_KEY_LENGTH,
  PAGE_HEADER,
  PAGE_MAGIC,
  PAGE_SIZE,
  PAGE_VERSION,
  SLOT_LENGTH_OFFSET,
  SLOT_SIZE,
} from './layout.js';
import type { Page } from './page.js';
import { ENTRY } from './structures.js';
import { compareU64Within, readU64 } from './u64.js';

export { faultFacts } from './fault.js';

export type PageFault = Fault<PageFaultCode>;

export type PageFaultCode =
  | 'page-magic'
  | 'page-version'
  | 'page-crc'
  | 'page-type'
  | 'item-count'
  | 'slot-range'
  | 'slot-overlap'
  | 'item-lost'
  | 'link-length'
  | 'item-length'
  | 'key-length'
  | 'key-order'
  | 'version-count'
  | 'version-order';

const itemRanges = new Uint32Array(MAX_ITEMS);

/** The first fault of a page, in the order header, checksum, slots, items; `undefined` for a sound one. */
export function findPageFault(page: Page): PageFault | undefined {
  return checkHeader(page) ?? checkSlots(page) ?? checkItems(page);
}

/**
 * All that is wrong with a page, in the order in which `findPageFault` looks for it: behind the first fault whatever can
 * still be told. What lies outside its place is not looked into, and of one item or order only the first fault counts.
 */
export function pageFaults(page: Page): PageFault[] {
  return [...eachFault(page)];
}

function* eachFault(page: Page): Generator<PageFault> {
  for (const check of HEADER_CHECKS) yield* present(check(page));
  const badCount = checkItemCount(page);
  yield* present(badCount);
  if (badCount === undefined) yield* faultsBehindHeader(page);
}

function* faultsBehindHeader(page: Page): Generator<PageFault> {
  const sound = new Set<number>();
  const slotsEnd = slotPosition(page.itemCount);
  for (let index = 0; index < page.itemCount; index++) {
    const found = checkSlot(page, index, slotsEnd);
    yield* present(found);
    if (found !== undefined) continue;
    itemRanges[sound.size] = rangeOf(page, index);
    sound.add(index);
  }
  yield* present(checkOverlaps(sound.size));
  if (sound.size === page.itemCount) yield* present(checkUncounted(page));
  if (checkType(page) !== undefined) return;
  if (sound.has(0)) yield* present(checkLink(page));
  const leaf = page.type === LEAF;
  for (const index of sound) {
    if (index === 0) continue;
    const badKey = checkKey(page, index, leaf);
    if (badKey !== undefined) sound.delete(index);
    yield* present(badKey);
    if (badKey !== undefined) continue;
    if (sound.has(index - 1)) yield* present(checkKeyOrder(page, index));
    if (leaf) yield* present(checkVersions(page, index));
  }
}

function* present(found: PageFault | undefined): Generator<PageFault> {
  if (found !== undefined) yield found;
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

const HEADER_CHECKS = [checkMagic, checkVersion, checkCrc, checkType] as const;

function checkHeader(page: Page): PageFault | undefined {
  return checkMagic(page) ?? checkVersion(page) ?? checkCrc(page) ?? checkType(page);
}

function checkMagic(page: Page): PageFault | undefined {
  const magic = page.view.getUint32(PAGE_HEADER.magicOffset, true);
  if (magic === PAGE_MAGIC) return undefined;
  const found = toHex(page.bytes.subarray(0, 4));
  return fault('page-magic', PAGE_HEADER.magicOffset, '56445047', found, `it does not begin with VDPG`);
}

function checkVersion(page: Page): PageFault | undefined {
  const version = page.view.getUint8(PAGE_HEADER.versionOffset);
  if (version === PAGE_VERSION) return undefined;
  const message = `page version ${version} is not ${PAGE_VERSION}`;
  return fault('page-version', PAGE_HEADER.versionOffset, PAGE_VERSION, version, message);
}

function checkCrc(page: Page): PageFault | undefined {
  const computed = page.computeCrc();
  if (page.storedCrc === computed) return undefined;
  const message = `its checksum is ${hex32(page.storedCrc)}, its bytes say ${hex32(computed)}`;
  return fault('page-crc', CRC_OFFSET, hex32(computed), hex32(page.storedCrc), message);
}

function checkType(page: Page): PageFault | undefined {
  if (page.type === LEAF || page.type === INTERNAL) return undefined;
  const message = `page type ${page.type} is neither leaf nor internal`;
  return fault('page-type', PAGE_HEADER.typeOffset, '0 or 1', page.type, message);
}

function checkSlots(page: Page): PageFault | undefined {
  const { itemCount } = page;
  const badCount = checkItemCount(page);
  if (badCount !== undefined) return badCount;
  const slotsEnd = slotPosition(itemCount);
  for (let index = 0; index < itemCount; index++) {
    const found = checkSlot(page, index, slotsEnd);
    if (found !== undefined) return found;
    itemRanges[index] = rangeOf(page, index);
  }
  return checkOverlaps(itemCount) ?? checkUncounted(page);
}

function checkItemCount(page: Page): PageFault | undefined {
  const { itemCount } = page;
  if (itemCount >= 1 && itemCount <= MAX_ITEMS) return undefined;
  const message = `an item count of ${itemCount} is impossible`;
  return fault('item-count', PAGE_HEADER.itemCountOffset, `1 to ${MAX_ITEMS}`, itemCount, message);
}

function checkSlot(page: Page, index: number, slotsEnd: number): PageFault | undefined {
  const start = page.itemOffset(index);
  const end = start + page.itemLength(index);
  if (start >= slotsEnd && end <= CRC_OFFSET) return undefined;
  const message = `item ${index} lies at ${start} to ${end}, outside the data area`;
  return fault('slot-range', slotPosition(index), `${slotsEnd} to ${CRC_OFFSET}`, `${start} to ${end}`, message);
}

/** An item's place as one number, so that places sort by where they start. */
function rangeOf(page: Page, index: number): number {
  return page.itemOffset(index) * PAGE_SIZE * 2 + page.itemLength(index);
}

/** Where the slot of an item stands. */
function slotPosition(index: number): number {
  return PAGE_HEADER.size + index * SLOT_SIZE;
}

/** Looks at the first `itemCount` of `itemRanges`. */
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

/**
 * The free offset tells the number of items once more. Where it tells of more than are counted, and the slots behind those that
 * are lead to items that share no byte with the others, it is the count that is wrong. Otherwise nobody needs the free offset.
 */
function checkUncounted(page: Page): PageFault | undefined {
  const { itemCount } = page;
  const slotsEnd = page.view.getUint16(PAGE_HEADER.freeOffsetOffset, true);
  const slots = (slotsEnd - PAGE_HEADER.size) / SLOT_SIZE;
  if (slots <= itemCount || slots > MAX_ITEMS || !Number.isInteger(slots)) return undefined;
  for (let index = 0; index < slots; index++) {
    if (page.itemLength(index) === 0 || checkSlot(page, index, slotsEnd) !== undefined) return undefined;
    itemRanges[index] = rangeOf(page, index);
  }
  if (checkOverlaps(slots) !== undefined) return undefined;
  const message = `it counts ${itemCount} items, and has slots and items for ${slots}`;
  return fault('item-lost', PAGE_HEADER.itemCountOffset, slots, itemCount, message);
}

function checkItems(page: Page): PageFault | undefined {
  const badLink = checkLink(page);
  if (badLink !== undefined) return badLink;
  const leaf = page.type === LEAF;
  for (let index = 1; index < page.itemCount; index++) {
    const found =
      checkKey(page, index, leaf) ?? checkKeyOrder(page, index) ?? (leaf ? checkVersions(page, index) : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkLink(page: Page): PageFault | undefined {
  const linkLength = page.itemLength(0);
  if (linkLength === LINK_SIZE) return undefined;
  const message = `item 0 has ${linkLength} bytes, a page id has ${LINK_SIZE}`;
  return fault('link-length', slotPosition(0) + SLOT_LENGTH_OFFSET, LINK_SIZE, linkLength, message);
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
  return undefined;
}

function checkKeyOrder(page: Page, index: number): PageFault | undefined {
  if (index === 1 || ascends(page, index)) return undefined;
  const message = `the key of item ${index} is out of order`;
  return fault('key-order', page.itemOffset(index), 'above the key before it', 'not above it', message);
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
  const countOffset = item + ENTRY.offsets.versionCount + view.getUint16(item, true);
  const count = view.getUint16(countOffset, true);
  if (count === 0) {
    return fault('version-count', countOffset, '1 or more', 0, `the entry of item ${index} has no versions`);
  }
  let version = item + ENTRY_OVERHEAD + view.getUint16(item, true);
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
