/**
 * Takes free pages again, the lowest first.
 *
 * - What the last commit left free is *reusable*: nothing committed points to it, so that it is new when it is taken,
 *   as pages past the committed end are.
 * - What is freed now is *not* reusable before the next commit is in place: page 0 on disk, or a commit in the journal,
 *   still points to it, and a crash goes back to that. That is why a commit that frees pages is put in place at once.
 *   Readers need no table to be asked: who still reads an earlier commit finds page 0 changed before any page that was
 *   freed since can be overwritten.
 */
import { type FreeGroup, PAGES_PER_GROUP } from '../format/superblock.js';
import { GROUP_BYTES } from '../format/v2/records.js';
import { FreeMap } from './free-map.js';
import type { PageAllocator } from './page-allocator.js';
import { groupOf, PageBits } from './page-bits.js';

/** Free pages at the end of a store are given back to the file system from this many on. */
export const CUT_PAGES = 256;

export class FreePageAllocator implements PageAllocator {
  #pageCount: number;
  #committedPages: number;
  #savepointPages: number;
  /** Free in the committed state, and not taken. */
  #reusable = new FreeMap();
  /** Taken and freed since the last commit, and of these in the open savepoint. */
  readonly #taken = new PageBits();
  readonly #freed = new PageBits();
  readonly #takenInSavepoint = new PageBits();
  readonly #freedInSavepoint = new PageBits();

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

  get nextPageCount(): number {
    let end = this.#pageCount;
    while (this.#isFreeNext(end - 1)) end -= this.#isGroupFreeNext(end) ? PAGES_PER_GROUP : 1;
    return this.#pageCount - end >= CUT_PAGES ? end : this.#pageCount;
  }

  useFreeGroups(groups: Iterable<FreeGroup>): void {
    this.#reusable = FreeMap.from(groups);
  }

  allocate(): number {
    return this.allocateRun(1);
  }

  allocateRun(length: number): number {
    const first = this.#reusable.takeRun(length);
    if (first === undefined) {
      this.#pageCount += length;
      return this.#pageCount - length;
    }
    for (let pageId = first; pageId < first + length; pageId++) {
      this.#taken.add(pageId);
      this.#takenInSavepoint.add(pageId);
    }
    return first;
  }

  allocateAppended(): number {
    return this.#pageCount++;
  }

  free(pageId: number): boolean {
    if (this.#isFreeNext(pageId)) return false;
    this.#freed.add(pageId);
    this.#freedInSavepoint.add(pageId);
    return true;
  }

  isNew(pageId: number): boolean {
    return pageId >= this.#committedPages || this.#taken.has(pageId);
  }

  isNewInSavepoint(pageId: number): boolean {
    return pageId >= this.#savepointPages || this.#takenInSavepoint.has(pageId);
  }

  isFree(pageId: number): boolean {
    return this.#reusable.has(pageId);
  }

  isFreed(pageId: number): boolean {
    return this.#freed.has(pageId);
  }

  freedPages(): Iterable<number> {
    return this.#freed.pageIds();
  }

  get freedCount(): number {
    return this.#freed.count;
  }

  beginSavepoint(): void {
    this.releaseSavepoint();
  }

  releaseSavepoint(): void {
    this.#savepointPages = this.#pageCount;
    this.#takenInSavepoint.clear();
    this.#freedInSavepoint.clear();
  }

  *rollBack(): Generator<number> {
    const taken = [...this.#takenInSavepoint.pageIds()];
    for (const pageId of taken) this.#taken.delete(pageId);
    for (const pageId of this.#freedInSavepoint.pageIds()) this.#freed.delete(pageId);
    this.#reusable.add(taken);
    const end = this.#pageCount;
    this.#pageCount = this.#savepointPages;
    this.releaseSavepoint();
    yield* taken;
    for (let pageId = this.#pageCount; pageId < end; pageId++) yield pageId;
  }

  setCommitted(): void {
    const pageCount = this.nextPageCount;
    this.#reusable.add(this.#freed.pageIds());
    this.#reusable.removeFrom(pageCount);
    this.#reusable.forgetChanges();
    this.#freed.clear();
    this.#taken.clear();
    this.truncateTo(pageCount);
  }

  truncateTo(pageCount: number): void {
    this.#pageCount = pageCount;
    this.#committedPages = pageCount;
    this.releaseSavepoint();
  }

  get freePages(): number {
    // All from the next page count on are free.
    return this.#reusable.count + this.#freed.count - (this.#pageCount - this.nextPageCount);
  }

  freeGroups(): FreeGroup[] {
    const groups = new Set([...this.#reusable.groups, ...this.#freed.groups]);
    return this.#groupsOf(groups).filter(({ bits }) => bits.length > 0);
  }

  changedFreeGroups(): FreeGroup[] {
    const groups = new Set([...this.#reusable.changedGroups, ...this.#freed.groups]);
    // Pages that are cut off may have been free for long.
    const end = groupOf(this.nextPageCount);
    if (this.nextPageCount < this.#pageCount)
      for (const group of this.#reusable.groups) if (group >= end) groups.add(group);
    return this.#groupsOf(groups);
  }

  #isFreeNext(pageId: number): boolean {
    return this.#reusable.has(pageId) || this.#freed.has(pageId);
  }

  /** Whether `end` is the end of a group, and all pages of that are free. */
  #isGroupFreeNext(end: number): boolean {
    if (end % PAGES_PER_GROUP !== 0) return false;
    const group = groupOf(end - 1);
    const free = (this.#reusable.group(group)?.count ?? 0) + (this.#freed.group(group)?.count ?? 0);
    return free === PAGES_PER_GROUP;
  }

  #groupsOf(groups: ReadonlySet<number>): FreeGroup[] {
    const end = this.nextPageCount;
    return [...groups].sort((a, b) => a - b).map((group) => ({ group, bits: this.#nextBits(group, end) }));
  }

  /** The bits of a group as the next commit leaves them, for pages before `end`. */
  #nextBits(group: number, end: number): Buffer {
    const bits = Buffer.alloc(GROUP_BYTES);
    for (const part of [this.#reusable.group(group)?.bits, this.#freed.group(group)?.bits]) {
      part?.forEach((byte, index) => (bits[index] = (bits[index] as number) | byte));
    }
    for (let bit = Math.max(0, end - group * PAGES_PER_GROUP); bit < PAGES_PER_GROUP; bit++) {
      const byte = bit >> 3;
      bits[byte] = (bits[byte] as number) & ~(1 << (bit & 7));
    }
    let length = bits.length;
    while (length > 0 && bits[length - 1] === 0) length--;
    return bits.subarray(0, length);
  }
}
