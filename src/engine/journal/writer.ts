import type { FileSystem, FileHandle } from '../file/files.js';
import { crc32 } from '../bytes/crc32.js';
import { encodeJournalHeader, segmentCount, descriptorOffset, type JournalEntry, storedCrc } from './format.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import { JournalBody } from './body.js';
import { lengthened, NO_SLOT, JournalIndex } from './index.js';

/**
 * What a place holds: nothing, a page as the batches so far have made it, one as it was before the running batch, one
 * that it changed.
 */
const FREE = 0;
const CURRENT = 1;
const UNDO = 2;
const DIRTY = 3;

/** Segments read, and slots cleared, between two steps. */
const SEGMENTS_PER_STEP = 8;
const SLOTS_PER_STEP = 1024;

/** The store that a journal is made beside. */
export interface JournalledStore {
  readonly path: string;
  /** Whether the store has its name: one that is being made has not. */
  readonly isPublished: boolean;
  createJournal(): FileHandle;
  /** Removes the journal with this identity, unless the name is another file's by now. */
  unlinkJournal(identity: string): void;
}

/**
 * The journal of the commit that is to come. Until then it holds the changed pages that the cache has no room for: each
 * has one place in it, and during a batch a changed page gets a second one, so that the first still holds what a failed
 * batch goes back to.
 *
 * The file is made when the first page comes, and is not a journal that counts before `finish` has written its header.
 */
export class JournalWriter {
  #index = new JournalIndex();
  #states = new Uint8Array(64);
  #slotCount = 0;
  #freeCount = 0;
  /** No place before this one is free. */
  #firstFree = 0;
  /** The places that the running batch has touched lie from here (inclusive) to there (exclusive). */
  #touchedFrom = Infinity;
  #touchedTo = 0;
  #file: FileHandle | undefined;
  readonly #body = new JournalBody(() => this.#open());

  constructor(
    private readonly files: FileSystem,
    private readonly store: JournalledStore,
  ) {}

  has(pageId: number): boolean {
    return this.#index.slotOf(pageId) !== NO_SLOT;
  }

