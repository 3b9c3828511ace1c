/** Which pages a store has, which of them are new, which are free, and which ids the next ones get. */
import type { FreeGroup } from '../format/superblock.js';

export interface PageAllocator {
  /** Pages that there are, uncommitted ones included. */
  readonly pageCount: number;
  /** Pages as of the last commit. */
  readonly committedPages: number;
  /** Pages that the next commit leaves: fewer, when enough of those at the end are free then. */
  readonly nextPageCount: number;
  /** The free pages of the last commit. Nothing was allocated yet. */
  useFreeGroups(groups: Iterable<FreeGroup>): void;
  /** The id of a new page. */
  allocate(): number;
  /** The first of this many new pages that are neighbours. */
  allocateRun(length: number): number;
  /** The id of a new page past all others, so that no free page is taken. */
  allocateAppended(): number;
  /** Nothing points to a page any more from the next commit on; false when nothing has until now. */
  free(pageId: number): boolean;
  /** Whether nothing committed points to a page, so that it may be written in place before the commit. */
  isNew(pageId: number): boolean;
  /** Whether a page was allocated in the running savepoint, so that a rollback needs no copy of it. */
  isNewInSavepoint(pageId: number): boolean;
  /** Whether nothing points to a page, so that what reaches it is wrong. */
  isFree(pageId: number): boolean;
  /** Whether a page was freed since the last commit. */
  isFreed(pageId: number): boolean;
  /** All of these, ascending, and how many they are. */
  freedPages(): Iterable<number>;
  readonly freedCount: number;
  beginSavepoint(): void;
  releaseSavepoint(): void;
  /** Takes back what was allocated in the savepoint, and gives the ids; forgets what was freed in it. */
  rollBack(): Iterable<number>;
  /** Everything is committed: what was freed may be taken from now on. */
  setCommitted(): void;
  /** Cuts off pages past these that nothing points to. Nothing was allocated yet. */
  truncateTo(pageCount: number): void;

  /** The free pages as the next commit leaves them. */
  readonly freePages: number;
  freeGroups(): FreeGroup[];
  /** Of these groups those that the last commit may have left otherwise; bits of no bytes: no page is free any more. */
  changedFreeGroups(): FreeGroup[];
}

/** Appends: every page is past all that were there before, and none is ever used again. */
export class AppendAllocator implements PageAllocator {
  readonly freePages = 0;
  readonly freedCount = 0;
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

  get nextPageCount(): number {
    return this.#pageCount;
  }

  get committedPages(): number {
    return this.#committedPages;
  }

  useFreeGroups(): void {
    // There are none.
  }

  allocate(): number {
    return this.#pageCount++;
  }

  allocateRun(length: number): number {
    this.#pageCount += length;
    return this.#pageCount - length;
  }

  allocateAppended(): number {
    return this.allocate();
  }

  /** The page stays, and is of no use to anybody. */
  free(): boolean {
    return true;
  }

  isNew(pageId: number): boolean {
    return pageId >= this.#committedPages;
  }

  isNewInSavepoint(pageId: number): boolean {
    return pageId >= this.#savepointPages;
  }

  isFree(): boolean {
    return false;
  }

  isFreed(): boolean {
    return false;
  }

  freedPages(): Iterable<number> {
    return [];
  }

  beginSavepoint(): void {
    this.#savepointPages = this.#pageCount;
  }

  releaseSavepoint(): void {
    this.#savepointPages = this.#pageCount;
  }

  *rollBack(): Generator<number> {
    const end = this.#pageCount;
    this.#pageCount = this.#savepointPages;
    for (let pageId = this.#pageCount; pageId < end; pageId++) yield pageId;
  }

  setCommitted(): void {
    this.truncateTo(this.#pageCount);
  }

  truncateTo(pageCount: number): void {
    this.#pageCount = pageCount;
    this.#committedPages = pageCount;
    this.#savepointPages = pageCount;
  }

  freeGroups(): FreeGroup[] {
    return [];
  }

  changedFreeGroups(): FreeGroup[] {
    return [];
  }
}
