/** Whether the free map of a store has a page: then what is in it means nothing. */
import { keyRef } from '../bytes/bytes.js';
import { childIndexFor, findKey, readChild } from '../format/items.js';
import { MAX_HEIGHT } from '../format/layout.js';
import { Page } from '../format/page.js';
import { CATALOGUE_TREE } from '../format/page-types.js';
import { type FreeGroup, PAGES_PER_GROUP, type StoreRecord } from '../format/superblock.js';
import { decodeSuperblock, formatOfSuperblock } from '../format/superblock-page.js';
import { findRecordItemFault, recordKey, recordPlace } from '../format/v2/catalogue-item.js';
import type { RecordContext } from '../format/v2/record-check.js';
import { decodeFreeGroup, FREE_MAP } from '../format/v2/records.js';
import { StoreError } from '../errors.js';

type ReadPage = (pageId: number, into: Buffer) => void;

/**
 * As far as the map can be read: of what is damaged no page is said to be free.
 *
 * @param superblock page 0, or the copy of it
 * @param read fills a page with one of the file
 */
export function isFreePage(superblock: Buffer, page: bigint, read: ReadPage): boolean {
  try {
    const { record, ...context } = decodeSuperblock(superblock);
    if (record === undefined || page >= context.nextPageId) return false;
    const group = findGroup(superblock, record, context, Math.floor(Number(page) / PAGES_PER_GROUP), read);
    const bit = Number(page) % PAGES_PER_GROUP;
    return (((group?.bits[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

function findGroup(
  superblock: Buffer,
  { catalogue, freeGroups }: StoreRecord,
  context: RecordContext,
  group: number,
  read: ReadPage,
): FreeGroup | undefined {
  if (catalogue === null) return freeGroups.find((each) => each.group === group);
  const { pages } = formatOfSuperblock(superblock);
  const key = keyRef(recordKey(FREE_MAP, BigInt(group)));
  let pageId = catalogue.root;
  for (let level = 0; level < MAX_HEIGHT; level++) {
    const page = new Page();
    read(pageId, page.bytes);
    if (pages.findFaultOfAny(page, { pageId }) !== undefined) return undefined;
    page.measure();
    if (page.type === CATALOGUE_TREE.internal) {
      pageId = readChild(page, childIndexFor(page, key));
      continue;
    }
    const index = page.type === CATALOGUE_TREE.leaf ? findKey(page, key) : -1;
    if (index < 0 || findRecordItemFault(page, index, context) !== undefined) return undefined;
    const { id, offset, length } = recordPlace(page, index);
    return decodeFreeGroup(id, page.bytes.subarray(offset, offset + length));
  }
  return undefined;
}
