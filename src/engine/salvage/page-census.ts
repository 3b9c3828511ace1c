/**
 * The pages of a damaged file that are sound by themselves, by the ids that they have in the store: a page that says
 * that it is another one is found where it belongs, unless there is a sound one there.
 */
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Steps } from '../steps.js';
import { CHUNK_PAGES, PageChunk, type PageFileReader } from '../verify/page-file-reader.js';
import { PageSet } from '../verify/page-set.js';
import { salvageFormatOf } from './salvage-format.js';

/** What pages must be to be pages of the store. */
export interface StoreIdentity {
  readonly format: StoreFormat;
  /** Undefined where pages do not say it. */
  readonly storeTag: number | undefined;
}

export class PageCensus {
  /** Whole pages of the file. */
  readonly pages: number;
  /** The first page after those of the superblock. */
  readonly firstPage: number;
  /** Pages with something wrong in them. */
  readonly bad = new PageSet();
  /** By id, the type of a sound page and 1; 0 where there is none. */
  readonly #types: Uint8Array;
  /** Where pages are that are not in their places. */
  readonly #moved = new Map<number, number>();

  constructor(
    private readonly source: PageFileReader,
    readonly identity: StoreIdentity,
  ) {
    this.pages = Math.floor(source.size / PAGE_SIZE);
    this.firstPage = identity.format.superblock.pageIds.length;
    this.#types = new Uint8Array(this.pages);
  }

  /** Looks at every page, in the order of the file. */
  *take(onPages: (pages: number) => void): Steps<void> {
    const chunk = new PageChunk(this.source);
    for (let first = this.firstPage; first < this.pages; first += CHUNK_PAGES) {
      const count = chunk.load(first, Math.min(CHUNK_PAGES, this.pages - first));
      for (let pageId = first; pageId < first + count; pageId++) this.#note(chunk.page(pageId)!, pageId);
      onPages(first + count);
      yield;
    }
  }

  /** The type of a page that is sound; undefined for any other. */
  typeOf(pageId: number): number | undefined {
    const noted = this.#types[pageId] ?? 0;
    return noted === 0 ? undefined : noted - 1;
  }

  /** A copy of a sound page. */
  read(pageId: number): Page {
    const page = new Page();
    this.source.read(this.#moved.get(pageId) ?? pageId, 1, page.bytes);
    if (page.itemCount > 0) page.measure();
    return page;
  }

  /** The ids of all sound pages of a type, ascending. */
  *ofType(type: number): Generator<number> {
    for (let pageId = this.firstPage; pageId < this.pages; pageId++) if (this.typeOf(pageId) === type) yield pageId;
  }

  #note(page: Page, index: number): void {
    const { format, storeTag } = this.identity;
    const fault = format.pages.findFaultOfAny(page, { pageId: index, storeTag });
    if (fault === undefined) {
      this.#types[index] = page.type + 1;
      this.#moved.delete(index);
      return;
    }
    this.bad.add(index);
    if (fault.code !== 'page-id' || format.pages.findFaultOfAny(page, { storeTag }) !== undefined) return;
    const pageId = salvageFormatOf(format).identityOf(page)?.pageId ?? index;
    if (pageId < this.firstPage || pageId >= this.pages || this.typeOf(pageId) !== undefined) return;
    this.#types[pageId] = page.type + 1;
    this.#moved.set(pageId, index);
  }
}
