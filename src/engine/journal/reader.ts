/** Reads a journal that a writer left, and tells a complete one from an incomplete one. */
import { StoreError } from '../errors.js';
import type { FileSystem, FileHandle } from '../file/files.js';
import { crc32 } from '../bytes/crc32.js';
import {
  decodeEntry,
  decodeJournalHeader,
  ENTRY_SIZE,
  segmentCount,
  imageOffset,
  descriptorOffset,
  hasValidChecksum,
  JOURNAL,
  type JournalEntry,
  type JournalHeader,
  journalLength,
  SLOTS_PER_SEGMENT,
  storedCrc,
  unsupportedJournal,
} from './format.js';
import { PAGE_SIZE } from '../format/layout.js';
import { findSuperblockFormat } from '../format/superblock-page.js';
import type { Steps } from '../steps.js';
import { JournalIndex } from './index.js';
import { journalPath, foreignFile, isOurBeginning } from './side-files.js';

/** Images read at once. */
const RUN_SLOTS = 64;

/** A page that a journal holds, and where. */
export interface JournalPage extends JournalEntry {
  readonly slot: number;
}

/** The parts of a journal that was finished, as far as its first pages tell. */
export interface FinishedJournal {
  readonly header: JournalHeader;
  /** The superblock pages that the journal is based on, and that it leads to. */
  readonly base: Buffer;
  readonly next: Buffer;
}

