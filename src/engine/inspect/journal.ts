/** Whether a journal is over a store, for whoever looks at the bytes of the file itself. */
import { StoreFile } from '../pager/store-file.js';
import { JournalReader } from '../journal/reader.js';
import { readStoredSuperblock } from '../pager/superblock-copies.js';
import { holdsOver } from '../pager/snapshot.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';

/** What has the name of a store's journal. */
export interface JournalBeside {
  /** Whether it is complete and its commit is this store's, so that readers see other pages than the file holds. */
  readonly journal: boolean;
  /** That it is somebody else's. */
  readonly foreignFile: StoreError | undefined;
}

/**
 * Looks at what has the name of a store's journal. Nothing makes this throw that a look at the store itself does not
 * meet.
 */
export function journalBeside(files: FileSystem, path: string): JournalBeside {
  try {
    const storeFile = StoreFile.open(files, files.resolve(path) ?? path);
    try {
      return { journal: hasJournalOver(files, storeFile), foreignFile: undefined };
    } finally {
      storeFile.close();
    }
  } catch (error) {
    // A journal that readers cannot use, or that cannot be looked at, is not shown to them either.
    if (!(error instanceof StoreError)) throw error;
    return { journal: false, foreignFile: error.code === 'SIDE_FILE_FOREIGN' ? error : undefined };
  }
}

function hasJournalOver(files: FileSystem, storeFile: StoreFile): boolean {
  const journal = JournalReader.open(files, storeFile.path);
  if (journal === undefined) return false;
  try {
    return holdsOver(storeFile, readStoredSuperblock(storeFile).page, journal);
  } finally {
    journal.close();
  }
}
