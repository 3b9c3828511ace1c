/**
 * Neighbouring pages read at once into memory of their own, past the cache: for whoever looks at many pages once. A
 * page read so costs a fifth of one that is read alone into a frame: one system call a run, one look at page 0, and no
 * memory that is touched for the first time, which took a third of 100,000 gets in a fresh process.
 */
import { expectManyBytes } from '../bytes/crc32.js';
import { Frame } from '../cache/frame.js';
import { PAGE_SIZE } from '../format/layout.js';
import { keySuffixOf } from '../format/page-types.js';
import type { PageReader } from './page-reader.js';

/** Pages of the longest run: 256 KB. */
export const RUN_PAGES = 64;

/** The frames belong to no cache. They are used within one call, by one caller after the other. */
let room: readonly Frame[] = [];
let bytes = Buffer.alloc(0);

export class PageRun {
  #first = 0;
  #count = 0;

  constructor(private readonly pages: PageReader) {}

  /**
   * Reads pages, as many as the file has of them.
   *
   * @param count at most `RUN_PAGES`
   */
  read(first: number, count: number): void {
    this.#count = 0;
    if (room.length === 0) makeRoom();
    if (count > RUN_PAGES / 2) expectManyBytes();
    const read = this.pages.readRun(first, count, bytes);
    this.#first = first;
    this.#count = Math.floor(read / PAGE_SIZE);
  }

  /** Whether the run has a page, sound or not. */
  has(pageId: number): boolean {
    return pageId >= this.#first && pageId < this.#first + this.#count;
  }

  /**
   * A page of the run, checked; undefined where the run has no such page or it has a fault. It stays until the next
   * read.
   */
  page(pageId: number): Frame | undefined {
    if (!this.has(pageId)) return undefined;
    const frame = room[pageId - this.#first] as Frame;
    const { format, storeTag } = this.pages;
    if (format.pages.findFault(frame, { pageId, storeTag }) !== undefined) return undefined;
    frame.pageId = pageId;
    frame.keySuffix = keySuffixOf(frame.type);
    return frame;
  }

  /** Puts a copy of a page of the run, which is not in the cache, there; false where that has no room left. */
  keep(page: Frame): boolean {
    const { cache } = this.pages;
    if (!cache.hasRoom) return false;
    cache.release();
    const frame = cache.allocateFrame();
    frame.bytes.set(page.bytes);
    frame.measure();
    frame.diskCrc = frame.storedCrc;
    cache.put(page.pageId, frame, false);
    return true;
  }
}

function makeRoom(): void {
  bytes = Buffer.allocUnsafeSlow(RUN_PAGES * PAGE_SIZE);
  room = Array.from(
    { length: RUN_PAGES },
    (_, index) => new Frame(bytes.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE)),
  );
}
