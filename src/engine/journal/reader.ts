/** Reads a journal that a writer left, or is at work on, and tells its complete segments from others. */
import { StoreError } from '../errors.js';
import type { FileSystem, FileHandle } from '../file/files.js';
import { crc32 } from '../bytes/crc32.js';
import {
  blockCount,
  decodeEntry,
  decodeJournalHeader,
  ENTRY_SIZE,
  imageOffset,
  descriptorOffset,
  hasValidChecksum,
  JOURNAL,
  type JournalEntry,
  type JournalHeader,
  segmentLength,
  SLOTS_PER_BLOCK,
  storedCrc,
  syncedBefore,
  unsupportedJournal,
} from './format.js';
import { PAGE_SIZE } from '../format/layout.js';
import { decodeSuperblock, findSuperblockFormat } from '../format/superblock-page.js';
import type { Steps } from '../steps.js';
import type { JournalIndex } from './index.js';
import { openIfThere } from './open-journal.js';
import { journalPath, foreignFile, isOurBeginning } from './side-files.js';

/** Images read at once. */
const RUN_SLOTS = 64;

/** A page that a segment holds, and which page of the journal's file its image is. */
export interface JournalPage extends JournalEntry {
  readonly image: number;
}

/** One commit in a journal, as far as its first pages tell. */
export interface Segment {
  /** Byte offsets: where it begins, and where the next one does. */
  readonly start: number;
  readonly end: number;
  readonly header: JournalHeader;
}

