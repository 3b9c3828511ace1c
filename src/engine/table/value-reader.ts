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
  readonly #pages: readonly Page[];

  constructor(readonly pageCount: number) {
    const bytes = Buffer.allocUnsafeSlow(pageCount * PAGE_SIZE);
    this.bytes = bytes;
    this.#pages = Array.from(
      { length: pageCount },
      (_, index) => new Page(bytes.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE)),
    );
  }

  page(index: number): Page {
    return this.#pages[index] as Page;
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

/** What the pages of a value are checked against, one after the other. */
class ValuePages {
  readonly pageCount: number;
  /** The page that is due; one object for all, as what is made for each page is much for a value of three. */
  readonly #due;

  /** @throws StoreError `TREE_CORRUPTED` for pages that the store does not have */
  constructor(
    pages: PageReader,
    private readonly owner: ValueOwner,
    private readonly external: ExternalValue,
  ) {
    const { table, keyLength, position } = owner;
    const { firstPage, length } = external;
    const { storeTag } = pages;
    this.pageCount = extentPages(keyLength, length);
    this.#due = { table, storeTag, position: U64.from(position), valueLength: length, pageId: firstPage, ordinal: 0 };
    if (firstPage >= 1 && firstPage + this.pageCount <= pages.pageCount) return;
    const last = firstPage + this.pageCount - 1;
    const message = `a value of table ${table} is in pages ${firstPage} to ${last}, which the store does not have`;
    throw new StoreError('TREE_CORRUPTED', message, this.#facts);
  }

  /** Checks the page of an ordinal. @throws StoreError `PAGE_CORRUPTED` */
  check(page: Page, ordinal: number): void {
    const due = this.#due;
    due.ordinal = ordinal;
    due.pageId = this.external.firstPage + ordinal;
    const fault = findValuePageFault(page, due);
    if (fault !== undefined) throw damagedPage(due.pageId, fault);
  }

  /** Where in the page of an ordinal the bytes of the value begin. */
  startIn(ordinal: number): number {
    return VALUE_BYTES_OFFSET + (ordinal === 0 ? valueOffset(this.owner.keyLength) : 0);
  }

  /** Where they end. */
  endIn(ordinal: number): number {
    const end = valueOffset(this.owner.keyLength) + this.external.length - ordinal * VALUE_PAGE_CAPACITY;
    return VALUE_BYTES_OFFSET + Math.min(VALUE_PAGE_CAPACITY, end);
  }

  /** @param computed of the whole value. @throws StoreError `TREE_CORRUPTED` */
  checkSum(computed: number): void {
    const { crc, firstPage } = this.external;
    if (computed === crc) return;
    const message = `the value at page ${firstPage} has another checksum than its event says`;
    throw new StoreError('TREE_CORRUPTED', message, { ...this.#facts, expected: crc, found: computed });
  }

  get #facts(): { table: bigint; page: number; position: bigint } {
    return { table: this.owner.table, page: this.external.firstPage, position: this.owner.position };
  }
}

/**
 * A copy of a value.
 *
 * @param makeRoom gives memory for it
 * @throws StoreError `PAGE_CORRUPTED`, `TREE_CORRUPTED`, `IO_ERROR`
 */
export function readValue(
  pages: PageReader,
  owner: ValueOwner,
  external: ExternalValue,
  makeRoom = (size: number): Buffer => Buffer.allocUnsafe(size),
): Buffer {
  const value = new ValuePages(pages, owner, external);
  const { firstPage, length } = external;
  const isAhead = pages.extents.holds(firstPage, value.pageCount);
  const chunk = isAhead ? undefined : chunkFor(value.pageCount, SHORT_CHUNK);
  let copy: Buffer | undefined;
  let offset = 0;
  for (let ordinal = 0; ordinal < value.pageCount; ordinal++) {
    const index = ordinal % CHUNK_PAGES;
    if (chunk !== undefined && index === 0) readChunk(pages, firstPage, value.pageCount, ordinal, chunk);
    const page = chunk?.page(index) ?? pages.extents.page(firstPage + ordinal);
    value.check(page, ordinal);
    // Not before the first page was seen to be the value's: damage can say any length.
    copy ??= makeRoom(length);
    offset += page.bytes.copy(copy, offset, value.startIn(ordinal), value.endIn(ordinal));
  }
  copy ??= Buffer.alloc(0);
  value.checkSum(crc32(copy));
  return copy;
}

/**
 * The bytes of a value, some pages at a time; they are to be used before the next ones are asked for. The checksum of
 * the whole is compared at the end.
 */
export function* valueChunks(
  pages: PageReader,
  owner: ValueOwner,
  external: ExternalValue,
): Generator<Uint8Array, void> {
  const value = new ValuePages(pages, owner, external);
  const chunk = chunkFor(value.pageCount);
  let computed = 0;
  for (let ordinal = 0; ordinal < value.pageCount; ordinal++) {
    const index = ordinal % CHUNK_PAGES;
    if (index === 0) readChunk(pages, external.firstPage, value.pageCount, ordinal, chunk);
    const page = chunk.page(index);
    value.check(page, ordinal);
    const bytes = page.bytes.subarray(value.startIn(ordinal), value.endIn(ordinal));
    computed = crc32(bytes, computed);
    yield bytes;
  }
  value.checkSum(computed);
}

/** Memory for the pages of a value that are read together. */
function chunkFor(pageCount: number, short?: ValueChunk): ValueChunk {
  return short !== undefined && pageCount <= short.pageCount ? short : new ValueChunk(Math.min(CHUNK_PAGES, pageCount));
}

function readChunk(pages: PageReader, firstPage: number, pageCount: number, ordinal: number, into: ValueChunk): void {
  pages.readDirect(firstPage + ordinal, Math.min(CHUNK_PAGES, pageCount - ordinal), into.bytes);
}
