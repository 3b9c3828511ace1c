/** The state of a store file and its journal at one commit. */
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Superblock } from '../format/superblock.js';
import { decodeSuperblock, formatOfSuperblock } from '../format/superblock-page.js';
import { runSteps } from '../steps.js';
import type { StoreFile } from './store-file.js';
import { beginsAsJournal } from '../journal/format.js';
import { JournalReader } from '../journal/reader.js';
import { NO_SLOT, type JournalIndex } from '../journal/index.js';
import { isCommitted, corruptedJournal } from './recovery.js';
import { copyUsed, readFirstPage, readStoredSuperblock, type StoredSuperblock } from './superblock-copies.js';

/** Gives up after this many commits while one snapshot is taken; kmb-store itself cannot commit that fast. */
const ATTEMPTS_MAX = 200;
/** Damage seen this often beside a journal is real: a writer that is rolling it forward would have repaired it. */
const DAMAGED_ATTEMPTS_MAX = 5;
const PAUSE_MS = 1;

const pauseOn = new Int32Array(new SharedArrayBuffer(4));
const scratch = Buffer.alloc(PAGE_SIZE);

/** The journal of a commit that happened, and where each page is in it. */
interface Overlay {
  readonly journal: JournalReader;
  readonly index: JournalIndex;
}

/**
 * The store as one commit left it, for a reader beside whom a writer may be at work: the store file, and over it the
 * pages of a journal whose commit happened. It is good as long as page 0 says so, which a writer changes before any
 * other page.
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
  /** Page 0 as it was read. */
  readonly #firstPage: Buffer;
  /** The pages that are not given as they are in the file: a journal has no images of them. */
  readonly #superblockPageIds: readonly number[];

  private constructor(
    private readonly storeFile: StoreFile,
    { firstPage, page, isCopy }: StoredSuperblock,
    private readonly overlay: Overlay | undefined,
  ) {
    const { base, next } = overlay?.journal.finished ?? {};
    this.#firstPages = base === undefined || next === undefined ? [firstPage] : [firstPage, base, next];
    this.#firstPage = firstPage;
    this.#superblockPageIds = next === undefined ? [0] : formatOfSuperblock(next).superblock.pageIds;
    this.superblockPage = next ?? page;
    this.superblock = decodeSuperblock(this.superblockPage);
    this.copyUsed = isCopy && next === undefined ? copyUsed(storeFile.path) : undefined;
    this.pageCount = Math.floor(storeFile.file().size() / PAGE_SIZE);
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
      const index = journal.index();
      if (index === undefined) throw corruptedJournal(journal);
      return new Snapshot(storeFile, stored, { journal, index });
    }
    journal?.close();
    return new Snapshot(storeFile, stored, undefined);
  }

  /** Whether what was read until now is of this commit. */
  isCurrent(): boolean {
    const found = scratch.subarray(0, this.storeFile.file().read(scratch, 0, PAGE_SIZE, 0));
    return this.#firstPages.some((firstPage) => firstPage.equals(found));
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
   * Whether no crash can undo this commit: page 0 itself is of it, since a journal alone may not be synced yet, and the
   * store's name is, which that of a new one is not before the page past its end is cut off.
   */
  isInPlace(): boolean {
    if (this.overlay !== undefined) return readFirstPage(this.storeFile).equals(this.superblockPage);
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
    const { overlay } = this;
    for (const pageId of this.#superblockPageIds) {
      const offset = (pageId - first) * PAGE_SIZE;
      if (offset >= 0 && offset + PAGE_SIZE <= read)
        into.set(overlay?.journal.finished?.next ?? this.#firstPage, offset);
    }
    for (let index = 0; overlay !== undefined && (index + 1) * PAGE_SIZE <= read; index++) {
      const slot = overlay.index.slotOf(first + index);
      if (slot === NO_SLOT) continue;
      overlay.journal.readImage(slot, into.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE));
    }
    return read;
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

/** Whether the pages of a journal replace those of a store with this superblock. */
export function holdsOver(storeFile: StoreFile, superblock: Buffer, journal: JournalReader): boolean {
  const { finished } = journal;
  if (finished === undefined) return false;
  // Its superblock has reached the store, which happens only after the commit point: its images need not be looked at
  // now.
  return superblock.equals(finished.next) || runSteps(isCommitted(storeFile, superblock, journal));
}
