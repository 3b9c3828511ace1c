/** Reads values from extents, some pages at a time; each page is checked before anything of it is given. */
import { U64 } from '../bytes/u64.js';
import { crc32 } from '../bytes/crc32.js';
import { StoreError } from '../errors.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import type { ExternalValue } from '../format/v2/events.js';
import {
  extentPages,
  findValuePageFault,
  VALUE_BYTES_OFFSET,
  VALUE_PAGE_CAPACITY,
  valueOffset,
} from '../format/v2/value-page.js';
import { damagedPage, type PageReader } from '../pager/page-reader.js';

/** Pages read together. */
const CHUNK_PAGES = 64;

/** Memory for pages of a value. */
class ValueChunk {
  readonly bytes: Buffer;
  readonly pages: readonly Page[];

  constructor(pageCount: number) {
    const bytes = Buffer.allocUnsafeSlow(pageCount * PAGE_SIZE);
    this.bytes = bytes;
    this.pages = Array.from(
      { length: pageCount },
      (_, index) => new Page(bytes.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE)),
    );
  }
}

/** Used within one call, for one value after the other: to make it takes a fifth of the time of a value of 10 KB. */
const SHORT_CHUNK = new ValueChunk(4);

/** The event that a value belongs to. */
export interface ValueOwner {
  readonly table: bigint;
  readonly keyLength: number;
  readonly position: bigint;
}

/** A copy of a value. @throws StoreError `PAGE_CORRUPTED`, `TREE_CORRUPTED`, `IO_ERROR` */
export function readValue(pages: PageReader, owner: ValueOwner, external: ExternalValue): Buffer {
  let value: Buffer | undefined;
  let offset = 0;
  for (const bytes of valueChunks(pages, owner, external, SHORT_CHUNK)) {
    // Not before the first page was seen to be the value's: damage can say any length.
    value ??= Buffer.allocUnsafeSlow(external.length);
    value.set(bytes, offset);
    offset += bytes.length;
  }
  return value ?? Buffer.alloc(0);
}

/**
 * The bytes of a value, some pages at a time; they are to be used before the next ones are asked for. The checksum of
 * the whole is compared at the end.
 *
 * @param shortChunk where the pages of a short value are read into, when nothing else uses it before the value ends
 */
export function* valueChunks(
  pages: PageReader,
  { table, keyLength, position }: ValueOwner,
  { length, firstPage, crc }: ExternalValue,
  shortChunk = new ValueChunk(0),
): Generator<Uint8Array, void> {
  const pageCount = extentPages(keyLength, length);
  const facts = { table, page: firstPage, position };
  if (firstPage < 1 || firstPage + pageCount > pages.pageCount) {
    const message = `a value of table ${table} is in pages ${firstPage} to ${firstPage + pageCount - 1}, which the store does not have`;
    throw new StoreError('TREE_CORRUPTED', message, facts);
  }
  const chunk = pageCount <= shortChunk.pages.length ? shortChunk : new ValueChunk(Math.min(CHUNK_PAGES, pageCount));
  const identity = { table, storeTag: pages.storeTag, position: U64.from(position), valueLength: length };
  let left = length;
  let computed = 0;
  for (let first = 0; first < pageCount; first += CHUNK_PAGES) {
    const count = Math.min(CHUNK_PAGES, pageCount - first);
    pages.readDirect(firstPage + first, count, chunk.bytes);
    for (let index = 0; index < count; index++) {
      const ordinal = first + index;
      const page = chunk.pages[index] as Page;
      const pageId = firstPage + ordinal;
      const fault = findValuePageFault(page, { ...identity, pageId, ordinal });
      if (fault !== undefined) throw damagedPage(pageId, fault);
      const skipped = ordinal === 0 ? valueOffset(keyLength) : 0;
      const size = Math.min(VALUE_PAGE_CAPACITY - skipped, left);
      const start = VALUE_BYTES_OFFSET + skipped;
      const bytes = page.bytes.subarray(start, start + size);
      computed = crc32(bytes, computed);
      left -= size;
      yield bytes;
    }
  }
  if (computed === crc) return;
  const message = `the value at page ${firstPage} has another checksum than its event says`;
  throw new StoreError('TREE_CORRUPTED', message, { ...facts, expected: crc, found: computed });
}
