/** Pages for a check as readers of the store see them: the file with the journal over it. */
import type { StoreFile } from '../pager/store-file.js';
import { JournalReader } from '../journal/reader.js';
import { Snapshot } from '../pager/snapshot.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { nodeFiles } from '../file/node-files.js';
import type { BareFile } from './threads/second-thread.js';
import { PlainFileReader, type PageFileReader } from './page-file-reader.js';

/** A store to be checked. */
export interface CheckedStore {
  readonly source: PageFileReader;
  /**
   * The journal beside the file holds a commit that happened: its pages are checked instead of the file's.
   */
  readonly hasJournal: boolean;
  /** Why nobody can use the journal that is beside the file. The file is checked without it. */
  readonly journalFault: StoreError | undefined;
  /** That something of somebody else's has the journal's name: it was left alone. */
  readonly foreignFile: StoreError | undefined;
  close(): void;
}

/** What says that the superblock or the journal is damaged, and not that somebody is at work. */
const JOURNAL_FAULTS: readonly string[] = ['JOURNAL_FOREIGN', 'JOURNAL_CORRUPTED'];
const DAMAGE: readonly string[] = [...JOURNAL_FAULTS, 'NOT_A_STORE', 'UNSUPPORTED_VERSION', 'SUPERBLOCK_CORRUPTED'];

/**
 * The pages of a store as its readers see them: those of its newest commit, or where that cannot be told those of the
 * file.
 *
 * @param committedOnly leave out what is after the end of the store: a writer is just adding to it
 * @throws StoreError `IO_ERROR`, `STORE_CHANGING`
 */
export function openChecked(files: FileSystem, storeFile: StoreFile, committedOnly: boolean): CheckedStore {
  try {
    return openNewest(files, storeFile, committedOnly);
  } catch (error) {
    if (!(error instanceof StoreError) || !DAMAGE.includes(error.code)) throw error;
    const journalFault = isOfJournal(files, storeFile, error) ? error : undefined;
    return {
      source: new PlainFileReader(storeFile.file()),
      hasJournal: false,
      journalFault,
      foreignFile: undefined,
      close: () => {},
    };
  }
}

/**
 * As `openChecked`, of a store whose newest commit can be told.
 *
 * @throws StoreError as `Snapshot.take`
 */
export function openNewest(files: FileSystem, storeFile: StoreFile, committedOnly: boolean): CheckedStore {
  const snapshot = Snapshot.take(files, storeFile);
  return {
    source: new SnapshotReader(storeFile, snapshot, committedOnly, files === nodeFiles),
    hasJournal: snapshot.hasOverlay,
    journalFault: undefined,
    foreignFile: snapshot.foreignFile,
    close: () => {
      snapshot.close();
    },
  };
}

/** Both superblock and journal can be of a version that is not known. */
function isOfJournal(files: FileSystem, storeFile: StoreFile, { code }: StoreError): boolean {
  if (code !== 'UNSUPPORTED_VERSION') return JOURNAL_FAULTS.includes(code);
  try {
    JournalReader.open(files, storeFile.path)?.close();
    return false;
  } catch (error) {
    if (error instanceof StoreError && error.code === code) return true;
    throw error;
  }
}

class SnapshotReader implements PageFileReader {
  readonly size: number;
  readonly bareFile: BareFile | undefined;
  readonly #fileSize: number;
  /** Whether it matters what is after the end of the store. */
  readonly #needsEnd: boolean;

  constructor(
    private readonly storeFile: StoreFile,
    private readonly snapshot: Snapshot,
    committedOnly: boolean,
    /** Whether other threads find the file under its name. */
    isOfSystem: boolean,
  ) {
    this.#fileSize = storeFile.file().size();
    const { path } = storeFile;
    this.bareFile = isOfSystem && !snapshot.hasOverlay ? { path, identity: storeFile.file().identity() } : undefined;
    const end = Number(snapshot.superblock.nextPageId) * PAGE_SIZE;
    // Pages that the file does not have may be in the journal.
    const size = Math.max(this.#fileSize, snapshot.pageCount * PAGE_SIZE);
    this.size = committedOnly && end > 0 ? Math.min(end, size) : size;
    this.#needsEnd = this.size >= this.#fileSize && !snapshot.hasOverlay;
  }

  read(first: number, count: number, into: Buffer): number {
    const left = Math.max(0, this.size - first * PAGE_SIZE);
    return Math.min(left, this.snapshot.readPages(first, count, into));
  }

  isChanged(): boolean {
    if (!this.snapshot.isCurrent()) return true;
    // Of a file that is checked to the end of the store only, what a writer adds after it does not matter.
    const size = this.storeFile.file().size();
    return this.#needsEnd ? size !== this.#fileSize : size < Math.min(this.size, this.#fileSize);
  }
}
