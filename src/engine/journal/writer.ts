/** Writes the journal of a commit. */
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
import { Pace, type Steps } from '../steps.js';
import { JournalBody } from './body.js';
import { NO_SLOT } from './index.js';
import { Slots } from './slots.js';

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
 * The journal of the commit that is to come. Until then it holds the changed pages that the cache has no room for, each
 * in a slot (`Slots`).
 *
 * The file is made when the first page comes, and is not a valid journal before `finish` has written its header.
 */
export class JournalWriter {
  #slots = new Slots();
  #file: FileHandle | undefined;
  readonly #body = new JournalBody(() => this.#open());

  constructor(
    private readonly files: FileSystem,
    private readonly store: JournalledStore,
  ) {}

  has(pageId: number): boolean {
    return this.#slots.slotOf(pageId) !== NO_SLOT;
  }

  /** The ids of all pages that are here and match, ascending. No savepoint is open. */
  pageIds(matches: (pageId: number) => boolean): Uint32Array {
    return this.#slots.pageIds(matches);
  }

  /** Fills `into` with a page that is here. */
  readImage(pageId: number, into: Buffer): void {
    this.#body.readImage(this.#slots.slotOf(pageId), into);
  }

  /** The checksums of a page that is here: in the store file, and of its image. */
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
   * Completes the file: from here on it is valid, though not synced yet.
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
    const { version, base, baseLength } = commit;
    const descriptorCrc = yield* this.#readDescriptors(file, commit.onPage);
    const next = commit.makeNext();
    const header = encodeJournalHeader({
      version,
      baseLength: BigInt(baseLength),
      slotCount: this.#slots.count,
      pageCount: this.#slots.usedCount,
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
    this.#slots = new Slots();
    this.#body.discard();
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
    for (let segment = 0; segment < segmentCount(this.#slots.count); segment++) {
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
