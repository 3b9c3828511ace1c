import type { FileSystem, StoreFile } from '../file/files.js';
import { crc32 } from '../format/crc32.js';
import { encodeJournalHeader, groupCount, indexOffset, type JournalEntry, storedCrc } from '../format/journal.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import type { HomeFile } from './home-file.js';
import { PlaceFile } from './place-file.js';
import { lengthened, NO_PLACE, PlaceMap } from './place-map.js';

/**
 * What a place holds: nothing, a page as the batches so far have made it, one as it was before the running batch, one
 * that it changed.
 */
const FREE = 0;
const KEPT = 1;
const BEFORE = 2;
const CHANGED = 3;

/** Groups read, and places cleared, between two steps. */
const GROUPS_A_STEP = 8;
const PLACES_A_STEP = 1024;

/**
 * The journal of the commit that is to come. Until then it holds the changed pages that the cache has no room for: each
 * has one place in it, and during a batch a changed page gets a second one, so that the first still holds what a failed
 * batch goes back to.
 *
 * The file is made when the first page comes, and is not a journal that counts before `finish` has written its header.
 */
export class Journal {
  #map = new PlaceMap();
  #states = new Uint8Array(64);
  #placeCount = 0;
  #freeCount = 0;
  /** No place before this one is free. */
  #firstFree = 0;
  /** The places that the running batch has touched lie from here (inclusive) to there (exclusive). */
  #touchedFrom = Infinity;
  #touchedTo = 0;
  #file: StoreFile | undefined;
  readonly #places = new PlaceFile(() => this.#open());

  constructor(
    private readonly files: FileSystem,
    private readonly home: HomeFile,
  ) {}

  has(pageId: number): boolean {
    return this.#map.placeOf(pageId) !== NO_PLACE;
  }

