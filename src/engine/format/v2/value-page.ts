/**
 * Value pages: an extent of neighbouring pages holds one value. Its bytes, from page to page, are
 *
 *     key length u16 · key · value
 *
 * and zeroes after the end. The key is there for whoever has nothing else left of the store.
 */
import { CRC_OFFSET, PAGE_HEADER } from '../layout.js';
import type { Page } from '../page.js';
import { type PageFault, pageFault } from '../page-check.js';
import { compareU64At, readU64, type U64 } from '../../bytes/u64.js';
import { VALUE_PAGE } from '../page-types.js';
import type { PageIdentity } from '../store-format.js';
import { findValueHeaderFault, PAGES_2 } from './pages.js';
import { PAGE_HEADER_2_FIELDS, VALUE_HEADER } from './structures.js';

const stampField = PAGE_HEADER_2_FIELDS.offsets.stamp;
const ordinalField = PAGE_HEADER.size + VALUE_HEADER.offsets.ordinal;
const lengthField = PAGE_HEADER.size + VALUE_HEADER.offsets.valueLength;
/** Where in a value page the bytes begin. */
export const VALUE_BYTES_OFFSET = PAGE_HEADER.size + VALUE_HEADER.fixedSize;
/** Bytes of a value in one page. */
export const VALUE_PAGE_CAPACITY = CRC_OFFSET - VALUE_BYTES_OFFSET;
const KEY_LENGTH_SIZE = 2;

/** What a value page is to say beside its bytes. */
export interface ValuePageIdentity extends Omit<PageIdentity, 'type'> {
  readonly position: U64;
  readonly ordinal: number;
  readonly valueLength: number;
}

/** Which page of its extent a value page says that it is, from 0 on. */
export function ordinalOf({ view }: Page): number {
  return view.getUint32(ordinalField, true);
}

/** How long the whole value is, as a value page says it. */
export function valueLengthOf({ view }: Page): number {
  return view.getUint32(lengthField, true);
}

/** Where in the bytes of an extent the value begins. */
export function valueOffset(keyLength: number): number {
  return KEY_LENGTH_SIZE + keyLength;
}

/** Pages of an extent. */
export function extentPages(keyLength: number, valueLength: number): number {
  return Math.ceil((valueOffset(keyLength) + valueLength) / VALUE_PAGE_CAPACITY);
}

/** Makes this a value page without bytes. Its checksum is not right before `finalize`. */
export function initializeValuePage(page: Page, identity: ValuePageIdentity): void {
  page.bytes.fill(0);
  PAGES_2.initialize(page, { ...identity, type: VALUE_PAGE });
  PAGES_2.stamp(page, identity.position);
  page.view.setUint32(ordinalField, identity.ordinal, true);
  page.view.setUint32(lengthField, identity.valueLength, true);
}

/** What is wrong with a value page that is due here; bytes after the end of the value that are not zero included. */
export function findValuePageFault(page: Page, due: ValuePageIdentity): PageFault | undefined {
  return (
    findValueHeaderFault(page, due) ??
    PAGES_2.findOwnerFault(page, due.table) ??
    findStampDifference(page, due.position) ??
    findDifference('ordinal', ordinalField, ordinalOf(page), due.ordinal) ??
    findDifference('value length', lengthField, valueLengthOf(page), due.valueLength)
  );
}

/** Compared by words, as numbers are made for a message only. */
function findStampDifference({ view }: Page, due: U64): PageFault | undefined {
  if (compareU64At(view, stampField, due) === 0) return undefined;
  return findDifference('stamp', stampField, readU64(view, stampField), due.toBigInt());
}

function findDifference<Value extends number | bigint>(
  label: string,
  offset: number,
  found: Value,
  due: Value,
): PageFault | undefined {
  if (found === due) return undefined;
  return pageFault('value-page', offset, `${due}`, found, `its ${label} is ${found}, and ${due} is due there`);
}
