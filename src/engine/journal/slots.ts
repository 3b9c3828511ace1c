/** Which slot of a journal that is being written holds what. */
import { JournalIndex, lengthened, NO_SLOT } from './index.js';

// The states of a slot, and what changes them:
//
//   FREE → CURRENT    `assign`: for the newest copy of a page that the cache has no room for
//   FREE → DIRTY      `assignChanged`: for a page that the open savepoint has changed
//   CURRENT → UNDO    `assignChanged`, of the slot that the page had before: a rollback goes back to it
//   DIRTY → CURRENT   `releaseSavepoint`: the change stays
//   UNDO → FREE       `releaseSavepoint`: nothing goes back to it any more
//   DIRTY → FREE      `rollBack`
//   UNDO → CURRENT    `rollBack`
//   CURRENT → FREE    `forget`: the page was written to the store file, or freed
//
// The index leads to the DIRTY slot of a page if it has one, otherwise to its CURRENT slot.
const FREE = 0;
const CURRENT = 1;
const UNDO = 2;
const DIRTY = 3;

/**
 * The slots of a journal by page: each page has one, and during a savepoint a changed page gets a second one, so that
 * the first still holds what a rollback goes back to.
 */
export class Slots {
  readonly #index = new JournalIndex();
  #states = new Uint8Array(64);
  #count = 0;
  #freeCount = 0;
  /** No slot before this one is free. */
  #firstFree = 0;
  /** The slots that the open savepoint has touched: from this one (inclusive) to that one (exclusive). */
  #touchedFrom = Infinity;
  #touchedTo = 0;

  /** All slots, free ones included. */
  get count(): number {
    return this.#count;
  }

  /** Slots that are not free: while no savepoint is open, pages. */
  get usedCount(): number {
    return this.#count - this.#freeCount;
  }

  /** The slots that are free, ascending. */
  *free(): Generator<number> {
    for (let slot = this.#firstFree; slot < this.#count; slot++) if (this.#states[slot] === FREE) yield slot;
  }

  /** The slot of a page as it is now; `NO_SLOT` when it has none. */
  slotOf(pageId: number): number {
    return this.#index.slotOf(pageId);
  }

  /** The ids of all pages that match, ascending. No savepoint is open. */
  pageIds(matches: (pageId: number) => boolean): Uint32Array {
    const isAsked = (slot: number): boolean => this.#states[slot] === CURRENT && matches(this.#index.pageAt(slot));
    let count = 0;
    for (let slot = 0; slot < this.#count; slot++) if (isAsked(slot)) count++;
    const pageIds = new Uint32Array(count);
    for (let slot = 0; slot < this.#count; slot++) if (isAsked(slot)) pageIds[--count] = this.#index.pageAt(slot);
    return pageIds.sort();
  }

  /** The slot to write a page to as it was before the open savepoint, or without one as it is. */
  slotFor(pageId: number): number {
    const slot = this.#index.slotOf(pageId);
    return slot === NO_SLOT ? this.#freeSlot() : slot;
  }

  /** The slot to write a page to that the open savepoint has changed. */
  slotForChanged(pageId: number): number {
    const slot = this.#index.slotOf(pageId);
    return slot !== NO_SLOT && this.#states[slot] === DIRTY ? slot : this.#freeSlot();
  }

  /** A page was written to its `slotFor`. */
  assign(pageId: number, slot: number): void {
    this.#set(slot, CURRENT, pageId);
  }

  /** A page was written to its `slotForChanged`. */
  assignChanged(pageId: number, slot: number): void {
    const before = this.#index.slotOf(pageId);
    this.#set(slot, DIRTY, pageId);
    this.#touch(slot);
    if (before === NO_SLOT || before === slot) return;
    this.#states[before] = UNDO;
    this.#touch(before);
  }

  /** The changes of the savepoint stay: what its pages were before is not needed any more. */
  releaseSavepoint(): void {
    for (let slot = this.#touchedFrom; slot < this.#touchedTo; slot++) {
      if (this.#states[slot] === UNDO) this.#release(slot);
      else if (this.#states[slot] === DIRTY) this.#states[slot] = CURRENT;
    }
    this.#forgetTouched();
  }

  /** Every page has again the slot that it had before the savepoint. Tells the pages that this changes. */
  rollBack(onPage: (pageId: number) => void): void {
    if (this.#touchedTo === 0) return;
    for (let slot = this.#touchedFrom; slot < this.#touchedTo; slot++) {
      if (this.#states[slot] === UNDO) this.#states[slot] = CURRENT;
      if (this.#states[slot] !== DIRTY) continue;
      this.#release(slot);
      onPage(this.#index.pageAt(slot));
    }
    this.#forgetTouched();
    this.#rebuildIndex();
  }

  /** Frees the slots of all pages that match. No savepoint is open. */
  forget(matches: (pageId: number) => boolean): void {
    for (let slot = 0; slot < this.#count; slot++) {
      if (this.#states[slot] === CURRENT && matches(this.#index.pageAt(slot))) this.#release(slot);
    }
    this.#rebuildIndex();
  }

  #set(slot: number, state: number, pageId: number): void {
    if (slot >= this.#states.length) this.#states = lengthened(this.#states, slot);
    if (slot === this.#count) this.#count++;
    else if (this.#states[slot] === FREE) this.#freeCount--;
    this.#states[slot] = state;
    this.#index.set(pageId, slot);
  }

  #freeSlot(): number {
    if (this.#freeCount === 0) return this.#count;
    while (this.#states[this.#firstFree] !== FREE) this.#firstFree++;
    return this.#firstFree;
  }

  #release(slot: number): void {
    this.#states[slot] = FREE;
    this.#freeCount++;
    if (slot < this.#firstFree) this.#firstFree = slot;
  }

  #touch(slot: number): void {
    if (slot < this.#touchedFrom) this.#touchedFrom = slot;
    if (slot >= this.#touchedTo) this.#touchedTo = slot + 1;
  }

  #forgetTouched(): void {
    this.#touchedFrom = Infinity;
    this.#touchedTo = 0;
  }

  #rebuildIndex(): void {
    this.#index.forget();
    for (let slot = 0; slot < this.#count; slot++) {
      if (this.#states[slot] === CURRENT) this.#index.set(this.#index.pageAt(slot), slot);
    }
  }
}
