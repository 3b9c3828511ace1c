import { HomeFile } from '../commit/home-file.js';
import { JournalReader } from '../commit/journal-reader.js';
import { readSuperblockPage } from '../commit/recovery.js';
import { holdsOver } from '../commit/snapshot.js';
import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';

/**
 * Whether a complete journal lies beside the store and its commit is this store's, so that readers see other pages than
 * the file holds.
 */
export function journalLiesOver(files: FileSystem, path: string): boolean {
  try {
    const home = HomeFile.open(files, files.resolve(path) ?? path);
    try {
      return hasJournalOver(files, home);
    } finally {
      home.close();
    }
  } catch (error) {
    // A journal that readers cannot use, or that cannot be looked at, is not shown to them either.
    if (error instanceof StoreError) return false;
    throw error;
  }
}

function hasJournalOver(files: FileSystem, home: HomeFile): boolean {
  const journal = JournalReader.open(files, home.path);
  if (journal === undefined) return false;
  try {
    return holdsOver(home, readSuperblockPage(home), journal);
  } finally {
    journal.close();
  }
}
