/** By what a file is told to be a store among others, sound or damaged. */
import type { FileSystem } from '../file/files.js';
import { nodeFiles } from '../file/node-files.js';
import { PAGE_HEADER, PAGE_MAGIC, PAGE_SIZE, SUPERBLOCK } from '../format/layout.js';
import { beginsAsJournal } from '../journal/format.js';
import { hasSideEnding } from '../journal/side-files.js';
import type { InspectOptions } from './inspect.js';

/** How many pages of a file are looked at. */
const SIGN_PAGES = 16;

/**
 * Whether a file looks like a store: it begins as one in page 0 or 1, or has a page of a tree among the first 16. So
 * is a store found whose superblock is lost. What a store has beside it, by its name or as a journal, is none.
 *
 * @throws StoreError `STORE_NOT_FOUND`, `NOT_A_STORE` for what is no regular file, `IO_ERROR`
 */
export function looksLikeStore(path: string, { files = nodeFiles }: InspectOptions = {}): boolean {
  if (hasSideEnding(path)) return false;
  const bytes = readBeginning(files, path);
  if (beginsAsJournal(bytes.subarray(0, PAGE_SIZE))) return false;
  for (let page = 0; page * PAGE_SIZE < bytes.length; page++) {
    const start = page * PAGE_SIZE;
    if (page < 2 && bytes.toString('latin1', start, start + SUPERBLOCK.magic.length) === SUPERBLOCK.magic) return true;
    const magicEnd = start + PAGE_HEADER.magicOffset + 4;
    if (magicEnd <= bytes.length && bytes.readUInt32LE(start + PAGE_HEADER.magicOffset) === PAGE_MAGIC) return true;
  }
  return false;
}

function readBeginning(files: FileSystem, path: string): Buffer {
  const file = files.open(path, 'read');
  try {
    const bytes = Buffer.alloc(SIGN_PAGES * PAGE_SIZE);
    return bytes.subarray(0, file.read(bytes, 0, bytes.length, 0));
  } finally {
    file.close();
  }
}
