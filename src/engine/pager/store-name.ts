/** What the file system says of the name of a store, in the words of stores. */
import { StoreError, type StoreErrorCode } from '../errors.js';
import type { FileHandle, FileMode, FileSystem } from '../file/files.js';

const STORE_CODES: Readonly<Partial<Record<StoreErrorCode, StoreErrorCode>>> = {
  FILE_NOT_FOUND: 'STORE_NOT_FOUND',
  FILE_EXISTS: 'STORE_EXISTS',
  NOT_A_FILE: 'NOT_A_STORE',
};

/** Opens the file of a store. @throws StoreError `STORE_NOT_FOUND`, `NOT_A_STORE`, `IO_ERROR` */
export function openStoreFile(files: FileSystem, path: string, mode: FileMode): FileHandle {
  return namingStore(() => files.open(path, mode));
}

/**
 * Where the file of a store is, links followed; with `create` also where it is to be made.
 *
 * @throws StoreError `STORE_NOT_FOUND`, `NOT_A_STORE`, `IO_ERROR`
 */
export function resolveStore(files: FileSystem, path: string, create = false): string {
  const resolved = namingStore(() => files.resolve(path) ?? (create ? files.resolveNewPath(path) : undefined));
  if (resolved === undefined) throw new StoreError('STORE_NOT_FOUND', `no such file: ${path}`, { path });
  return resolved;
}

/** Does something with the name of a store. @throws StoreError `STORE_NOT_FOUND`, `STORE_EXISTS`, `NOT_A_STORE` … */
export function namingStore<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const code = error instanceof StoreError ? STORE_CODES[error.code] : undefined;
    if (!(error instanceof StoreError) || code === undefined) throw error;
    const message = code === 'NOT_A_STORE' ? error.message.replace(/, not a file$/, ', not a store') : error.message;
    throw new StoreError(code, message, error.facts, error.hint, { cause: error });
  }
}
