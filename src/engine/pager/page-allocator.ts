/** Which pages a store has, which of them are new, and which id the next one gets. */
export interface PageAllocator {
  /** Pages that there are, uncommitted ones included. */
  readonly pageCount: number;
  /** Pages as of the last commit. */
  readonly committedPages: number;
  /** The id of a new page. */
  allocate(): number;
  /** Whether nothing committed points to a page, so that it may be written in place before the commit. */
  isNew(pageId: number): boolean;
  /** Whether a page was allocated in the running savepoint, so that a rollback needs no copy of it. */
  isNewInSavepoint(pageId: number): boolean;
  beginSavepoint(): void;
  /** Takes back what was allocated in the savepoint, and gives the ids. */
  rollBack(): Iterable<number>;
  /** Everything is committed, and the store has this many pages. */
  setCommitted(pageCount: number): void;
}

/** Appends: every page is past all that were there before, and none is ever used again. */
export class AppendAllocator implements PageAllocator {
  #pageCount: number;
  #committedPages: number;
  #savepointPages: number;

  constructor(pageCount: number) {
    this.#pageCount = pageCount;
    this.#committedPages = pageCount;
    this.#savepointPages = pageCount;
  }

  get pageCount(): number {
    return this.#pageCount;
  }

  get committedPages(): number {
    return this.#committedPages;
  }

  allocate(): number {
    return this.#pageCount++;
  }

  isNew(pageId: number): boolean {
    return pageId >= this.#committedPages;
  }

  isNewInSavepoint(pageId: number): boolean {
    return pageId >= this.#savepointPages;
  }

  beginSavepoint(): void {
    this.#savepointPages = this.#pageCount;
  }

  *rollBack(): Generator<number> {
    const end = this.#pageCount;
    this.#pageCount = this.#savepointPages;
    for (let pageId = this.#pageCount; pageId < end; pageId++) yield pageId;
  }

  setCommitted(pageCount: number): void {
    this.#pageCount = pageCount;
    this.#committedPages = pageCount;
    this.#savepointPages = pageCount;
  }
}
