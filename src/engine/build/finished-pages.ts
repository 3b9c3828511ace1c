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

const RUN_PAGES = 64;

export class FinishedPages extends PageReader {
  readonly #run = Buffer.allocUnsafeSlow(RUN_PAGES * PAGE_SIZE);
  #runStart = 0;
  #runBytes = 0;

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
        return true;
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
    const offset = (pageId - this.#runStart) * PAGE_SIZE;
    const isInRun = offset >= 0 && offset + PAGE_SIZE <= this.#runBytes;
    if (!isInRun) this.#readRun(pageId);
    const start = isInRun ? offset : 0;
    checkWhole(pageId, 1, Math.min(PAGE_SIZE, this.#runBytes - start));
    this.#run.copy(frame.bytes, 0, start, start + PAGE_SIZE);
    if (frame.computeCrc() !== frame.storedCrc) throw changedPage(pageId);
    frame.measure();
  }

  #readRun(pageId: number): void {
    const count = Math.min(RUN_PAGES, this.pageCount - pageId);
    this.#runStart = pageId;
    this.#runBytes = this.file.read(this.#run, 0, count * PAGE_SIZE, pageId * PAGE_SIZE);
  }
}

function changedPage(page: number): StoreError {
  return new StoreError('PAGE_CORRUPTED', `page ${page} of the copy is not what it was a moment ago`, { page });
}
