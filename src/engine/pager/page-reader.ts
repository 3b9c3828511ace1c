/** The pages of a store for whoever reads them: what the pager of a writer and that of a reader have in common. */
import { type PageStorage, PageCache } from '../cache/page-cache.js';
import type { Frame } from '../cache/frame.js';
import { isDamage, StoreError } from '../errors.js';
import { type PageFault, faultFacts } from '../format/page-check.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Page } from '../format/page.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Superblock } from '../format/superblock.js';
import { ExtentAhead } from './extent-ahead.js';

const STORE_TAG_MASK = 0xffffn;

/** The pages of a store, for whoever reads them. */
export abstract class PageReader {
  abstract readonly format: StoreFormat;
  readonly cache: PageCache;
  /**
   * How many bounds checks pages have passed so far: each check has a number. A page need not be checked again while it
   * is reached by way of the same check of its parent, since its bounds come from there; once the parent is checked
   * again, its children are too.
   */
  #checks = 0;
  /** The first 16 bits of the store's id, which its pages repeat where they say anything about themselves. */
  storeTag = 0;
  /** Counts everything that can move rows between pages: a cursor that sees it changed finds its position again. */
  generation = 0;
  /** Values that are read in the order of the file. */
  readonly extents = new ExtentAhead(this);
  /** Why the store can do no more: it was closed, or a commit failed. */
  protected unusable: StoreError | undefined;

  protected constructor(
    protected readonly path: string,
    cachePages: number,
    storage: PageStorage,
  ) {
    this.cache = new PageCache(cachePages, storage);
  }

  /** Whether another process may change the store: then pages come and go, and no entry that was there ever does. */
  readonly isShared: boolean = false;

  /** Pages that there are, the superblock included. */
  abstract get pageCount(): number;

  /** The frame of a page; it stays until `release`. @throws StoreError `PAGE_CORRUPTED`, `IO_ERROR` */
  fetch(pageId: number): Frame {
    this.checkUsable();
    return this.cache.fetch(pageId);
  }

  /**
   * A page of which only the header, the checksum and the link in item 0 need to be right: whoever uses its items
   * fetches it. It stays until another page is asked for.
   *
   * @throws StoreError as `fetch`
   */
  glance(pageId: number): Page {
    return this.fetch(pageId);
  }

  /**
   * Fills `into` with pages of an extent, past the cache and unchecked: neighbouring pages of which each was written
   * once and never changed. A caller asks for at most 64 pages at once, and checks each before it uses its bytes.
   *
   * @throws StoreError `PAGE_CORRUPTED` for a page that the file has only a part of, `IO_ERROR`
   */
  abstract readDirect(firstPage: number, pageCount: number, into: Buffer): void;

  /**
   * Whether a page that is not in the cache is in the store file as it is now: it may be read with its neighbours.
   */
  isInFile(_pageId: number): boolean {
    return true;
  }

  /**
   * Fills `into` with neighbouring pages as the store file has them, past the cache and unchecked, all of one commit;
   * gives how many bytes there were. Of the pages only those that are `isInFile` mean anything.
   *
   * @throws StoreError `IO_ERROR`
   */
  readRun(first: number, count: number, into: Buffer): number {
    try {
      this.readDirect(first, count, into);
      return count * PAGE_SIZE;
    } catch (error) {
      // Cut off: whoever needs one of the pages says so.
      if (error instanceof StoreError && isDamage(error)) return 0;
      throw error;
    }
  }

  /** The number of a bounds check that a page has passed. */
  nextCheck(): number {
    return ++this.#checks;
  }

  /** Unpins all frames fetched so far. */
  release(): void {
    this.cache.release();
  }

  /** @throws StoreError `STORE_CLOSED`, `STORE_FAILED` */
  checkUsable(): void {
    if (this.unusable !== undefined) throw this.unusable;
  }

  /**
   * Whether the pages are those of a whole number of batches.
   *
   * @throws StoreError as `checkUsable`, `INVALID_ARGUMENT`
   */
  checkIdle(): void {
    this.checkUsable();
  }

  /**
   * Does what reads pages, and when another process has changed the store meanwhile does it again on the pages of the
   * newest commit.
   *
   * @throws StoreError `STORE_CHANGING` when that never ends
   */
  retryOnChange<Result>(work: () => Result): Result {
    return work();
  }

  /** Closes the files. */
  close(): void {
    this.unusable = new StoreError('STORE_CLOSED', `the store ${this.path} is closed`);
    this.generation++;
  }
}

/** The error for a page that is not what it must be. */
export function damagedPage(pageId: number, fault: PageFault): StoreError {
  const facts = { page: pageId, ...faultFacts(fault) };
  return new StoreError('PAGE_CORRUPTED', `page ${pageId} is damaged: ${fault.message}`, facts);
}

/** What all pages say of the store that they belong to; 0 where its format has nothing of that. */
export function storeTagOf({ record }: Superblock): number {
  return record === undefined ? 0 : storeTagOfId(record.storeId);
}

export function storeTagOfId(storeId: bigint): number {
  return Number(storeId & STORE_TAG_MASK);
}

/** The error for a page that is free, and that something points to. */
export function freePageReached(pageId: number): StoreError {
  const facts = { page: pageId, fault: 'free-reached' };
  return new StoreError('TREE_CORRUPTED', `page ${pageId} is free, or was freed, and something points to it`, facts);
}

/** Whether all bytes of some pages could be read. @throws StoreError `PAGE_CORRUPTED` */
export function checkWhole(firstPage: number, pageCount: number, bytesRead: number): void {
  if (bytesRead === pageCount * PAGE_SIZE) return;
  throw cutOffPage(firstPage + Math.floor(bytesRead / PAGE_SIZE), PAGE_SIZE, bytesRead % PAGE_SIZE);
}

/** The error for a page that the file has only a part of. */
export function cutOffPage(pageId: number, expected: number, found: number): StoreError {
  const message = `page ${pageId} is cut off: the file ends after ${found} of its bytes`;
  return new StoreError('PAGE_CORRUPTED', message, { page: pageId, expected, found });
}
