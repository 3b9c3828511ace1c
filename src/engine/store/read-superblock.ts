import { StoreError } from '../errors.js';
import { PAGE_SIZE } from '../format/layout.js';
import { decodeSuperblock, type Superblock } from '../format/superblock.js';

/** Decodes the superblock of the store at `path`. @throws StoreError `NOT_A_STORE`, `UNSUPPORTED_VERSION`, `SUPERBLOCK_CORRUPTED` */
export function readSuperblock(path: string, bytes: Buffer): Superblock {
  return named(path, () => decodeSuperblock(bytes));
}

/**
 * A store with pages missing at its end can still be read where they are there; it must not be written, because new pages would take the
 * place of the missing ones.
 *
 * @throws StoreError `STORE_TRUNCATED`
 */
export function checkLength(path: string, { nextPageId }: Superblock, length: number): void {
  const pages = Math.floor(length / PAGE_SIZE);
  if (nextPageId <= BigInt(pages)) return;
  const message = `${path} has lost pages: its superblock counts ${nextPageId}, the file holds ${pages}`;
  throw new StoreError('STORE_TRUNCATED', message, { path, expected: nextPageId, found: pages });
}

/** Does what may find a damaged superblock, whose error then says of which store. */
export function named<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof StoreError) || 'path' in error.facts) throw error;
    const message =
      error.code === 'NOT_A_STORE' ? `${path} is not a store: ${error.message}` : `${path}: ${error.message}`;
    throw new StoreError(error.code, message, { path, ...error.facts }, error.hint, { cause: error });
  }
}
