/** The last check before a commit: is the store still the file that we opened, and the lock still ours? */
import { StoreError } from '../errors.js';
import type { StoreFile } from './store-file.js';

/**
 * The check before a commit: nobody has moved, replaced or overwritten the store, or taken the lock away, while it was
 * open.
 *
 * @throws StoreError `STORE_REPLACED`, `LOCK_LOST`, `IO_ERROR`
 */
export function checkStillOurs(storeFile: StoreFile): void {
  checkLock(storeFile);
  checkPath(storeFile);
  if (storeFile.isPublished && !storeFile.hasBase()) throw replacedStore(storeFile.path, 'was overwritten');
}

/** Whether the path still leads to the file that is open. @throws StoreError `STORE_REPLACED`, `IO_ERROR` */
export function checkPath(storeFile: StoreFile): void {
  if (!storeFile.isPublished) return;
  const found = storeFile.pathLeadsTo();
  if (found === 'nothing') throw replacedStore(storeFile.path, 'was renamed or removed');
  if (found === 'another file') throw replacedStore(storeFile.path, 'was replaced by another file');
}

/** @throws StoreError `LOCK_LOST`, `IO_ERROR` */
export function checkLock({ lock, path }: StoreFile): void {
  if (lock?.isHeld() !== false) return;
  const message = `the lock of ${path} was removed or taken while the store was being written`;
  const hint = 'find out who removed it, and run the command again when nobody else writes the store';
  throw new StoreError('LOCK_LOST', message, { path }, hint);
}

/** The error for a path that does not lead to the file any more that was opened there. */
export function replacedStore(path: string, what: string): StoreError {
  const message = `${path} ${what} while it was being written`;
  const hint = 'run the command again: it opens the store that is there then';
  return new StoreError('STORE_REPLACED', message, { path }, hint);
}
