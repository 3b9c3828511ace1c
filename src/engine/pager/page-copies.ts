/** The copies of pages that are not in the cache: pager.ts has the table of where the newest one is. */
import type { PageCache } from '../cache/page-cache.js';
import type { Frame } from '../cache/frame.js';
import { PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { type JournalEntry, storedCrc } from '../journal/format.js';
import type { JournalWriter } from '../journal/writer.js';
import type { PageAllocator } from './page-allocator.js';
import { checkWhole } from './page-reader.js';
import type { StoreFile } from './store-file.js';
import type { RunningSums } from './sums.js';

/**
 * At most this share of the cache holds pages as they were before the savepoint; the rest of them go to the journal.
 */
const UNDO_SHARE = 8;

/** A copy to be finalized: that moves items, and whoever is about to change a page holds offsets into it. */
const finalized = new Page();

export class PageCopies {
  /** Of old pages that were dirty when the savepoint began, as far as there is room: their frames as they were. */
  readonly #undo = new Map<number, Frame>();

  constructor(
    private readonly storeFile: StoreFile,
    private readonly journal: JournalWriter,
    private readonly allocator: PageAllocator,
    private readonly sums: RunningSums | undefined,
  ) {}

  /** Reads the newest copy of a page, and which checksum the last commit left it with. */
  read(pageId: number, frame: Frame): void {
    if (this.journal.has(pageId)) {
      this.journal.readImage(pageId, frame.bytes);
      frame.diskCrc = this.journal.entry(pageId).oldCrc;
      return;
    }
    if (!this.journal.readCommitted(pageId, frame.bytes)) {
      checkWhole(pageId, 1, this.storeFile.readPage(pageId, frame.bytes));
    }
    frame.diskCrc = frame.storedCrc;
  }

  /** Writes the newest copy of a page to where `read` finds it. @param changed by the open savepoint */
  write(frame: Frame, changed: boolean): void {
    const { pageId } = frame;
    frame.finalize();
    // A new page that the savepoint has changed must not overwrite what a rollback reads from the store file.
    const inPlace = changed
      ? this.allocator.isNewInSavepoint(pageId)
      : this.allocator.isNew(pageId) && !this.journal.has(pageId);
    if (inPlace) this.#writeInPlace(frame);
    else if (changed) this.journal.writeChanged(entryOf(frame, frame), frame.bytes);
    else this.journal.write(entryOf(frame, frame), frame.bytes);
  }

  /** Writes neighbouring new pages, whole and final, to the store file. */
  writeDirect(firstPage: number, pages: Buffer): void {
    for (let offset = 0; offset < pages.length; offset += PAGE_SIZE) {
      const pageId = firstPage + offset / PAGE_SIZE;
      const page = pages.subarray(offset, offset + PAGE_SIZE);
      this.storeFile.writePage(pageId, page);
      this.#count(pageId, 0, storedCrc(page));
    }
  }

  /** Keeps what a page is before its first change in the savepoint. */
  keep(frame: Frame, cache: PageCache): void {
    if (this.#undo.size >= cache.capacity / UNDO_SHARE) {
      finalized.copyFrom(frame);
      finalized.finalize();
      this.journal.write(entryOf(frame, finalized), finalized.bytes);
      return;
    }
    const copy = cache.allocateFrame();
    copy.copyFrom(frame);
    copy.diskCrc = frame.diskCrc;
    this.#undo.set(frame.pageId, copy);
  }

  /** What was kept is not needed any more. */
  release(cache: PageCache): void {
    for (const before of this.#undo.values()) cache.freeFrame(before);
    this.#undo.clear();
    this.journal.releaseSavepoint();
    this.sums?.releaseSavepoint();
  }

  /** What was kept is again the newest copy. The cache has no page any more that was changed since then. */
  rollBack(cache: PageCache): void {
    this.journal.rollBack((pageId) => {
      cache.drop(pageId);
    });
    for (const [pageId, before] of this.#undo) cache.put(pageId, before, true);
    this.#undo.clear();
    this.sums?.rollBack();
  }

  #writeInPlace(frame: Frame): void {
    this.storeFile.writePage(frame.pageId, frame.bytes);
    this.#count(frame.pageId, frame.diskCrc, frame.storedCrc);
  }

  #count(pageId: number, before: number, after: number): void {
    if (this.allocator.isNewInSavepoint(pageId)) this.sums?.countInSavepoint(pageId, before, after);
    else this.sums?.count(pageId, before, after);
  }
}

/** What the journal says of a page. @param page its image */
export function entryOf({ pageId, diskCrc }: Frame, { storedCrc: newCrc }: Page): JournalEntry {
  return { pageId, oldCrc: diskCrc, newCrc };
}

/** The ids of pages that are in frames, in the journal or in both, ascending. */
export function inOrder(frames: readonly Frame[], spilled: Uint32Array): readonly number[] | Uint32Array {
  if (spilled.length === 0) return frames.map(({ pageId }) => pageId);
  const pageIds = new Uint32Array(frames.length + spilled.length);
  frames.forEach(({ pageId }, index) => (pageIds[index] = pageId));
  pageIds.set(spilled, frames.length);
  return pageIds.sort().filter((pageId, index) => index === 0 || pageId !== pageIds[index - 1]);
}
