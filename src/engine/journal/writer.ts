/** Writes the segments of a journal, each of one commit. */
import type { FileSystem, FileHandle } from '../file/files.js';
import { crc32 } from '../bytes/crc32.js';
import {
  blockCount,
  descriptorOffset,
  encodeJournalHeader,
  encodeOpenPage,
  entriesOf,
  imageOffset,
  type JournalEntry,
  segmentLength,
  storedCrc,
} from './format.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Pace, type Steps } from '../steps.js';
import { JournalBody, readWhole } from './body.js';
import { JournalIndex, NO_SLOT } from './index.js';
import { Slots } from './slots.js';

/** Blocks read, and slots cleared, between two steps. */
const BLOCKS_PER_STEP = 8;
const SLOTS_PER_STEP = 1024;

/** What a segment says of its commit beside the pages. */
export interface JournalledCommit {
  /** What the journal says, by which it is told from those of other formats. */
  readonly version: number;
  /** The superblock page that the commit is based on. */
  readonly base: Buffer;
  /** Bytes of the store file that are on disk. */
  readonly placedLength: number;
  /** Called with each page that the segment holds, when all images are final. */
  readonly onPage: ((entry: JournalEntry) => void) | undefined;
  /** Makes the superblock page that the commit leads to, after that. */
  readonly makeNext: () => Buffer;
  /** Called just before the segment becomes valid; what it throws leaves it unfinished. */
  readonly check: () => void;
}

/** The store that a journal is made beside. */
export interface JournalledStore {
  readonly path: string;
  /** The id of the writer's lock. */
  readonly lockId: string;
  /** Whether the store has its name: one that is being made has not. */
  readonly isPublished: boolean;
  createJournal(): FileHandle;
  /** Whether the journal's name leads to the file with this identity. */
  hasJournal(identity: string): boolean;
  /** Removes the journal with this identity, unless the name is another file's by now. */
  unlinkJournal(identity: string): void;
}

/**
 * The journal of a store that is open to be written: the segments of the commits that are on disk and not in place yet,
 * and after them that of the commit that is to come. Until then that one holds the changed pages that the cache has no
 * room for, each in a slot (`Slots`).
 *
 * Bytes of a committed segment are never written again. The file is made when the first page comes; a segment is not
 * valid before `finish` has written its header.
 */
export class JournalWriter {
  #slots = new Slots();
  #file: FileHandle | undefined;
  readonly #body = new JournalBody(() => this.#open());
  /** Which page of the file is the newest committed image of a page. */
  #committed = new JournalIndex();
  #segments = 0;

  constructor(
    private readonly files: FileSystem,
    private readonly store: JournalledStore,
  ) {}

  /** Commits that are on disk, and not in place. */
  get segments(): number {
    return this.#segments;
  }

  /** Bytes of the file up to the end of the segment that is being written. */
  get length(): number {
    return this.#body.start + segmentLength(this.#slots.count);
  }

  /** Whether the name of a journal that holds commits is another file's by now, or nobody's. */
  get isLost(): boolean {
    return this.#segments > 0 && this.#file !== undefined && !this.store.hasJournal(this.#file.identity());
  }

  /** Whether the commit that is to come has a page here. */
  has(pageId: number): boolean {
    return this.#slots.slotOf(pageId) !== NO_SLOT;
  }

  /** The ids of all its pages that match, ascending. No savepoint is open. */
  pageIds(matches: (pageId: number) => boolean): Uint32Array {
    return this.#slots.pageIds(matches);
  }

  /** Fills `into` with a page of the commit that is to come. */
  readImage(pageId: number, into: Buffer): void {
    this.#body.readImage(this.#slots.slotOf(pageId), into);
  }

  /** Whether a page is here as the last commit left it, and not in the store file. */
  hasCommitted(pageId: number): boolean {
    return this.#committed.slotOf(pageId) !== NO_SLOT;
  }

