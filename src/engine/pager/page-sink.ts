/** Where new pages go that are written once: to a store that is open, or to a file that is being built. */
import type { StoreFormat } from '../format/store-format.js';

export interface PageSink {
  readonly format: StoreFormat;
  /** The first 16 bits of the store's id, which its pages repeat. */
  readonly storeTag: number;
  /** The first of this many new pages that are neighbours. @throws StoreError `STORE_TOO_LARGE` */
  allocateRun(pageCount: number): number;
  /** Writes neighbouring pages, whole and with their checksums. The bytes may be changed afterwards. */
  writeDirect(firstPage: number, pages: Buffer): void;
}
