/** Pages of format 2: each says which page of which store and table it is, and which position changed it last. */
import { readU64, U64, writeU64 } from '../../bytes/u64.js';
import { CATALOGUE_TREE, HISTORY_TREE, TABLE_TREE } from '../page-types.js';
import { findPageFault, type PageFault, pageFault, pageFaults, type PagePlace, type PageRules } from '../page-check.js';
import type { Page } from '../page.js';
import type { PageFormat } from '../store-format.js';
import { findEventFault } from './event-check.js';
import { PAGE_HEADER_2_FIELDS } from './structures.js';

export const VERSION = 2;

const { storeTag, pageId, table, stamp } = PAGE_HEADER_2_FIELDS.offsets;

export const PAGE_RULES_2: PageRules = {
  version: VERSION,
  types: new Set([TABLE_TREE, HISTORY_TREE, CATALOGUE_TREE].flatMap(({ leaf, internal }) => [leaf, internal])),
  findIdentityFault,
  findEntryFault: findEventFault,
};

/** A page is where it says it is, in the store that it says. */
function findIdentityFault(page: Page, place: PagePlace): PageFault | undefined {
  const tag = page.view.getUint16(storeTag, true);
  if (place.storeTag !== undefined && tag !== place.storeTag) {
    const message = `it is a page of another store: its store tag is ${tag}`;
    return pageFault('page-store', storeTag, place.storeTag, tag, message);
  }
  const id = page.view.getUint32(pageId, true);
  if (place.pageId === undefined || id === place.pageId) return undefined;
  return pageFault('page-id', pageId, place.pageId, id, `it says that it is page ${id}`);
}

export const PAGES_2: PageFormat = {
  initialize(page, identity) {
    page.initialize(identity.type, VERSION);
    page.view.setUint16(storeTag, identity.storeTag, true);
    page.view.setUint32(pageId, identity.pageId, true);
    writeU64(page.view, table, U64.from(identity.table));
  },
  stamp(page, position) {
    writeU64(page.view, stamp, position);
  },
  findFault: (page, place) => findPageFault(page, PAGE_RULES_2, place),
  faults: (page, place) => pageFaults(page, PAGE_RULES_2, place),
  findOwnerFault(page, expected) {
    const found = readU64(page.view, table);
    if (found === expected) return undefined;
    return pageFault('page-owner', table, `${expected}`, found, `it says that it is a page of table ${found}`);
  },
};
