/** The pages of a store for whoever reads them: what the pager of a writer and that of a reader have in common. */
import { type PageStorage, PageCache } from '../cache/page-cache.js';
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import { type PageFault, faultFacts } from '../format/page-check.js';
import type { StoreFormat } from '../format/store-format.js';

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

  readDirect(_firstPage: number, _count: number, _into: Buffer): void {
    throw new Error('stub');
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

/** The error for a page that the file has only a part of. */
export function cutOffPage(pageId: number, expected: number, found: number): StoreError {
  const message = `page ${pageId} is cut off: the file ends after ${found} of its bytes`;
  return new StoreError('PAGE_CORRUPTED', message, { page: pageId, expected, found });
}
