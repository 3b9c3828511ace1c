import { StoreError } from '../errors.js';
import type { FileSystem } from '../file/files.js';

/** Whether a journal lies beside the store, so that its readers see other pages than the file holds. */
export function journalLiesOver(files: FileSystem, path: string): boolean {
  try {
    return files.resolve(`${files.resolve(path) ?? path}-journal`) !== undefined;
  } catch (error) {
    // A link to nothing, or a name too long to be one: nothing that a reader would find.
    if (error instanceof StoreError) return false;
    throw error;
  }
}
