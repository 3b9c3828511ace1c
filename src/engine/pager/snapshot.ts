/** The state of a store file and its journal at one commit. */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Superblock } from '../format/superblock.js';
import { decodeSuperblock, formatOfSuperblock } from '../format/superblock-page.js';
import { runSteps } from '../steps.js';
import type { StoreFile } from './store-file.js';
import { beginsAsJournal } from '../journal/format.js';
import { JournalReader, type Segment } from '../journal/reader.js';
import { type JournalIndex, NO_SLOT } from '../journal/index.js';
import { journalPath } from '../journal/side-files.js';
import { dropUncommitted, indexOf } from './recovery.js';
import { copyUsed, readFirstPage, readStoredSuperblock, type StoredSuperblock } from './superblock-copies.js';

/** Gives up after this many commits while one snapshot is taken; kmb-store itself cannot commit that fast. */
const ATTEMPTS_MAX = 200;
/** Damage seen this often beside a journal is real: a writer that is rolling it forward would have repaired it. */
const DAMAGED_ATTEMPTS_MAX = 5;
const PAUSE_MS = 1;

const pauseOn = new Int32Array(new SharedArrayBuffer(4));
const scratch = Buffer.alloc(PAGE_SIZE);

/** The journal of commits that happened, and where the newest image of each page is in it. */
interface Overlay {
  readonly journal: JournalReader;
  readonly index: JournalIndex;
}

/**
 * The store as one commit left it, for a reader beside whom a writer may be at work: the store file, and over it the
 * pages of the commits in a journal. It is good as long as page 0 says so, which a writer changes before any other page
 * that was there; commits that the journal gets later do not touch it.
 */
export class Snapshot {
  readonly superblock: Superblock;
  /** Page 0 as the commit left it. */
  readonly superblockPage: Buffer;
  readonly pageCount: number;
  /** That a file has the journal's name and is no journal: it was left alone. */
  foreignFile: StoreError | undefined;
  /** That page 0 is damaged, and its copy was read. */
  readonly copyUsed: StoreError | undefined;
  /** What page 0 may be. */
  readonly #firstPages: readonly Buffer[];
  /** What superblock pages are given as. */
  readonly #superblockPageGiven: Buffer;
  /** The pages that are not given as they are in the file: a journal has no images of them. */
  readonly #superblockPageIds: readonly number[];

  private constructor(
    private readonly storeFile: StoreFile,
    { firstPage, page, isCopy }: StoredSuperblock,
    private readonly overlay: Overlay | undefined,
  ) {
    const next = overlay?.journal.next;
    this.#firstPages =
      overlay === undefined || next === undefined ? [firstPage] : [firstPage, overlay.journal.base, next];
    this.#superblockPageGiven = next ?? firstPage;
    this.#superblockPageIds = next === undefined ? [0] : formatOfSuperblock(next).superblock.pageIds;
    this.superblockPage = next ?? page;
    this.superblock = decodeSuperblock(this.superblockPage);
    this.copyUsed = isCopy && next === undefined ? copyUsed(storeFile.path) : undefined;
    const pagesInFile = Math.floor(storeFile.file().size() / PAGE_SIZE);
    // New pages may be in the journal only.
    this.pageCount = overlay === undefined ? pagesInFile : Math.max(pagesInFile, Number(this.superblock.nextPageId));
  }

