/**
 * What a tree page must be before anything else looks at it: every length, offset and count in it is checked here,
 * once, when the page is loaded, so that the code that works on pages can trust them. Pointers to other pages are
 * checked where they are followed, because a bad one must not hide the rest of its page.
 */
import { compareBytes, compareSuffixedBytes, toHex } from '../bytes/bytes.js';
import { ENTRY_OVERHEAD } from './entry-layout.js';
import { type Fault, hex32 } from '../bytes/fault.js';
import { INTERNAL_OVERHEAD, keyAt, keyLength, keyStart } from './items.js';
import {
  CRC_OFFSET,
  LINK_SIZE,
  MAX_ITEMS,
  MAX_KEY_LENGTH,
  PAGE_HEADER,
  PAGE_MAGIC,
  PAGE_SIZE,
  SLOT_LENGTH_OFFSET,
  SLOT_SIZE,
} from './layout.js';
import type { Page } from './page.js';
import { isLeafType, keySuffixOf, pageTypeName } from './page-types.js';

export { faultFacts } from '../bytes/fault.js';

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
  | 'version-order'
  | 'page-id'
  | 'page-store'
  | 'page-owner'
  | 'event-order'
  | 'event-kind'
  | 'run-marker'
  | 'run-length'
  | 'run-start'
  | 'value-page';

const itemRanges = new Uint32Array(MAX_ITEMS);

/** Where a page was found; what is undefined is not compared. */
export interface PagePlace {
  readonly pageId?: number | undefined;
  readonly storeTag?: number | undefined;
}

/** What a format demands of its pages beside what all formats have in common. */
export interface PageRules {
  readonly version: number;
  /** The types of pages with items that there are. */
  readonly types: ReadonlySet<number>;
  /** What a sound header says that does not fit where the page was found. */
  readonly findIdentityFault: (page: Page, place: PagePlace) => PageFault | undefined;
  /** What is wrong with the versions of a leaf's entry, whose key has been checked. */
  readonly findEntryFault: (page: Page, index: number) => PageFault | undefined;
}

/** The first fault of a page, in the order header, checksum, slots, items; `undefined` for a sound one. */
export function findPageFault(page: Page, rules: PageRules, place: PagePlace): PageFault | undefined {
  return findHeaderFault(page, rules, place) ?? findItemsFault(page, rules);
}

/** The first fault of the slots and items of a page whose header is sound. */
export function findItemsFault(page: Page, rules: PageRules): PageFault | undefined {
  return checkSlots(page) ?? checkItems(page, rules);
}

/** The first fault of what a page says before its items: header, checksum, and the link in item 0. */
export function findHeadFault(page: Page, rules: PageRules, place: PagePlace): PageFault | undefined {
  return (
    findHeaderFault(page, rules, place) ??
    checkItemCount(page) ??
    checkSlot(page, 0, slotPosition(page.itemCount)) ??
    checkLink(page)
  );
}

/** The first fault of a page's header and checksum. */
export function findHeaderFault(page: Page, rules: PageRules, place: PagePlace): PageFault | undefined {
  return checkHeader(page, rules) ?? rules.findIdentityFault(page, place);
}

/**
 * All that is wrong with a page, in the order in which `findPageFault` looks for it: after the first fault whatever
 * can still be told. What is outside its place is not looked into, and of one item or order only the first fault
 * counts.
 */
export function pageFaults(page: Page, rules: PageRules, place: PagePlace): PageFault[] {
  return [...eachFault(page, rules, place)];
}

/** All that is wrong with a page's header and checksum, in the order in which `findHeaderFault` looks for it. */
export function* headerFaults(page: Page, rules: PageRules, place: PagePlace): Generator<PageFault> {
  yield* present(checkMagic(page));
  yield* present(checkVersion(page, rules));
  yield* present(checkCrc(page));
  yield* present(checkType(page, rules));
  yield* present(rules.findIdentityFault(page, place));
}

