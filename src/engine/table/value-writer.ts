/** Writes values that are too long for the entry of their key to extents: neighbouring pages of the store file. */
import type { U64 } from '../bytes/u64.js';
import { crc32 } from '../bytes/crc32.js';
import { Page } from '../format/page.js';
import type { TableCounts } from '../format/superblock.js';
import type { KeyAndValue } from '../format/v1/intervals.js';
import { type EventData, externalEvent } from '../format/v2/events.js';
import {
  extentPages,
  initializeValuePage,
  VALUE_BYTES_OFFSET,
  VALUE_PAGE_CAPACITY,
  valueOffset,
} from '../format/v2/value-page.js';
import type { PageSink } from '../pager/page-sink.js';

/** The page that is being made. Only ever used within one call. */
const page = new Page();

export class ValueWriter {
  constructor(
    private readonly pager: Pick<PageSink, 'allocateRun' | 'storeTag' | 'writeDirect'>,
    private readonly table: bigint,
    private readonly counts: TableCounts,
  ) {}

  /** Writes the value of a put; gives the event that says where it is. */
  write(operation: KeyAndValue, at: U64): EventData {
    const { keyLength, valueView, valueStart, valueLength } = operation;
    const pageCount = extentPages(keyLength, valueLength);
    const firstPage = this.pager.allocateRun(pageCount);
    for (let ordinal = 0; ordinal < pageCount; ordinal++) this.#writePage(operation, at, firstPage, ordinal);
    this.counts.valuePages += pageCount;
    this.counts.valueBytes += valueLength;
    const value = new Uint8Array(valueView.buffer, valueView.byteOffset + valueStart, valueLength);
    return externalEvent({ length: valueLength, firstPage, crc: crc32(value) });
  }

  #writePage(operation: KeyAndValue, at: U64, firstPage: number, ordinal: number): void {
    const { view, keyStart, keyLength, valueView, valueStart, valueLength } = operation;
    initializeValuePage(page, {
      pageId: firstPage + ordinal,
      table: this.table,
      storeTag: this.pager.storeTag,
      position: at,
      ordinal,
      valueLength,
    });
    let offset = VALUE_BYTES_OFFSET;
    if (ordinal === 0) {
      page.view.setUint16(offset, keyLength, true);
      page.bytes.set(new Uint8Array(view.buffer, view.byteOffset + keyStart, keyLength), offset + 2);
      offset += valueOffset(keyLength);
    }
    const from = ordinal === 0 ? 0 : ordinal * VALUE_PAGE_CAPACITY - valueOffset(keyLength);
    const length = Math.min(VALUE_BYTES_OFFSET + VALUE_PAGE_CAPACITY - offset, valueLength - from);
    page.bytes.set(new Uint8Array(valueView.buffer, valueView.byteOffset + valueStart + from, length), offset);
    page.seal();
    this.pager.writeDirect(firstPage + ordinal, page.bytes);
  }
}
