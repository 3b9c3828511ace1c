/** The pages of a store that is being built: ids in the order in which they are asked for, each page written once. */
import { StoreError } from '../errors.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import { PageSum } from '../format/v2/page-sum.js';
import { PAGES_MAX } from '../journal/index.js';
import { storedCrc } from '../journal/format.js';
import { storeTagOfId } from '../pager/page-reader.js';
import type { PageSink } from '../pager/page-sink.js';

/** Writes a page to where it belongs; the bytes may be changed afterwards. */
export type WritePage = (pageId: number, page: Buffer) => void;

export class BuiltPages implements PageSink {
  readonly storeTag: number;
  pageCount: number;
  sums = PageSum.ZERO;

  /** @param write without it pages are only counted */
  constructor(
    readonly format: StoreFormat,
    storeId: bigint,
    private readonly write?: WritePage,
  ) {
    this.storeTag = storeTagOfId(storeId);
    this.pageCount = format.superblock.pageIds.length;
  }

  allocateRun(pageCount: number): number {
    const first = this.pageCount;
    this.pageCount += pageCount;
    if (this.pageCount <= PAGES_MAX) return first;
    throw new StoreError('STORE_TOO_LARGE', `the copy would have more than ${PAGES_MAX} pages`, { limit: PAGES_MAX });
  }

  writeDirect(firstPage: number, pages: Buffer): void {
    for (let offset = 0; offset < pages.length; offset += PAGE_SIZE) {
      const pageId = firstPage + offset / PAGE_SIZE;
      const page = pages.subarray(offset, offset + PAGE_SIZE);
      this.sums = this.sums.with(pageId, 0, storedCrc(page));
      this.write?.(pageId, page);
    }
  }
}