function* eachFault(page: Page, rules: PageRules, place: PagePlace): Generator<PageFault> {
  yield* headerFaults(page, rules, place);
  const badCount = checkItemCount(page);
  yield* present(badCount);
  if (badCount === undefined) yield* faultsPastHeader(page, rules);
}

function* faultsPastHeader(page: Page, rules: PageRules): Generator<PageFault> {
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
  if (checkType(page, rules) !== undefined) return;
  if (sound.has(0)) yield* present(checkLink(page));
  const leaf = isLeafType(page.type);
  for (const index of sound) {
    if (index === 0) continue;
    const badKey = checkKey(page, index, leaf);
    if (badKey !== undefined) sound.delete(index);
    yield* present(badKey);
    if (badKey !== undefined) continue;
    if (sound.has(index - 1)) yield* present(checkKeyOrder(page, index));
    if (leaf) yield* present(rules.findEntryFault(page, index));
  }
}

function* present(found: PageFault | undefined): Generator<PageFault> {
  if (found !== undefined) yield found;
}

/** Makes a fault. */
export function pageFault(
  code: PageFaultCode,
  offset: number,
  expected: number | string,
  found: number | bigint | string,
  message: string,
): PageFault {
  return { code, offset, expected, found, message };
}

function checkHeader(page: Page, rules: PageRules): PageFault | undefined {
  return checkMagic(page) ?? checkVersion(page, rules) ?? checkCrc(page) ?? checkType(page, rules);
}

function checkMagic(page: Page): PageFault | undefined {
  const magic = page.view.getUint32(PAGE_HEADER.magicOffset, true);
  if (magic === PAGE_MAGIC) return undefined;
  const found = toHex(page.bytes.subarray(0, 4));
  return pageFault('page-magic', PAGE_HEADER.magicOffset, '56445047', found, `it does not begin with VDPG`);
}

function checkVersion(page: Page, { version }: PageRules): PageFault | undefined {
  const found = page.view.getUint8(PAGE_HEADER.versionOffset);
  if (found === version) return undefined;
  return pageFault(
    'page-version',
    PAGE_HEADER.versionOffset,
    version,
    found,
    `page version ${found} is not ${version}`,
  );
}

function checkCrc(page: Page): PageFault | undefined {
  const computed = page.computeCrc();
  if (page.storedCrc === computed) return undefined;
  const message = `its checksum is ${hex32(page.storedCrc)}, its bytes say ${hex32(computed)}`;
  return pageFault('page-crc', CRC_OFFSET, hex32(computed), hex32(page.storedCrc), message);
}

function checkType(page: Page, { types }: PageRules): PageFault | undefined {
  if (types.has(page.type)) return undefined;
  const message = `page type ${page.type} is ${pageTypeName(page.type)}, and no page of a tree`;
  return pageFault('page-type', PAGE_HEADER.typeOffset, [...types].join(' or '), page.type, message);
}

function checkSlots(page: Page): PageFault | undefined {
  const { itemCount } = page;
  const badCount = checkItemCount(page);
  if (badCount !== undefined) return badCount;
  const slotsEnd = slotPosition(itemCount);
  let before = CRC_OFFSET;
  let isDescending = true;
  for (let index = 0; index < itemCount; index++) {
    const found = checkSlot(page, index, slotsEnd);
    if (found !== undefined) return found;
    const start = page.itemOffset(index);
    if (start + page.itemLength(index) > before) isDescending = false;
    before = start;
  }
  // Items lie one below the other when a page was written: then none overlaps another, and nothing has to be sorted.
  return (isDescending ? undefined : checkOverlaps(rangesOf(page))) ?? checkUncounted(page);
}

/** Notes where the items of a page are, and gives their number. */
function rangesOf(page: Page): number {
  const { itemCount } = page;
  for (let index = 0; index < itemCount; index++) itemRanges[index] = rangeOf(page, index);
  return itemCount;
}

function checkItemCount(page: Page): PageFault | undefined {
  const { itemCount } = page;
  if (itemCount >= 1 && itemCount <= MAX_ITEMS) return undefined;
  const message = `an item count of ${itemCount} is impossible`;
  return pageFault('item-count', PAGE_HEADER.itemCountOffset, `1 to ${MAX_ITEMS}`, itemCount, message);
}

