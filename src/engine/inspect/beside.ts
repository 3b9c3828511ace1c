/** What is beside a store file, for whoever looks at the bytes of the file itself. */
import { StoreFile } from '../pager/store-file.js';
import { JournalReader } from '../journal/reader.js';
import { readStoredSuperblock } from '../pager/superblock-copies.js';
import { holdsOver } from '../pager/snapshot.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';
import { isFreePage } from './free-page.js';

/** What readers of a store go by beside the page that is looked at. */
export interface StoreBeside {
  /** Whether there is a journal whose commit is this store's, so that readers see other pages than the file holds. */
  readonly journal: boolean;
  /** That something of somebody else's has the journal's name: a writer would be refused with this. */
  readonly foreignFile: StoreError | undefined;
  /** Whether page 0 is damaged or outdated, and readers go by its copy in page 1. */
  readonly isCopyUsed: boolean;
  /** Whether the free map has the page: then what is in it means nothing. */
  readonly isFree: boolean;
}

/** Looks at what readers go by. Nothing makes this throw that a look at the store itself does not meet. */
export function lookBeside(files: FileSystem, path: string, pageId: bigint): StoreBeside {
  const storeFile = StoreFile.open(files, files.resolve(path) ?? path);
  try {
    const { page, isCopy } = readStoredSuperblock(storeFile);
    const isFree = isFreePage(page, pageId, (id, into) => storeFile.readPages(id, 1, into));
    return { isCopyUsed: isCopy, isFree, ...journalOver(files, storeFile, page) };
  } finally {
    storeFile.close();
  }
}

function journalOver(
  files: FileSystem,
  storeFile: StoreFile,
  superblock: Buffer,
): Pick<StoreBeside, 'journal' | 'foreignFile'> {
  try {
    return { journal: hasJournalOver(files, storeFile, superblock), foreignFile: undefined };
  } catch (error) {
    // A journal that readers cannot use, or that cannot be looked at, is not shown to them either.
    if (!(error instanceof StoreError)) throw error;
    return { journal: false, foreignFile: error.code === 'SIDE_FILE_FOREIGN' ? error : undefined };
  }
}

function hasJournalOver(files: FileSystem, storeFile: StoreFile, superblock: Buffer): boolean {
  const journal = JournalReader.open(files, storeFile.path);
  if (journal === undefined) return false;
  try {
    return holdsOver(storeFile, superblock, journal);
  } finally {
    journal.close();
  }
}