/** The journal beside a store. It is read and checked, never changed. */
export class JournalReader {
  /** Undefined for a journal that was never finished. */
  readonly finished: FinishedJournal | undefined;
  #closed = false;

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    storePath: string,
  ) {
    this.finished = readBeginning(path, file, storePath);
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

  /** Whether all of it is there, byte for byte as it was written. */
  *isComplete(): Steps<boolean> {
    if (this.finished === undefined) return false;
    const { slotCount, pageCount, descriptorCrc } = this.finished.header;
    const images = Buffer.allocUnsafeSlow(RUN_SLOTS * PAGE_SIZE);
    let crc = 0;
    let pages = 0;
    for (let segment = 0; segment < segmentCount(slotCount); segment++) {
      const descriptor = this.#readDescriptor(segment);
      crc = crc32(descriptor, crc);
      const end = Math.min(slotCount, (segment + 1) * SLOTS_PER_SEGMENT);
      for (let slot = segment * SLOTS_PER_SEGMENT; slot < end; slot += RUN_SLOTS) {
        const count = Math.min(RUN_SLOTS, end - slot);
        this.#read(images, count * PAGE_SIZE, imageOffset(slot));
        for (let nth = 0; nth < count; nth++) {
          const entry = decodeEntry(descriptor, ((slot + nth) % SLOTS_PER_SEGMENT) * ENTRY_SIZE);
          if (entry === undefined) continue;
          if (!this.#matches(entry, images.subarray(nth * PAGE_SIZE, (nth + 1) * PAGE_SIZE))) return false;
          pages++;
        }
        yield;
      }
    }
    return crc === descriptorCrc && pages === pageCount;
  }

  /** Where which page is; undefined when the descriptor pages do not have their checksum. */
  index(): JournalIndex | undefined {
    const { slotCount, descriptorCrc } = (this.finished as FinishedJournal).header;
    const index = new JournalIndex();
    let crc = 0;
    for (let segment = 0; segment < segmentCount(slotCount); segment++) {
      const descriptor = this.#readDescriptor(segment);
      crc = crc32(descriptor, crc);
      for (const { pageId, slot } of pagesOf(descriptor, segment, slotCount)) index.set(pageId, slot);
    }
    return crc === descriptorCrc ? index : undefined;
  }

  /** The pages in the order of their slots. */
  *pages(): Generator<JournalPage> {
    const { slotCount } = (this.finished as FinishedJournal).header;
    for (let segment = 0; segment < segmentCount(slotCount); segment++) {
      yield* pagesOf(this.#readDescriptor(segment), segment, slotCount);
    }
  }

  readImage(slot: number, into: Buffer): void {
    this.#read(into, PAGE_SIZE, imageOffset(slot));
  }

  /** Writes all of it once more, the same bytes in the same places, and syncs it. */
  *rewrite(files: FileSystem): Steps<void> {
    const file = files.open(this.path, 'write');
    try {
      const bytes = Buffer.allocUnsafeSlow(RUN_SLOTS * PAGE_SIZE);
      const size = this.file.size();
      for (let position = 0; position < size; position += bytes.length) {
        const length = Math.min(bytes.length, size - position);
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

  /** A page that there was when the journal began, and the image that its entry tells of. */
  #matches({ pageId, newCrc }: JournalEntry, image: Buffer): boolean {
    const { baseLength } = (this.finished as FinishedJournal).header;
    return (
      BigInt(pageId + 1) * BigInt(PAGE_SIZE) <= baseLength && storedCrc(image) === newCrc && hasValidChecksum(image)
    );
  }

  #readDescriptor(segment: number): Buffer {
    const index = Buffer.allocUnsafe(PAGE_SIZE);
    this.#read(index, PAGE_SIZE, descriptorOffset(segment));
    return index;
  }

  #read(into: Buffer, length: number, position: number): void {
    const read = this.file.read(into, 0, length, position);
    if (read === length) return;
    const message = `cannot read ${this.path}: it ends after ${read} of ${length} bytes at ${position}`;
    throw new StoreError('IO_ERROR', message, { path: this.path, expected: length, found: read });
  }
}

function* pagesOf(index: Buffer, segment: number, slotCount: number): Generator<JournalPage> {
  const first = segment * SLOTS_PER_SEGMENT;
  for (let slot = first; slot < Math.min(slotCount, first + SLOTS_PER_SEGMENT); slot++) {
    const entry = decodeEntry(index, (slot - first) * ENTRY_SIZE);
    if (entry !== undefined) yield { ...entry, slot };
  }
}

function openIfThere(files: FileSystem, path: string, storePath: string): FileHandle | undefined {
  try {
    if (files.identity(path) === undefined) return undefined;
    return files.open(path, 'read');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // A name that is too long for the file system has no file.
    if (error.facts['errno'] === 'ENAMETOOLONG') return undefined;
    // The writer may just have removed it. A name without a file is a link that leads nowhere, and what is no file is
    // a directory, a pipe or a device.
    const isAbsent = error.code === 'FILE_NOT_FOUND' && files.identity(path) === undefined;
    if (isAbsent) return undefined;
    if (error.code === 'FILE_NOT_FOUND' || error.code === 'NOT_A_FILE') throw foreignFile(storePath, path);
    throw error;
  }
}

/** Header and superblocks, when they are whole and the file has the length that they tell of. */
function readBeginning(path: string, file: FileHandle, storePath: string): FinishedJournal | undefined {
  const bytes = Buffer.alloc(descriptorOffset(0));
  const read = file.read(bytes, 0, bytes.length, 0);
  const firstPage = bytes.subarray(0, Math.min(read, PAGE_SIZE));
  if (!isOurBeginning(firstPage)) throw foreignFile(storePath, path);
  const header = decode(path, firstPage);
  if (header === undefined || file.size() !== journalLength(header.slotCount)) return undefined;
  const base = pageAt(bytes, JOURNAL.basePage);
  const next = pageAt(bytes, JOURNAL.nextPage);
  const isWhole = (page: Buffer, crc: number): boolean => storedCrc(page) === crc && hasValidChecksum(page);
  if (!isWhole(base, header.baseCrc) || !isWhole(next, header.nextCrc)) return undefined;
  checkFormat(path, header, next);
  return { header, base, next };
}

/** A journal says of which format the store is; so does the superblock in it. */
function checkFormat(path: string, { version }: JournalHeader, next: Buffer): void {
  const expected = findSuperblockFormat(next)?.journalVersion ?? version;
  if (version !== expected) throw unsupportedJournal(version, [expected]).with({ path });
}

function decode(path: string, bytes: Buffer): JournalHeader | undefined {
  try {
    return decodeJournalHeader(bytes);
  } catch (error) {
    throw error instanceof StoreError ? error.with({ path }) : error;
  }
}

function pageAt(bytes: Buffer, page: number): Buffer {
  return bytes.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
}
