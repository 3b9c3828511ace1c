import { StoreFile } from '../pager/store-file.js';
import { JournalReader } from '../journal/reader.js';
import { readSuperblockPage } from '../pager/recovery.js';
import { holdsOver } from '../pager/snapshot.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';

/**
 * Whether a complete journal lies beside the store and its commit is this store's, so that readers see other pages than
 * the file holds.
 */
export function journalLiesOver(files: FileSystem, path: string): boolean {
  try {
    const storeFile = StoreFile.open(files, files.resolve(path) ?? path);
    try {
      return hasJournalOver(files, storeFile);
    } finally {
      storeFile.close();
    }
  } catch (error) {
    // A journal that readers cannot use, or that cannot be looked at, is not shown to them either.
    if (error instanceof StoreError) return false;
    throw error;
  }
}

function hasJournalOver(files: FileSystem, storeFile: StoreFile): boolean {
  const journal = JournalReader.open(files, storeFile.path);
  if (journal === undefined) return false;
  try {
    return holdsOver(storeFile, readSuperblockPage(storeFile), journal);
  } finally {
    journal.close();
  }
}
