/**
 * The leaves after one, below the same parent, read in runs where they follow each other in the file, past the cache,
 * and looked at where they were read. Used within one call only: another commit can change pages after it.
 */
import type { KeyRef } from '../bytes/bytes.js';
import type { Frame } from '../cache/frame.js';
import { isDamage, StoreError } from '../errors.js';
import { compareKeyAt, readChild } from '../format/items.js';
import { PageRun, RUN_PAGES } from '../pager/page-run.js';
import type { PageReader } from '../pager/page-reader.js';
import type { TreePath } from './path.js';

/** How far apart two leaves may be that are read together: pages of other kinds lie between them. */
const GAP_MAX = 4;

export class SiblingRun {
  readonly #run: PageRun;

  /** @param end where the keys end that are wanted; undefined: all are */
  constructor(
    private readonly pages: PageReader,
    private readonly path: TreePath,
    private readonly end: KeyRef | undefined,
  ) {
    this.#run = new PageRun(pages);
  }

  /** The leaf of this id, which the path says is the next one, checked; undefined where it is damaged. */
  leaf(pageId: number): Frame | undefined {
    const { cache } = this.pages;
    if (this.#run.has(pageId)) return this.#run.page(pageId);
    const count = cache.peek(pageId) === undefined && this.pages.isInFile(pageId) ? this.#pagesNear(pageId) : 1;
    if (count === 1) return this.#fetch(pageId);
    this.#run.read(pageId, count);
    return this.#run.page(pageId);
  }

  /** How many pages to read at once from the next leaf on. */
  #pagesNear(first: number): number {
    const depth = this.path.pageIds.length - 1;
    const parent = this.pages.fetch(this.path.pageIds[depth] as number);
    const { cache } = this.pages;
    let last = first;
    for (let index = (this.path.childIndexes[depth] as number) + 2; index < parent.itemCount; index++) {
      if (this.end !== undefined && compareKeyAt(parent, index, this.end) >= 0) break;
      const pageId = readChild(parent, index);
      if (pageId <= last || pageId - last > GAP_MAX || pageId - first >= RUN_PAGES) break;
      if (pageId >= this.pages.pageCount || cache.peek(pageId) !== undefined || !this.pages.isInFile(pageId)) break;
      last = pageId;
    }
    return last - first + 1;
  }

  #fetch(pageId: number): Frame | undefined {
    try {
      return this.pages.fetch(pageId);
    } catch (error) {
      if (error instanceof StoreError && isDamage(error)) return undefined;
      throw error;
    }
  }
}
