/** Opens the file that has a journal's name, if it is a file. */
import { StoreError } from '../errors.js';
import type { FileSystem, FileHandle } from '../file/files.js';
import { foreignFile } from './side-files.js';

/**
 * The file with a journal's name, open to be read; undefined where there is none.
 *
 * @throws StoreError `SIDE_FILE_FOREIGN` for what is no file, `IO_ERROR`
 */
export function openIfThere(files: FileSystem, path: string, storePath: string): FileHandle | undefined {
  try {
    if (files.identity(path) === undefined) return undefined;
    return files.open(path, 'read');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // A name that is too long for the file system has no file.
    if (error.facts['errno'] === 'ENAMETOOLONG') return undefined;
    // The writer may just have removed it. A name without a file is a link that leads nowhere, and what is no file is
    // a directory, a pipe or a device.
    const isAbsent = error.code === 'FILE_NOT_FOUND' && files.identity(path) === undefined;
    if (isAbsent) return undefined;
    if (error.code === 'FILE_NOT_FOUND' || error.code === 'NOT_A_FILE') throw foreignFile(storePath, path);
    throw error;
  }
}
