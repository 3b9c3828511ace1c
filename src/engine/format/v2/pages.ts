/** Pages of format 2: each says which page of which store and table it is, and which position changed it last. */
import { readU64, U64, writeU64 } from '../../bytes/u64.js';
import { type AdvisoryFault, areZero, freeOffsetFaults } from '../advisory-faults.js';
import { PAGE_HEADER, SLOT_SIZE } from '../layout.js';
import { CATALOGUE_TREE, HISTORY_TREE, TABLE_TREE, VALUE_PAGE } from '../page-types.js';
import {
  findHeadFault,
  findHeaderFault,
  findItemsFault,
  headerFaults,
  type PageFault,
  pageFault,
  pageFaults,
  type PagePlace,
  type PageRules,
} from '../page-check.js';
import type { Page } from '../page.js';
import type { PageFormat, PageIdentity } from '../store-format.js';
import { findEventFault } from './event-check.js';
import { layoutFaults } from './page-layout.js';
import { isPlainLeaf } from './plain-leaf.js';
import { hasPlainRuns } from './plain-runs.js';
import { PAGE_HEADER_2_FIELDS } from './structures.js';

export const VERSION = 2;

const { storeTag, pageId, table, stamp } = PAGE_HEADER_2_FIELDS.offsets;

const PAGE_RULES_2: PageRules = {
  version: VERSION,
  types: new Set([TABLE_TREE, HISTORY_TREE, CATALOGUE_TREE].flatMap(({ leaf, internal }) => [leaf, internal])),
  findIdentityFault,
  findEntryFault: findEventFault,
};

const VALUE_PAGE_RULES: PageRules = { ...PAGE_RULES_2, types: new Set([VALUE_PAGE]) };

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
  changedAfter: (page, position) => stampOf(page).compare(position) > 0,
  findFault: (page, place) =>
    findHeaderFault(page, PAGE_RULES_2, place) ?? (isPlain(page) ? undefined : findItemsFault(page, PAGE_RULES_2)),
  findHeadFault: (page, place) => findHeadFault(page, PAGE_RULES_2, place),
  findFaultOfAny: (page, place) =>
    page.type === VALUE_PAGE ? findValueHeaderFault(page, place) : PAGES_2.findFault(page, place),
  hasSoundHeader: (page, place) => findHeaderFault(page, PAGE_RULES_2, place) === undefined,
  isTidy: (page, place, glance) =>
    page.type === TABLE_TREE.leaf &&
    PAGES_2.hasSoundHeader(page, place) &&
    isPlainLeaf(page, glance) &&
    areZero(page.bytes, PAGE_HEADER.size + page.itemCount * SLOT_SIZE, page.itemOffset(page.itemCount - 1)),
  faults: (page, place) =>
    page.type === VALUE_PAGE ? valueHeaderFaults(page, place) : pageFaults(page, PAGE_RULES_2, place),
  advisoryFaults,
  findOwnerFault(page, expected) {
    const found = readU64(page.view, table);
    if (found === expected) return undefined;
    return pageFault('page-owner', table, `${expected}`, found, `it says that it is a page of table ${found}`);
  },
};

/** Whether it is seen at a glance that the items of a page, whose header is sound, have no fault. */
function isPlain(page: Page): boolean {
  if (page.type === TABLE_TREE.leaf) return isPlainLeaf(page);
  return page.type === HISTORY_TREE.leaf && hasPlainRuns(page);
}

/** Which page of which store and table a page says that it is. */
export function identityOf(page: Page): Omit<PageIdentity, 'type'> {
  return {
    pageId: page.view.getUint32(pageId, true),
    table: readU64(page.view, table),
    storeTag: page.view.getUint16(storeTag, true),
  };
}

/** The position of the group of batches that changed a page last. */
export function stampOf(page: Page): U64 {
  return new U64(page.view.getUint32(stamp + 4, true), page.view.getUint32(stamp, true));
}

/** What is wrong with a value page that can be told without knowing its value. */
export function findValueHeaderFault(page: Page, place: PagePlace): PageFault | undefined {
  return findHeaderFault(page, VALUE_PAGE_RULES, place) ?? findCountFault(page);
}

function valueHeaderFaults(page: Page, place: PagePlace): PageFault[] {
  const items = findCountFault(page);
  return [...headerFaults(page, VALUE_PAGE_RULES, place), ...(items === undefined ? [] : [items])];
}

function findCountFault({ itemCount }: Page): PageFault | undefined {
  if (itemCount === 0) return undefined;
  const message = `a page of a value has no items, and it counts ${itemCount}`;
  return pageFault('item-count', PAGE_HEADER.itemCountOffset, 0, itemCount, message);
}

function* advisoryFaults(page: Page): Generator<AdvisoryFault> {
  yield* freeOffsetFaults(page);
  if (page.type !== VALUE_PAGE) yield* layoutFaults(page);
}
