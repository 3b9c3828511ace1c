import { StoreError } from '../errors.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Superblock } from '../format/superblock.js';

/**
 * A store with pages missing at its end can still be read where they are there; it must not be written, because new
 * pages would take the place of the missing ones.
 *
 * @throws StoreError `STORE_TRUNCATED`
 */
export function checkLength(path: string, { nextPageId }: Superblock, length: number): void {
  const pages = Math.floor(length / PAGE_SIZE);
  if (nextPageId <= BigInt(pages)) return;
  const message = `${path} has lost pages: its superblock counts ${nextPageId}, the file holds ${pages}`;
  throw new StoreError('STORE_TRUNCATED', message, { path, expected: nextPageId, found: pages });
}

/** The error that a damaged superblock ends in, with the path of its store. */
export function withPath(path: string, error: unknown): unknown {
  if (!(error instanceof StoreError) || 'path' in error.facts) return error;
  const message =
    error.code === 'NOT_A_STORE' ? `${path} is not a store: ${error.message}` : `${path}: ${error.message}`;
  return new StoreError(error.code, message, { path, ...error.facts }, error.hint, { cause: error });
}
