/** How the pages of a format are taken apart: one implementation for each format. */
import type { Structure } from '../bytes/field-structure.js';
import { findFormat, formatOfPage } from '../format/formats.js';
import { Page } from '../format/page.js';
import { VALUE_PAGE } from '../format/page-types.js';
import type { StoreFormat } from '../format/store-format.js';
import { PAGE_HEADER_FIELDS } from '../format/structures.js';
import { FORMAT_1 } from '../format/v1/format.js';
import { FORMAT_2 } from '../format/v2/format.js';
import { PAGE_HEADER_2_FIELDS } from '../format/v2/structures.js';
import { readEventItem } from './event-items.js';
import { readIntervalItem } from './interval-items.js';
import type { Part } from './parts.js';
import { type SuperblockAnatomy, TABLES_IN_SUPERBLOCK } from './superblock-tables.js';
import { RECORDS_IN_SUPERBLOCK } from './superblock-records.js';
import { valuePageParts } from './value-page.js';

export interface PageAnatomy {
  readonly superblock: SuperblockAnatomy;
  readonly header: Structure;
  /** The item that a slot points to. */
  readItem(bytes: Buffer, index: number, start: number, end: number, type: number): Part;
  /** What is in a page without items; undefined for one that has some. */
  readContent(bytes: Buffer, end: number, type: number): Part[] | undefined;
}

const ANATOMIES = new Map<StoreFormat, PageAnatomy>([
  [
    FORMAT_1,
    {
      superblock: TABLES_IN_SUPERBLOCK,
      header: PAGE_HEADER_FIELDS,
      readItem: readIntervalItem,
      readContent: () => undefined,
    },
  ],
  [
    FORMAT_2,
    {
      superblock: RECORDS_IN_SUPERBLOCK,
      header: PAGE_HEADER_2_FIELDS,
      readItem: readEventItem,
      readContent: (bytes, end, type) => (type === VALUE_PAGE ? valuePageParts(bytes, end) : undefined),
    },
  ],
]);

export function anatomyOf(format: StoreFormat): PageAnatomy {
  return ANATOMIES.get(format) as PageAnatomy;
}

/** The format of the store that a page is of: that which is said of it, or which it says itself. */
export function pageFormat(bytes: Buffer, format: number | undefined): StoreFormat {
  const page = new Page();
  page.bytes.fill(0).set(bytes);
  return (format === undefined ? undefined : findFormat(format)) ?? formatOfPage(page);
}