  /**
   * Takes the store as of its newest commit.
   *
   * @throws StoreError what `decodeSuperblock` throws, `JOURNAL_FOREIGN`, `JOURNAL_CORRUPTED`, `UNSUPPORTED_VERSION`,
   *   `STORE_CHANGING`, `IO_ERROR`
   */
  static take(files: FileSystem, storeFile: StoreFile): Snapshot {
    let damaged = 0;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const stored = readStoredSuperblock(storeFile);
      const { journal, foreign } = openJournal(files, storeFile);
      try {
        const snapshot = Snapshot.#over(storeFile, stored, journal);
        snapshot.foreignFile = foreign;
        if (snapshot.isCurrent()) return snapshot;
        snapshot.close();
      } catch (error) {
        journal?.close();
        if (!(error instanceof StoreError) || error.code === 'IO_ERROR') throw error;
        if (!readFirstPage(storeFile).equals(stored.firstPage)) continue;
        // The journal belongs to the file that has the name now: the next attempt leaves it alone.
        if (journal !== undefined && storeFile.pathLeadsTo() === 'another file') continue;
        if (journal === undefined || ++damaged === DAMAGED_ATTEMPTS_MAX) throw error;
        Atomics.wait(pauseOn, 0, 0, PAUSE_MS);
      }
    }
    const message = `${storeFile.path} is being changed faster than it can be read`;
    throw new StoreError('STORE_CHANGING', message, { path: storeFile.path });
  }

  /** With the journal beside the store; one whose commit did not happen is closed. */
  static #over(storeFile: StoreFile, stored: StoredSuperblock, journal: JournalReader | undefined): Snapshot {
    if (journal !== undefined && holdsOver(storeFile, stored.page, journal)) {
      return new Snapshot(storeFile, stored, { journal, index: indexOf(journal, journal.segments) });
    }
    journal?.close();
    return new Snapshot(storeFile, stored, undefined);
  }

  /**
   * The store as of its newest commit, for which this snapshot is given up: of its journal only what is new is read.
   *
   * @throws StoreError as `take`; this snapshot stays then
   */
  renewed(files: FileSystem): Snapshot {
    const later = this.#readOn();
    if (later?.isCurrent() === true) return later;
    const taken = Snapshot.take(files, this.storeFile);
    this.close();
    return taken;
  }

  /** The same with the commits that the journal has got since; undefined once they are being put in place. */
  #readOn(): Snapshot | undefined {
    const { storeFile, overlay } = this;
    if (overlay === undefined) return undefined;
    const { journal, index } = overlay;
    const stored = readStoredSuperblock(storeFile);
    if (!stored.page.equals(journal.base)) return undefined;
    const known = journal.segments.length;
    if (journal.readOn() && !runSteps(journal.isComplete(journal.segments.at(-1) as Segment))) journal.dropLast();
    indexOf(journal, journal.segments.slice(known), index);
    const snapshot = new Snapshot(storeFile, stored, overlay);
    snapshot.foreignFile = this.foreignFile;
    return snapshot;
  }

  /** Whether what was read until now is of this commit. */
  isCurrent(): boolean {
    const found = scratch.subarray(0, this.storeFile.file().read(scratch, 0, PAGE_SIZE, 0));
    return this.#firstPages.some((firstPage) => firstPage.equals(found));
  }

  /** Whether there is no later commit: neither has page 0 changed, nor is there more in a journal. */
  isNewest(files: FileSystem): boolean {
    if (!this.isCurrent()) return false;
    const identity = files.identity(journalPath(this.storeFile.path));
    if (this.overlay === undefined) return identity === undefined;
    const { journal } = this.overlay;
    return (identity === undefined || identity === journal.identity) && !journal.hasNext();
  }

  /**
   * Fills `into` with a page; gives how many bytes of it there were. Only good if the snapshot is current afterwards.
   */
  readPage(pageId: number, into: Buffer): number {
    const slot = this.overlay?.index.slotOf(pageId) ?? NO_SLOT;
    if (slot === NO_SLOT) return this.storeFile.readPage(pageId, into);
    this.overlay?.journal.readImage(slot, into);
    return PAGE_SIZE;
  }

  /**
   * Whether no crash can undo this commit: page 0 itself is of it, or the journal says that it is on disk; and the
   * store's name is, which that of a new one is not before the page past its end is cut off.
   */
  isDurable(): boolean {
    if (this.overlay !== undefined) {
      return this.overlay.journal.isSynced() || readFirstPage(this.storeFile).equals(this.superblockPage);
    }
    const page = Buffer.alloc(PAGE_SIZE);
    const read = this.storeFile.readPage(Number(this.superblock.nextPageId), page);
    return read < PAGE_SIZE || !beginsAsJournal(page);
  }

  /** Whether a journal is laid over the file. */
  get hasOverlay(): boolean {
    return this.overlay !== undefined;
  }

  /**
   * Fills `into` with `count` pages from `first` on, those of the superblock included; gives how many bytes of them
   * there were. As good as `readPage`.
   */
  readPages(first: number, count: number, into: Buffer): number {
    const read = this.storeFile.file().read(into, 0, count * PAGE_SIZE, first * PAGE_SIZE);
    for (const pageId of this.#superblockPageIds) {
      const offset = (pageId - first) * PAGE_SIZE;
      if (offset >= 0 && offset + PAGE_SIZE <= read) into.set(this.#superblockPageGiven, offset);
    }
    return this.overlay === undefined ? read : this.#layOver(this.overlay, first, count, into, read);
  }

  /** Puts images over pages that were read, and after them as far as one follows the other. */
  #layOver({ journal, index }: Overlay, first: number, count: number, into: Buffer, read: number): number {
    let end = read;
    for (let nth = 0; nth < count; nth++) {
      const slot = index.slotOf(first + nth);
      if (slot === NO_SLOT && (nth + 1) * PAGE_SIZE > end) return end;
      if (slot === NO_SLOT) continue;
      journal.readImage(slot, into.subarray(nth * PAGE_SIZE, (nth + 1) * PAGE_SIZE));
      end = Math.max(end, (nth + 1) * PAGE_SIZE);
    }
    return end;
  }

  close(): void {
    this.overlay?.journal.close();
  }
}

/** The journal of the file that is open: where another file has its name by now, the journal is that one's. */
function openJournal(
  files: FileSystem,
  storeFile: StoreFile,
): { readonly journal?: JournalReader; readonly foreign?: StoreError } {
  try {
    const journal = JournalReader.open(files, storeFile.path);
    if (journal === undefined) return {};
    if (storeFile.pathLeadsTo() === 'this file') return { journal };
    journal.close();
    return {};
  } catch (error) {
    if (error instanceof StoreError && error.code === 'SIDE_FILE_FOREIGN') return { foreign: error };
    throw error;
  }
}

/**
 * Whether the pages of a journal replace those of a store with this superblock. Segments that were not committed are
 * left out of it.
 */
export function holdsOver(storeFile: StoreFile, superblock: Buffer, journal: JournalReader): boolean {
  if (journal.segments.length === 0) return false;
  // Its superblock has reached the store, which happens only when all of it is on disk: its images need not be looked
  // at now.
  return superblock.equals(journal.next) || runSteps(dropUncommitted(storeFile, superblock, journal, false));
}
