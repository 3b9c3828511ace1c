/**
 * Format 2: histories of any length, values in extents, any number of tables, pages that say where they belong, and a
 * superblock in two copies.
 */
import type { StoreFormat } from '../store-format.js';
import { PAGES_2, VERSION } from './pages.js';
import { NEW_RECORD, SUPERBLOCK_2 } from './superblock.js';

export const FORMAT_2: StoreFormat = {
  version: VERSION,
  superblock: SUPERBLOCK_2,
  pages: PAGES_2,
  tablesMax: Infinity,
  newRecord: NEW_RECORD,
  journalVersion: 4,
};
