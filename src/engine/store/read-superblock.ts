import type { HomeFile } from '../commit/home-file.js';
import { StoreError } from '../errors.js';
import { PAGE_SIZE } from '../format/layout.js';
import { decodeSuperblock, type Superblock } from '../format/superblock.js';

/**
 * Reads the superblock of a store that is being opened. A store with pages missing at its end can still be read where
 * they are there; it must not be written, because new pages would take the place of the missing ones.
 *
 * @throws StoreError `NOT_A_STORE`, `UNSUPPORTED_VERSION`, `SUPERBLOCK_CORRUPTED`, `STORE_TRUNCATED`, `IO_ERROR`
 */
export function readSuperblock(home: HomeFile, readOnly: boolean): Superblock {
  const bytes = Buffer.alloc(PAGE_SIZE);
  const read = home.file().read(bytes, 0, PAGE_SIZE, 0);
  const superblock = decode(home.path, bytes.subarray(0, read));
  const pages = Math.floor(home.committedSize / PAGE_SIZE);
  if (!readOnly && superblock.nextPageId > BigInt(pages)) {
    const message = `${home.path} has lost pages: its superblock counts ${superblock.nextPageId}, the file holds ${pages}`;
    throw new StoreError('STORE_TRUNCATED', message, {
      path: home.path,
      expected: superblock.nextPageId,
      found: pages,
    });
  }
  return superblock;
}

function decode(path: string, bytes: Buffer): Superblock {
  try {
    return decodeSuperblock(bytes);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const message =
      error.code === 'NOT_A_STORE' ? `${path} is not a store: ${error.message}` : `${path}: ${error.message}`;
    throw new StoreError(error.code, message, { path, ...error.facts }, error.hint, { cause: error });
  }
}