function checkSlot(page: Page, index: number, slotsEnd: number): PageFault | undefined {
  const start = page.itemOffset(index);
  const end = start + page.itemLength(index);
  if (start >= slotsEnd && end <= CRC_OFFSET) return undefined;
  const message = `item ${index} is at ${start} to ${end}, outside the data area`;
  return pageFault('slot-range', slotPosition(index), `${slotsEnd} to ${CRC_OFFSET}`, `${start} to ${end}`, message);
}

/** An item's place as one number, so that places sort by where they start. */
function rangeOf(page: Page, index: number): number {
  return page.itemOffset(index) * PAGE_SIZE * 2 + page.itemLength(index);
}

/** Where the slot of an item is. */
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
      return pageFault('slot-overlap', start, `${previousEnd} or more`, start, message);
    }
    previousEnd = start + length;
  }
  return undefined;
}

/**
 * The free offset tells the number of items once more. Where it tells of more than are counted, and the slots after
 * those that are lead to items that share no byte with the others, it is the count that is wrong. Otherwise nobody
 * needs the free offset.
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
  return pageFault('item-lost', PAGE_HEADER.itemCountOffset, slots, itemCount, message);
}

function checkItems(page: Page, rules: PageRules): PageFault | undefined {
  const badLink = checkLink(page);
  if (badLink !== undefined) return badLink;
  const leaf = isLeafType(page.type);
  for (let index = 1; index < page.itemCount; index++) {
    const found =
      checkKey(page, index, leaf) ??
      checkKeyOrder(page, index) ??
      (leaf ? rules.findEntryFault(page, index) : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkLink(page: Page): PageFault | undefined {
  const linkLength = page.itemLength(0);
  if (linkLength === LINK_SIZE) return undefined;
  const message = `item 0 has ${linkLength} bytes, a page id has ${LINK_SIZE}`;
  return pageFault('link-length', slotPosition(0) + SLOT_LENGTH_OFFSET, LINK_SIZE, linkLength, message);
}

function checkKey(page: Page, index: number, leaf: boolean): PageFault | undefined {
  const item = page.itemOffset(index);
  const length = page.itemLength(index);
  const least = leaf ? ENTRY_OVERHEAD : INTERNAL_OVERHEAD;
  if (length < least) {
    return pageFault('item-length', item, `${least} or more`, length, `item ${index} has only ${length} bytes`);
  }
  const size = page.view.getUint16(item, true);
  const suffix = keySuffixOf(page.type);
  const most = Math.min(MAX_KEY_LENGTH + suffix, length - least);
  if (size < suffix || size > most) {
    const message = `the key of item ${index} has ${size} bytes, the item ${length}`;
    const expected = suffix === 0 ? `at most ${most}` : `${suffix} to ${most}`;
    return pageFault('key-length', item, expected, size, message);
  }
  if (!leaf && size + least !== length) {
    const message = `item ${index} has ${length} bytes, its key and child take ${size + least}`;
    return pageFault('item-length', item, size + least, length, message);
  }
  return undefined;
}

function checkKeyOrder(page: Page, index: number): PageFault | undefined {
  if (index === 1 || ascends(page, index)) return undefined;
  const message = `the key of item ${index} is out of order`;
  return pageFault('key-order', page.itemOffset(index), 'above the key before it', 'not above it', message);
}

function ascends(page: Page, index: number): boolean {
  const { view } = page;
  const suffix = keySuffixOf(page.type);
  const previous = index - 1;
  const from = keyStart(page, previous);
  const fromLength = keyLength(page, previous);
  const to = keyStart(page, index);
  const toLength = keyLength(page, index);
  const order =
    suffix === 0
      ? compareBytes(view, from, fromLength, view, to, toLength)
      : compareSuffixedBytes(view, from, fromLength, keyAt(page, index), suffix);
  return order < 0;
}
