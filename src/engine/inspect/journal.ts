import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';

/** Whether a journal lies beside the store, so that its readers see other pages than the file holds. */
export function journalLiesOver(files: FileSystem, path: string): boolean {
  try {
    return files.resolve(`${files.resolve(path) ?? path}-journal`) !== undefined;
  } catch (error) {
    // A link to nothing holds no pages.
    if (error instanceof StoreError && error.code === 'STORE_NOT_FOUND') return false;
    throw error;
  }
}
