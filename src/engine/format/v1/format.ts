/** Format 1, that of the Rust crate: all versions of a key in one page, the tables in the superblock. */
import { type AdvisoryFault, freeOffsetFaults, reservedFaults } from '../advisory-faults.js';
import { MAX_TABLES, PAGE_HEADER } from '../layout.js';
import type { Page } from '../page.js';
import { TABLE_TREE } from '../page-types.js';
import { findHeadFault, findHeaderFault, findPageFault, pageFaults, type PageRules } from '../page-check.js';
import type { StoreFormat } from '../store-format.js';
import { findIntervalFault } from './interval-check.js';
import { SUPERBLOCK_1 } from './superblock.js';

const VERSION = 1;
const PAGE_RULES: PageRules = {
  version: VERSION,
  types: new Set([TABLE_TREE.leaf, TABLE_TREE.internal]),
  findIdentityFault: () => undefined,
  findEntryFault: findIntervalFault,
};

export const FORMAT_1: StoreFormat = {
  version: VERSION,
  superblock: SUPERBLOCK_1,
  tablesMax: MAX_TABLES,
  journalVersion: 3,
  pages: {
    initialize(page, { type }) {
      page.initialize(type, VERSION);
    },
    stamp() {
      // Pages of this format say nothing of themselves.
    },
    changedAfter: () => true,
    findOwnerFault: () => undefined,
    findFault: (page, place) => findPageFault(page, PAGE_RULES, place),
    findHeadFault: (page, place) => findHeadFault(page, PAGE_RULES, place),
    findFaultOfAny: (page, place) => findPageFault(page, PAGE_RULES, place),
    hasSoundHeader: (page, place) => findHeaderFault(page, PAGE_RULES, place) === undefined,
    isTidy: () => false,
    faults: (page, place) => pageFaults(page, PAGE_RULES, place),
    advisoryFaults,
  },
};

function* advisoryFaults(page: Page): Generator<AdvisoryFault> {
  yield* freeOffsetFaults(page);
  yield* reservedFaults(page, PAGE_HEADER.reservedOffset, PAGE_HEADER.size);
}
