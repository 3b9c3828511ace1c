/** Pages for a check, many at once, from a file or from a snapshot. */
import type { FileHandle } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import type { BareFile } from './threads/second-thread.js';

/** Where a check gets its pages from. */
export interface PageFileReader {
  /** The file that has all pages after the superblock as `read` gives them; undefined where no file has. */
  readonly bareFile?: BareFile | undefined;
  /** Bytes in all; they need not be whole pages. */
  readonly size: number;
  /** Fills `into` with `count` pages from `first` on; gives how many bytes of them there were. */
  read(first: number, count: number, into: Buffer): number;
  /** Whether the store has been changed since its page 0 was these bytes. */
  isChanged(superblock: Buffer): boolean;
}

/** The pages of a file as they are. */
export class PlainFileReader implements PageFileReader {
  readonly size: number;

  constructor(private readonly file: FileHandle) {
    this.size = file.size();
  }

  read(first: number, count: number, into: Buffer): number {
    return this.file.read(into, 0, count * PAGE_SIZE, first * PAGE_SIZE);
  }

  isChanged(superblock: Buffer): boolean {
    const now = Buffer.alloc(PAGE_SIZE);
    return this.file.size() !== this.size || !now.subarray(0, this.read(0, 1, now)).equals(superblock);
  }
}

/** Pages that are read at once: 256 KiB. */
export const CHUNK_PAGES = 64;

/** Neighbouring pages in one buffer, which is used again for the next ones. */
export class PageChunk {
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_PAGES * PAGE_SIZE);
  readonly #pages: readonly Page[];
  #first = 0;
  #count = 0;

  constructor(private readonly source: PageFileReader) {
    this.#pages = Array.from(
      { length: CHUNK_PAGES },
      (_, index) => new Page(this.#buffer.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE)),
    );
  }

  /** Reads up to `count` pages, at most `CHUNK_PAGES`; gives how many whole ones there were. */
  load(first: number, count: number): number {
    const bytes = this.source.read(first, Math.min(count, CHUNK_PAGES), this.#buffer);
    this.#first = first;
    this.#count = Math.floor(bytes / PAGE_SIZE);
    return this.#count;
  }

  /** A page that was loaded; it stays until the next `load`. */
  page(pageId: number): Page | undefined {
    const index = pageId - this.#first;
    return index >= 0 && index < this.#count ? this.#pages[index] : undefined;
  }
}