  /** The ids of all pages from `from` (inclusive) to `to` (exclusive) that are here, ascending. No batch is running. */
  pageIds(from: number, to: number): Uint32Array {
    const isAsked = (place: number): boolean =>
      this.#states[place] === KEPT && this.#map.pageAt(place) >= from && this.#map.pageAt(place) < to;
    let count = 0;
    for (let place = 0; place < this.#placeCount; place++) if (isAsked(place)) count++;
    const pageIds = new Uint32Array(count);
    for (let place = 0; place < this.#placeCount; place++)
      if (isAsked(place)) pageIds[--count] = this.#map.pageAt(place);
    return pageIds.sort();
  }

  /** Fills `into` with a page that is here. */
  readImage(pageId: number, into: Buffer): void {
    this.#places.readImage(this.#map.placeOf(pageId), into);
  }

  /** The checksum that a page here has in the store file. */
  oldCrc(pageId: number): number {
    return this.#places.readEntry(this.#map.placeOf(pageId))?.oldCrc ?? 0;
  }

  /** Keeps a page as it was before the running batch, or when none is running as it is. */
  write(entry: JournalEntry, image: Buffer): void {
    const place = this.#map.placeOf(entry.pageId);
    this.#write(place === NO_PLACE ? this.#freePlace() : place, KEPT, entry, image);
  }

  /** Keeps a page that the running batch has changed. */
  writeChanged(entry: JournalEntry, image: Buffer): void {
    const before = this.#map.placeOf(entry.pageId);
    const place = before !== NO_PLACE && this.#states[before] === CHANGED ? before : this.#freePlace();
    this.#write(place, CHANGED, entry, image);
    this.#touch(place);
    if (before === NO_PLACE || before === place) return;
    this.#states[before] = BEFORE;
    this.#touch(before);
  }

  /** The batch stands: what its pages were before is not needed any more. */
  endBatch(): void {
    for (let place = this.#touchedFrom; place < this.#touchedTo; place++) {
      if (this.#states[place] === BEFORE) this.#release(place);
      else if (this.#states[place] === CHANGED) this.#states[place] = KEPT;
    }
    this.#forgetTouched();
  }

  /** The batch failed: every page is again what it was before. Tells the pages that this changes. */
  rollBack(onPage: (pageId: number) => void): void {
    if (this.#touchedTo === 0) return;
    for (let place = this.#touchedFrom; place < this.#touchedTo; place++) {
      if (this.#states[place] === BEFORE) this.#states[place] = KEPT;
      if (this.#states[place] !== CHANGED) continue;
      this.#release(place);
      onPage(this.#map.pageAt(place));
    }
    this.#forgetTouched();
    this.#mapAnew();
  }

  /** Forgets all pages from `from` on: they have come to the store file by another way. */
  forgetFrom(from: number): void {
    for (let place = 0; place < this.#placeCount; place++) {
      if (this.#states[place] === KEPT && this.#map.pageAt(place) >= from) this.#release(place);
    }
    this.#mapAnew();
  }

  /**
   * Completes the file: from here on it holds, though it is not synced yet.
   *
   * @param check called just before that; what it throws leaves the journal unfinished
   */
  *finish(base: Buffer, next: Buffer, baseLength: number, check: () => void): Steps<void> {
    const places = this.#places;
    const file = this.#open();
    for (let place = this.#firstFree; place < this.#placeCount; place++) {
      if (this.#states[place] === FREE) places.clear(place);
      if (place % PLACES_A_STEP === PLACES_A_STEP - 1) yield;
    }
    places.flush();
    const indexCrc = yield* this.#indexCrc(file);
    const header = encodeJournalHeader({
      baseLength: BigInt(baseLength),
      placeCount: this.#placeCount,
      pageCount: this.#placeCount - this.#freeCount,
      indexCrc,
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
    if (identity !== undefined) this.home.unlinkJournal(identity);
    this.files.syncDirectory(this.home.path);
  }

  /** Takes an unfinished journal away. */
  drop(): void {
    if (this.#file === undefined) return;
    const identity = this.#file.identity();
    this.close();
    if (this.home.isPublished) this.home.unlinkJournal(identity);
  }

  /** Forgets all pages, and lets go of the file. */
  clear(): void {
    this.#map = new PlaceMap();
    this.#states = new Uint8Array(64);
    this.#placeCount = 0;
    this.#freeCount = 0;
    this.#firstFree = 0;
    this.#places.discard();
    this.close();
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close();
  }

  #write(place: number, state: number, entry: JournalEntry, image: Buffer): void {
    this.#open();
    this.#places.write(place, entry, image);
    if (place >= this.#states.length) this.#states = lengthened(this.#states, place);
    if (place === this.#placeCount) this.#placeCount++;
    else if (this.#states[place] === FREE) this.#freeCount--;
    this.#states[place] = state;
    this.#map.set(entry.pageId, place);
  }

  #freePlace(): number {
    if (this.#freeCount === 0) return this.#placeCount;
    while (this.#states[this.#firstFree] !== FREE) this.#firstFree++;
    return this.#firstFree;
  }

  #release(place: number): void {
    this.#states[place] = FREE;
    this.#freeCount++;
    if (place < this.#firstFree) this.#firstFree = place;
  }

  #touch(place: number): void {
    if (place < this.#touchedFrom) this.#touchedFrom = place;
    if (place >= this.#touchedTo) this.#touchedTo = place + 1;
  }

  #forgetTouched(): void {
    this.#touchedFrom = Infinity;
    this.#touchedTo = 0;
  }

  #mapAnew(): void {
    this.#map.forget();
    for (let place = 0; place < this.#placeCount; place++) {
      if (this.#states[place] === KEPT) this.#map.set(this.#map.pageAt(place), place);
    }
  }

  *#indexCrc(file: StoreFile): Steps<number> {
    const index = Buffer.alloc(PAGE_SIZE);
    let crc = 0;
    for (let group = 0; group < groupCount(this.#placeCount); group++) {
      file.read(index, 0, PAGE_SIZE, indexOffset(group));
      crc = crc32(index, crc);
      if (group % GROUPS_A_STEP === GROUPS_A_STEP - 1) yield;
    }
    return crc;
  }

  #open(): StoreFile {
    return (this.#file ??= this.home.createJournal());
  }
}
