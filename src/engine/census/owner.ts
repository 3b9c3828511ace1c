/** Who points to a page: the way to it from the superblock, and by what on each page. */
import { StoreError } from '../errors.js';
import { copyKey, readChild } from '../format/items.js';
import { MAX_HEIGHT } from '../format/layout.js';
import type { Page } from '../format/page.js';
import { keySuffixOf } from '../format/page-types.js';
import { EVENT_SIZE_OFFSET, EXTERNAL } from '../format/v2/event-layout.js';
import { eventCount, eventEnd, newestEvent, positionOf, readExternal } from '../format/v2/events.js';
import { extentPages } from '../format/v2/value-page.js';
import { keyLength } from '../format/items.js';
import { PageChunk, type PageFileReader } from '../verify/page-file-reader.js';
import type { CensusTaker, PageFacts } from './page-census.js';

/** What on a page points to the next one on the way. */
export type Pointer =
  | { readonly by: 'record'; readonly table: bigint; readonly tree: 'entries' | 'history' }
  | { readonly by: 'catalogue' }
  | { readonly by: 'child'; readonly index: number }
  | { readonly by: 'event'; readonly key: Uint8Array; readonly position: bigint; readonly ordinal: number }
  | { readonly by: 'unknown' };

export interface OwnerStep extends PageFacts {
  /** What points to the next page; null on the last one. */
  readonly pointer: Pointer | null;
}

export interface OwnerPath {
  readonly page: PageFacts;
  /** From the superblock to the page; empty where nobody points to it. */
  readonly path: readonly OwnerStep[];
}

/** @throws StoreError `PAGE_BEYOND_END` */
export function ownerOf(source: PageFileReader, census: CensusTaker, page: number): OwnerPath {
  if (page >= census.pages) {
    const message = `page ${page} is past the end: the store has ${census.pages} pages`;
    throw new StoreError('PAGE_BEYOND_END', message, { page, filePages: census.pages });
  }
  const chain = wayUp(census, page);
  const path = chain.map((at, index): OwnerStep => {
    const next = chain[index + 1];
    return { ...census.facts(at), pointer: next === undefined ? null : findPointer(source, census, at, next) };
  });
  return { page: census.facts(page), path: path.length > 1 || census.kind(page) === 'superblock' ? path : [] };
}

/** From the superblock to the page. */
function wayUp(census: CensusTaker, page: number): number[] {
  const chain = [page];
  // The catalogue can be above a tree, and a value below it.
  for (let left = 2 * MAX_HEIGHT + 2; left > 0; left--) {
    const parent = census.parent(chain[0] as number);
    if (parent === undefined) break;
    chain.unshift(parent);
  }
  return chain;
}

function findPointer(source: PageFileReader, census: CensusTaker, page: number, next: number): Pointer {
  const table = census.records[census.tableIndex(next)];
  const kind = census.kind(page);
  if (kind === 'superblock' || (kind === 'catalogue' && table !== undefined)) {
    if (table === undefined) return { by: 'catalogue' };
    return { by: 'record', table: table.id, tree: Number(table.root) === next ? 'entries' : 'history' };
  }
  const found = read(source, page);
  if (found === undefined) return { by: 'unknown' };
  return (found.isLeaf ? findEvent(found, next) : findChild(found, next)) ?? { by: 'unknown' };
}

function findChild(page: Page, next: number): Pointer | undefined {
  for (let index = 0; index < page.itemCount; index++) {
    if (readChild(page, index) === next) return { by: 'child', index };
  }
  return undefined;
}

/** The event whose value has a page. */
function findEvent(page: Page, next: number): Pointer | undefined {
  const { view } = page;
  for (let index = 1; index < page.itemCount; index++) {
    const length = keyLength(page, index) - page.keySuffix;
    let event = newestEvent(page, index);
    for (let left = eventCount(view, page.itemOffset(index)); left > 0; left--) {
      if (view.getUint16(event + EVENT_SIZE_OFFSET, true) === EXTERNAL) {
        const value = readExternal(view, event);
        const ordinal = next - value.firstPage;
        if (ordinal >= 0 && ordinal < extentPages(length, value.length)) {
          const key = copyKey(page, index).subarray(0, length);
          return { by: 'event', key, position: positionOf(view, event), ordinal };
        }
      }
      event = eventEnd(view, event);
    }
  }
  return undefined;
}

function read(source: PageFileReader, pageId: number): Page | undefined {
  const chunk = new PageChunk(source);
  chunk.load(pageId, 1);
  const page = chunk.page(pageId);
  if (page !== undefined) page.keySuffix = keySuffixOf(page.type);
  return page;
}
