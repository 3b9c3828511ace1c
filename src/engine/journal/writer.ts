import type { FileSystem, FileHandle } from '../file/files.js';
import { crc32 } from '../bytes/crc32.js';
import {
  descriptorOffset,
  encodeJournalHeader,
  entriesOf,
  type JournalEntry,
  segmentCount,
  storedCrc,
} from './format.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import { JournalBody } from './body.js';
import { lengthened, NO_SLOT, JournalIndex } from './index.js';

// The states of a slot, and what changes them:
//
//   FREE → CURRENT    `write`: the newest copy of a page that the cache has no room for
//   FREE → DIRTY      `writeChanged`: a page that the open savepoint has changed
//   CURRENT → UNDO    `writeChanged`, for the slot that the page had before: a rollback goes back to it
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

/** Segments read, and slots cleared, between two steps. */
const SEGMENTS_PER_STEP = 8;
const SLOTS_PER_STEP = 1024;

/** What a journal says of its commit beside the pages. */
export interface JournalledCommit {
  /** What the journal says, by which it is told from those of other formats. */
  readonly version: number;
  /** The superblock page and the length of the store that the commit is based on. */
  readonly base: Buffer;
  readonly baseLength: number;
  /** Called with each page that the journal holds, when all images are final. */
  readonly onPage: ((entry: JournalEntry) => void) | undefined;
  /** Makes the superblock page that the commit leads to, after that. */
  readonly makeNext: () => Buffer;
  /** Called just before the journal becomes valid; what it throws leaves it unfinished. */
  readonly check: () => void;
}

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
 * has one slot in it, and during a savepoint a changed page gets a second one, so that the first still holds what a
 * rollback goes back to.
 *
 * The file is made when the first page comes, and is not a valid journal before `finish` has written its header.
 */
export class JournalWriter {
  #index = new JournalIndex();
  #states = new Uint8Array(64);
  #slotCount = 0;
  #freeCount = 0;
  /** No slot before this one is free. */
  #firstFree = 0;
  /** The slots that the open savepoint has touched: from this one (inclusive) to that one (exclusive). */
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

  /** The ids of all pages that are here and match, ascending. No savepoint is open. */
  pageIds(matches: (pageId: number) => boolean): Uint32Array {
    const isAsked = (slot: number): boolean => this.#states[slot] === CURRENT && matches(this.#index.pageAt(slot));
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

  /** The checksums of a page that is here: in the store file, and of its image. */
  entry(pageId: number): JournalEntry {
    return this.#body.readEntry(this.#index.slotOf(pageId)) as JournalEntry;
  }

  /** Keeps a page as it was before the open savepoint, or without one as it is. */
  write(entry: JournalEntry, image: Buffer): void {
    const slot = this.#index.slotOf(entry.pageId);
    this.#write(slot === NO_SLOT ? this.#freeSlot() : slot, CURRENT, entry, image);
  }

  /** Keeps a page that the open savepoint has changed. */
  writeChanged(entry: JournalEntry, image: Buffer): void {
    const before = this.#index.slotOf(entry.pageId);
    const slot = before !== NO_SLOT && this.#states[before] === DIRTY ? before : this.#freeSlot();
    this.#write(slot, DIRTY, entry, image);
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

  /** Every page is again what it was before the savepoint. Tells the pages that this changes. */
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

  /** Forgets all pages that match: they have come to the store file by another way, or are not used any more. */
  forget(matches: (pageId: number) => boolean): void {
    for (let slot = 0; slot < this.#slotCount; slot++) {
      if (this.#states[slot] === CURRENT && matches(this.#index.pageAt(slot))) this.#release(slot);
    }
    this.#rebuildIndex();
  }

  /**
   * Completes the file: from here on it is valid, though not synced yet.
   *
   * @returns the superblock page that the commit leads to
   */
  *finish(commit: JournalledCommit): Steps<Buffer> {
    const body = this.#body;
    const file = this.#open();
    for (let slot = this.#firstFree; slot < this.#slotCount; slot++) {
      if (this.#states[slot] === FREE) body.clear(slot);
      if (slot % SLOTS_PER_STEP === SLOTS_PER_STEP - 1) yield;
    }
    body.flush();
    const { version, base, baseLength } = commit;
    const descriptorCrc = yield* this.#readDescriptors(file, commit.onPage);
    const next = commit.makeNext();
    const header = encodeJournalHeader({
      version,
      baseLength: BigInt(baseLength),
      slotCount: this.#slotCount,
      pageCount: this.#slotCount - this.#freeCount,
      descriptorCrc,
      baseCrc: storedCrc(base),
      nextCrc: storedCrc(next),
    });
    commit.check();
    file.write(Buffer.concat([header, base, next]), 0, 3 * PAGE_SIZE, 0);
    return next;
  }

  sync(): void {
    this.#file?.sync();
  }

  /** Its pages are in the store file and synced: the journal is removed, and there is room for the next commit. */
  remove(): void {
    const identity = this.#file?.identity();
    this.clear();
    if (identity !== undefined) this.store.unlinkJournal(identity);
    this.files.syncDirectory(this.store.path);
  }

  /** Removes an unfinished journal. */
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

  /** The checksum over all descriptor pages; what they say is given to `onPage`. */
  *#readDescriptors(file: FileHandle, onPage: JournalledCommit['onPage']): Steps<number> {
    const descriptor = Buffer.alloc(PAGE_SIZE);
    let crc = 0;
    for (let segment = 0; segment < segmentCount(this.#slotCount); segment++) {
      file.read(descriptor, 0, PAGE_SIZE, descriptorOffset(segment));
      crc = crc32(descriptor, crc);
      if (onPage !== undefined) for (const entry of entriesOf(descriptor)) onPage(entry);
      if (segment % SEGMENTS_PER_STEP === SEGMENTS_PER_STEP - 1) yield;
    }
    return crc;
  }

  #open(): FileHandle {
    return (this.#file ??= this.store.createJournal());
  }
}