  /** The ids of all pages from `from` (inclusive) to `to` (exclusive) that are here, ascending. No batch is running. */
  pageIds(from: number, to: number): Uint32Array {
    const isAsked = (slot: number): boolean =>
      this.#states[slot] === CURRENT && this.#index.pageAt(slot) >= from && this.#index.pageAt(slot) < to;
    let count = 0;
    for (let slot = 0; slot < this.#slotCount; slot++) if (isAsked(slot)) count++;
    const pageIds = new Uint32Array(count);
    for (let slot = 0; slot < this.#slotCount; slot++) if (isAsked(slot)) pageIds[--count] = this.#index.pageAt(slot);
    return pageIds.sort();
  }

  /** Fills `into` with a page that is here. */
  readImage(pageId: number, into: Buffer): void {
    this.#body.readImage(this.#index.slotOf(pageId), into);
  }

  /** The checksum that a page here has in the store file. */
  oldCrc(pageId: number): number {
    return this.#body.readEntry(this.#index.slotOf(pageId))?.oldCrc ?? 0;
  }

  /** Keeps a page as it was before the running batch, or when none is running as it is. */
  write(entry: JournalEntry, image: Buffer): void {
    const slot = this.#index.slotOf(entry.pageId);
    this.#write(slot === NO_SLOT ? this.#freeSlot() : slot, CURRENT, entry, image);
  }

  /** Keeps a page that the running batch has changed. */
  writeChanged(entry: JournalEntry, image: Buffer): void {
    const before = this.#index.slotOf(entry.pageId);
    const slot = before !== NO_SLOT && this.#states[before] === DIRTY ? before : this.#freeSlot();
    this.#write(slot, DIRTY, entry, image);
    this.#touch(slot);
    if (before === NO_SLOT || before === slot) return;
    this.#states[before] = UNDO;
    this.#touch(before);
  }

  /** The batch stands: what its pages were before is not needed any more. */
  releaseSavepoint(): void {
    for (let slot = this.#touchedFrom; slot < this.#touchedTo; slot++) {
      if (this.#states[slot] === UNDO) this.#release(slot);
      else if (this.#states[slot] === DIRTY) this.#states[slot] = CURRENT;
    }
    this.#forgetTouched();
  }

  /** The batch failed: every page is again what it was before. Tells the pages that this changes. */
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

  /** Forgets all pages from `from` on: they have come to the store file by another way. */
  forgetFrom(from: number): void {
    for (let slot = 0; slot < this.#slotCount; slot++) {
      if (this.#states[slot] === CURRENT && this.#index.pageAt(slot) >= from) this.#release(slot);
    }
    this.#rebuildIndex();
  }

  /**
   * Completes the file: from here on it holds, though it is not synced yet.
   *
   * @param check called just before that; what it throws leaves the journal unfinished
   */
  *finish(base: Buffer, next: Buffer, baseLength: number, check: () => void): Steps<void> {
    const body = this.#body;
    const file = this.#open();
    for (let slot = this.#firstFree; slot < this.#slotCount; slot++) {
      if (this.#states[slot] === FREE) body.clear(slot);
      if (slot % SLOTS_PER_STEP === SLOTS_PER_STEP - 1) yield;
    }
    body.flush();
    const descriptorCrc = yield* this.#descriptorCrc(file);
    const header = encodeJournalHeader({
      baseLength: BigInt(baseLength),
      slotCount: this.#slotCount,
      pageCount: this.#slotCount - this.#freeCount,
      descriptorCrc,
      baseCrc: storedCrc(base),
      nextCrc: storedCrc(next),
    });
    check();
    file.write(Buffer.concat([header, base, next]), 0, 3 * PAGE_SIZE, 0);
  }

  sync(): void {
    this.#file?.sync();
  }

  /** Its pages are in their places, and synced: it goes, and there is room for those of the next commit. */
  remove(): void {
    const identity = this.#file?.identity();
    this.clear();
    if (identity !== undefined) this.store.unlinkJournal(identity);
    this.files.syncDirectory(this.store.path);
  }

  /** Takes an unfinished journal away. */
  drop(): void {
    if (this.#file === undefined) return;
    const identity = this.#file.identity();
    this.close();
    if (this.store.isPublished) this.store.unlinkJournal(identity);
  }

  /** Forgets all pages, and lets go of the file. */
  clear(): void {
    this.#index = new JournalIndex();
    this.#states = new Uint8Array(64);
    this.#slotCount = 0;
    this.#freeCount = 0;
    this.#firstFree = 0;
    this.#body.discard();
    this.close();
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close();
  }

  #write(slot: number, state: number, entry: JournalEntry, image: Buffer): void {
    this.#open();
    this.#body.write(slot, entry, image);
    if (slot >= this.#states.length) this.#states = lengthened(this.#states, slot);
    if (slot === this.#slotCount) this.#slotCount++;
    else if (this.#states[slot] === FREE) this.#freeCount--;
    this.#states[slot] = state;
    this.#index.set(entry.pageId, slot);
  }

  #freeSlot(): number {
    if (this.#freeCount === 0) return this.#slotCount;
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
    for (let slot = 0; slot < this.#slotCount; slot++) {
      if (this.#states[slot] === CURRENT) this.#index.set(this.#index.pageAt(slot), slot);
    }
  }

  *#descriptorCrc(file: FileHandle): Steps<number> {
    const index = Buffer.alloc(PAGE_SIZE);
    let crc = 0;
    for (let segment = 0; segment < segmentCount(this.#slotCount); segment++) {
      file.read(index, 0, PAGE_SIZE, descriptorOffset(segment));
      crc = crc32(index, crc);
      if (segment % SEGMENTS_PER_STEP === SEGMENTS_PER_STEP - 1) yield;
    }
    return crc;
  }

  #open(): FileHandle {
    return (this.#file ??= this.store.createJournal());
  }
}