  /** Fills `into` with a page as the last commit left it; false where that is in the store file. */
  readCommitted(pageId: number, into: Buffer): boolean {
    const image = this.#committed.slotOf(pageId);
    if (image === NO_SLOT) return false;
    readWhole(this.#open(), into, PAGE_SIZE, image * PAGE_SIZE);
    return true;
  }

  /** The ids of all pages that are not in place as the last commit left them, ascending. */
  committedPageIds(): Uint32Array {
    return this.#committed.pageIds();
  }

  /** The checksums of a page of the commit that is to come: as the last commit left it, and of its image. */
  entry(pageId: number): JournalEntry {
    return this.#body.readEntry(this.#slots.slotOf(pageId)) as JournalEntry;
  }

  /** Keeps a page as it was before the open savepoint, or without one as it is. */
  write(entry: JournalEntry, image: Buffer): void {
    this.#open();
    const slot = this.#slots.slotFor(entry.pageId);
    this.#body.write(slot, entry, image);
    this.#slots.assign(entry.pageId, slot);
  }

  /** Keeps a page that the open savepoint has changed. */
  writeChanged(entry: JournalEntry, image: Buffer): void {
    this.#open();
    const slot = this.#slots.slotForChanged(entry.pageId);
    this.#body.write(slot, entry, image);
    this.#slots.assignChanged(entry.pageId, slot);
  }

  /** The changes of the savepoint stay: what its pages were before is not needed any more. */
  releaseSavepoint(): void {
    this.#slots.releaseSavepoint();
  }

  /** Every page is again what it was before the savepoint. Tells the pages that this changes. */
  rollBack(onPage: (pageId: number) => void): void {
    this.#slots.rollBack(onPage);
  }

  /** Forgets all pages that match: they have come to the store file by another way, or are not used any more. */
  forget(matches: (pageId: number) => boolean): void {
    this.#slots.forget(matches);
  }

  /**
   * Completes the segment: from here on it is valid, though not synced yet.
   *
   * @returns the superblock page that the commit leads to
   */
  *finish(commit: JournalledCommit): Steps<Buffer> {
    const body = this.#body;
    const file = this.#open();
    const pace = new Pace(SLOTS_PER_STEP);
    for (const slot of this.#slots.free()) {
      body.clear(slot);
      if (pace.isDue()) yield;
    }
    body.flush();
    const { version, base, placedLength } = commit;
    const descriptorCrc = yield* this.#readDescriptors(file, commit.onPage);
    const next = commit.makeNext();
    const header = encodeJournalHeader({
      version,
      number: this.#segments + 1,
      placedLength: BigInt(placedLength),
      slotCount: this.#slots.count,
      pageCount: this.#slots.usedCount,
      descriptorCrc,
      baseCrc: storedCrc(base),
      nextCrc: storedCrc(next),
    });
    commit.check();
    file.write(Buffer.concat([header, base, next]), 0, 3 * PAGE_SIZE, body.start);
    return next;
  }

  /** Makes the segment durable; the first one with the name of the file. */
  sync(): void {
    this.#file?.sync();
    if (this.#segments === 0) this.files.syncDirectory(this.store.path);
  }

  /** The segment is on disk: its pages are as the last commit left them now, and the next one begins after it. */
  keep(): void {
    const { start } = this.#body;
    for (const pageId of this.#slots.pageIds(() => true)) {
      this.#committed.set(pageId, (start + imageOffset(this.#slots.slotOf(pageId))) / PAGE_SIZE);
    }
    this.#body.begin(this.length);
    this.#slots = new Slots();
    this.#segments++;
  }

  /** Tells readers that all segments are on disk. */
  markSynced(): void {
    this.#open().write(encodeOpenPage(this.store.lockId, this.#segments), 0, PAGE_SIZE, this.#body.start);
  }

  /** All its pages are in place, and synced: the file is removed. */
  remove(): void {
    const identity = this.#file?.identity();
    this.clear();
    if (identity !== undefined) this.store.unlinkJournal(identity);
    this.files.syncDirectory(this.store.path);
  }

  /** Forgets the commit that was to come. A file without any commit is removed. */
  drop(): void {
    this.#slots = new Slots();
    this.#body.discard();
    if (this.#file === undefined || this.#segments > 0) return;
    const identity = this.#file.identity();
    this.close();
    if (this.store.isPublished) this.store.unlinkJournal(identity);
  }

  /** Forgets all pages, and lets go of the file. */
  clear(): void {
    this.#slots = new Slots();
    this.#committed = new JournalIndex();
    this.#segments = 0;
    this.#body.discard();
    this.#body.begin(0);
    this.close();
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close();
  }

  /** The checksum over all descriptor pages; what they say is given to `onPage`. */
  *#readDescriptors(file: FileHandle, onPage: JournalledCommit['onPage']): Steps<number> {
    const descriptor = Buffer.alloc(PAGE_SIZE);
    let crc = 0;
    for (let block = 0; block < blockCount(this.#slots.count); block++) {
      file.read(descriptor, 0, PAGE_SIZE, this.#body.start + descriptorOffset(block));
      crc = crc32(descriptor, crc);
      if (onPage !== undefined) for (const entry of entriesOf(descriptor)) onPage(entry);
      if (block % BLOCKS_PER_STEP === BLOCKS_PER_STEP - 1) yield;
    }
    return crc;
  }

  #open(): FileHandle {
    return (this.#file ??= this.store.createJournal());
  }
}