/** The journal beside a store. It is read and checked, never changed. */
export class JournalReader {
  /** The segments that have a header, in their order. */
  readonly #segments: Segment[] = [];
  #closed = false;

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    storePath: string,
  ) {
    const firstPage = this.#page(0);
    if (!isOurBeginning(firstPage)) throw foreignFile(storePath, path);
    this.readOn();
  }

  /**
   * Opens a store's journal; undefined when it has none.
   *
   * @throws StoreError `SIDE_FILE_FOREIGN` when what has its name is no journal, `IO_ERROR` when there is one that
   *   cannot be read, `UNSUPPORTED_VERSION`
   */
  static open(files: FileSystem, storePath: string): JournalReader | undefined {
    const path = journalPath(storePath);
    const file = openIfThere(files, path, storePath);
    if (file === undefined) return undefined;
    try {
      return new JournalReader(path, file, storePath);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * The segments whose first pages are whole, each based on the one before. All but the last were on disk before the
   * one after them was begun.
   */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The superblock page that the first segment is based on. There is one. */
  get base(): Buffer {
    return this.#pageOf(this.#segments[0] as Segment, JOURNAL.basePage);
  }

  /** The superblock page that the last segment leads to. There is one. */
  get next(): Buffer {
    return this.#pageOf(this.#segments.at(-1) as Segment, JOURNAL.nextPage);
  }

  /** Which file it is. */
  get identity(): string {
    return this.file.identity();
  }

  /** Takes the segments that follow those that are known; whether there are any. */
  readOn(): boolean {
    const known = this.#segments.length;
    const size = this.file.size();
    for (;;) {
      const segment = this.#readSegment(this.#segments.at(-1), size);
      if (segment === undefined) return this.#segments.length > known;
      this.#segments.push(segment);
    }
  }

  /** Whether a segment follows those that are known. */
  hasNext(): boolean {
    return this.#readSegment(this.#segments.at(-1), this.file.size()) !== undefined;
  }

  /** Leaves the last segment out: it was not committed. */
  dropLast(): void {
    this.#segments.pop();
  }

  /**
   * Whether the file says that the last segment is on disk: the page after it is the next one's, which is written when
   * the segment is synced, and not before.
   */
  isSynced(): boolean {
    const last = this.#segments.at(-1) as Segment;
    const page = this.#page(last.end);
    if (page.length < PAGE_SIZE) return false;
    return syncedBefore(page) === last.header.number || decodeJournalHeader(page)?.number === last.header.number + 1;
  }

  /**
   * Whether what follows the last segment says that there were more: a later header, or an open page before which more
   * are on disk. Then the one that cannot be read was committed, and is damaged.
   */
  *hasLater(): Steps<boolean> {
    const last = this.#segments.at(-1);
    const number = last?.header.number ?? 0;
    const run = Buffer.allocUnsafeSlow(RUN_SLOTS * PAGE_SIZE);
    const size = this.file.size();
    for (let position = last?.end ?? 0; position < size; position += run.length) {
      const read = this.file.read(run, 0, run.length, position);
      for (let offset = 0; offset + PAGE_SIZE <= read; offset += PAGE_SIZE) {
        const page = run.subarray(offset, offset + PAGE_SIZE);
        if ((syncedBefore(page) ?? 0) > number || (decodeJournalHeader(page)?.number ?? 0) > number + 1) return true;
      }
      yield;
    }
    return false;
  }

  /** Whether all of a segment is there, byte for byte as it was written. */
  *isComplete(segment: Segment): Steps<boolean> {
    const { start, header } = segment;
    const end = decodeSuperblock(this.#pageOf(segment, JOURNAL.nextPage)).nextPageId;
    const images = Buffer.allocUnsafeSlow(Math.min(RUN_SLOTS, header.slotCount) * PAGE_SIZE);
    let crc = 0;
    let pages = 0;
    for (let block = 0; block < blockCount(header.slotCount); block++) {
      const descriptor = this.#readDescriptor(segment, block);
      crc = crc32(descriptor, crc);
      const blockEnd = Math.min(header.slotCount, (block + 1) * SLOTS_PER_BLOCK);
      for (let slot = block * SLOTS_PER_BLOCK; slot < blockEnd; slot += RUN_SLOTS) {
        const count = Math.min(RUN_SLOTS, blockEnd - slot);
        this.#read(images, count * PAGE_SIZE, start + imageOffset(slot));
        for (let nth = 0; nth < count; nth++) {
          const entry = decodeEntry(descriptor, ((slot + nth) % SLOTS_PER_BLOCK) * ENTRY_SIZE);
          if (entry === undefined) continue;
          const isInStore = BigInt(entry.pageId) < end;
          if (!isInStore || !isImage(entry, images.subarray(nth * PAGE_SIZE, (nth + 1) * PAGE_SIZE))) return false;
          pages++;
        }
        yield;
      }
    }
    return crc === header.descriptorCrc && pages === header.pageCount;
  }

  /** Adds the pages of a segment to an index; false when its descriptor pages do not have their checksum. */
  addTo(index: JournalIndex, segment: Segment): boolean {
    const { slotCount, descriptorCrc } = segment.header;
    let crc = 0;
    for (let block = 0; block < blockCount(slotCount); block++) {
      const descriptor = this.#readDescriptor(segment, block);
      crc = crc32(descriptor, crc);
      for (const { pageId, image } of pagesOf(descriptor, segment, block)) index.set(pageId, image);
    }
    return crc === descriptorCrc;
  }

  /** The pages of a segment, in the order of their slots. */
  *pages(segment: Segment): Generator<JournalPage> {
    for (let block = 0; block < blockCount(segment.header.slotCount); block++) {
      yield* pagesOf(this.#readDescriptor(segment, block), segment, block);
    }
  }

  /** Fills `into` with a page of the journal's file. */
  readImage(image: number, into: Buffer): void {
    this.#read(into, PAGE_SIZE, image * PAGE_SIZE);
  }

  /** Writes its segments once more, the same bytes in the same places, and syncs them. */
  *rewrite(files: FileSystem): Steps<void> {
    const file = files.open(this.path, 'write');
    try {
      const bytes = Buffer.allocUnsafeSlow(RUN_SLOTS * PAGE_SIZE);
      const end = this.#segments.at(-1)?.end ?? 0;
      for (let position = 0; position < end; position += bytes.length) {
        const length = Math.min(bytes.length, end - position);
        this.#read(bytes, length, position);
        file.write(bytes, 0, length, position);
        yield;
      }
      file.sync();
    } finally {
      file.close();
    }
  }

  /** Lets go of the file. A second call does nothing. */
  close(): void {
    if (!this.#closed) this.file.close();
    this.#closed = true;
  }

  /**
   * The segment after another one, when its first pages are whole and the file has the length that they tell of. They
   * are read at once: a journal of small commits has many segments.
   */
  #readSegment(before: Segment | undefined, size: number): Segment | undefined {
    const start = before?.end ?? 0;
    const pages = Buffer.alloc(JOURNAL.firstBlockPage * PAGE_SIZE);
    const read = this.file.read(pages, 0, pages.length, start);
    const page = (nth: number): Buffer => pages.subarray(0, read).subarray(nth * PAGE_SIZE, (nth + 1) * PAGE_SIZE);
    const header = this.#decodeHeader(page(0));
    if (header === undefined || header.number !== (before?.header.number ?? 0) + 1) return undefined;
    if (before !== undefined && header.baseCrc !== before.header.nextCrc) return undefined;
    const segment = { start, end: start + segmentLength(header.slotCount), header };
    if (size < segment.end) return undefined;
    const next = page(JOURNAL.nextPage);
    if (!isSealed(page(JOURNAL.basePage), header.baseCrc) || !isSealed(next, header.nextCrc)) return undefined;
    this.#checkFormat(header, next);
    return segment;
  }

  #decodeHeader(page: Buffer): JournalHeader | undefined {
    try {
      return decodeJournalHeader(page);
    } catch (error) {
      throw error instanceof StoreError ? error.with({ path: this.path }) : error;
    }
  }

  /** A journal says of which format the store is; so does the superblock in it. */
  #checkFormat({ version }: JournalHeader, next: Buffer): void {
    const expected = findSuperblockFormat(next)?.journalVersion ?? version;
    if (version !== expected) throw unsupportedJournal(version, [expected]).with({ path: this.path });
  }

  #pageOf({ start }: Segment, page: number): Buffer {
    return this.#page(start + page * PAGE_SIZE);
  }

  /** As much of a page as the file has. */
  #page(position: number): Buffer {
    const page = Buffer.alloc(PAGE_SIZE);
    return page.subarray(0, this.file.read(page, 0, PAGE_SIZE, position));
  }

  #readDescriptor({ start }: Segment, block: number): Buffer {
    const descriptor = Buffer.allocUnsafe(PAGE_SIZE);
    this.#read(descriptor, PAGE_SIZE, start + descriptorOffset(block));
    return descriptor;
  }

  #read(into: Buffer, length: number, position: number): void {
    const read = this.file.read(into, 0, length, position);
    if (read === length) return;
    const message = `cannot read ${this.path}: it ends after ${read} of ${length} bytes at ${position}`;
    throw new StoreError('IO_ERROR', message, { path: this.path, expected: length, found: read });
  }
}

function* pagesOf(descriptor: Buffer, { start, header }: Segment, block: number): Generator<JournalPage> {
  const first = block * SLOTS_PER_BLOCK;
  for (let slot = first; slot < Math.min(header.slotCount, first + SLOTS_PER_BLOCK); slot++) {
    const entry = decodeEntry(descriptor, (slot - first) * ENTRY_SIZE);
    if (entry !== undefined) yield { ...entry, image: (start + imageOffset(slot)) / PAGE_SIZE };
  }
}

/** Whether an image is whole, and the one that its entry tells of. */
function isImage({ newCrc }: JournalEntry, image: Buffer): boolean {
  return storedCrc(image) === newCrc && hasValidChecksum(image);
}

/** Whether a superblock page is whole, and the one that a header tells of. */
function isSealed(page: Buffer, crc: number): boolean {
  return page.length === PAGE_SIZE && storedCrc(page) === crc && hasValidChecksum(page);
}
