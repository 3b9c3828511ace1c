/**
 * The pages of a store that nobody else knows yet, and that `verify` has just found sound: read in the order in which
 * they were written, many at once.
 */
import type { Frame } from '../cache/frame.js';
import { StoreError } from '../errors.js';
import type { FileHandle } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { StoreFormat } from '../format/store-format.js';
import type { Superblock } from '../format/superblock.js';
import { checkWhole, PageReader, storeTagOf } from '../pager/page-reader.js';
import { ReadAhead } from '../pager/read-ahead.js';

export class FinishedPages extends PageReader {
  readonly #ahead = new ReadAhead();

  constructor(
    path: string,
    private readonly file: FileHandle,
    readonly format: StoreFormat,
    superblock: Superblock,
    readonly pageCount: number,
    cachePages: number,
  ) {
    super(path, cachePages, {
      load: (pageId, frame) => {
        this.#load(pageId, frame);
        return this.#ahead.isInOrder;
      },
      evict: () => {
        throw new Error('a page was changed that is only read');
      },
    });
    this.storeTag = storeTagOf(superblock);
  }

  readDirect(firstPage: number, pageCount: number, into: Buffer): void {
    checkWhole(firstPage, pageCount, this.file.read(into, 0, pageCount * PAGE_SIZE, firstPage * PAGE_SIZE));
  }

  #load(pageId: number, frame: Frame): void {
    const read = (first: number, count: number, into: Buffer): number =>
      this.file.read(into, 0, count * PAGE_SIZE, first * PAGE_SIZE);
    if (!this.#ahead.read(pageId, this.pageCount, frame.bytes, read)) this.readDirect(pageId, 1, frame.bytes);
    if (frame.computeCrc() !== frame.storedCrc) throw changedPage(pageId);
    frame.measure();
  }
}

function changedPage(page: number): StoreError {
  return new StoreError('PAGE_CORRUPTED', `page ${page} of the copy is not what it was a moment ago`, { page });
}
