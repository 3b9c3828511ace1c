/** Reads a value from its extent, page by page: all of it, or which pages of it cannot be read. */
import { U64 } from '../bytes/u64.js';
import { crc32 } from '../bytes/crc32.js';
import { VALUE_PAGE } from '../format/page-types.js';
import { VALUE_MAX } from '../format/v2/event-layout.js';
import type { ExternalValue } from '../format/v2/events.js';
import {
  extentPages,
  findValuePageFault,
  VALUE_BYTES_OFFSET,
  VALUE_PAGE_CAPACITY,
  valueOffset,
} from '../format/v2/value-page.js';
import type { ValueOwner } from '../table/value-reader.js';
import type { PageCensus } from './page-census.js';

export type ExtentReading = { readonly value: Buffer } | { readonly badPages: readonly number[] };

/** Where a value is. The checksum of all of it is in its event: where that is lost, each page's own has to do. */
export type Extent = Omit<ExternalValue, 'crc'> & { readonly crc: number | undefined };

export function readExtent(census: PageCensus, owner: ValueOwner, external: Extent): ExtentReading {
  const { length, firstPage, crc } = external;
  const pageCount = extentPages(owner.keyLength, length);
  const ids = Array.from({ length: length > VALUE_MAX ? 0 : pageCount }, (_, ordinal) => firstPage + ordinal);
  const badPages = ids.filter((pageId) => census.typeOf(pageId) !== VALUE_PAGE);
  if (badPages.length > 0 || ids.length === 0) return { badPages };
  const value = Buffer.allocUnsafeSlow(length);
  const identity = {
    table: owner.table,
    storeTag: census.identity.storeTag ?? 0,
    position: U64.from(owner.position),
    valueLength: length,
  };
  let filled = 0;
  for (const [ordinal, pageId] of ids.entries()) {
    const page = census.read(pageId);
    if (findValuePageFault(page, { ...identity, pageId, ordinal }) !== undefined) return { badPages: [pageId] };
    const start = VALUE_BYTES_OFFSET + (ordinal === 0 ? valueOffset(owner.keyLength) : 0);
    const size = Math.min(VALUE_BYTES_OFFSET + VALUE_PAGE_CAPACITY - start, length - filled);
    value.set(page.bytes.subarray(start, start + size), filled);
    filled += size;
  }
  return crc === undefined || crc32(value) === crc ? { value } : { badPages: ids };
}
