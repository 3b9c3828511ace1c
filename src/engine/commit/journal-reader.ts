import { StoreError } from '../errors.js';
import type { FileSystem, StoreFile } from '../file/files.js';
import { crc32 } from '../format/crc32.js';
import {
  decodeEntry,
  decodeJournalHeader,
  ENTRY_SIZE,
  groupCount,
  imageOffset,
  indexOffset,
  isSealed,
  JOURNAL,
  type JournalEntry,
  type JournalHeader,
  journalLength,
  PLACES_A_GROUP,
  storedCrc,
} from '../format/journal.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import { journalPath } from './home-file.js';
import { PlaceMap } from './place-map.js';
import { foreignFile, isOurBeginning } from './side-files.js';

/** Images read at once. */
const RUN_PLACES = 64;

/** A page that a journal holds, and where. */
export interface JournalPage extends JournalEntry {
  readonly place: number;
}

/** The parts of a journal that was finished, as far as its first pages tell. */
export interface FinishedJournal {
  readonly header: JournalHeader;
  /** The superblock pages that the journal is based on, and that it leads to. */
  readonly base: Buffer;
  readonly next: Buffer;
}

/** A journal that lies beside a store. It is read, checked, and never changed. */
export class JournalReader {
  /** Undefined for a journal that was never finished. */
  readonly finished: FinishedJournal | undefined;
  #closed = false;

  private constructor(
    readonly path: string,
    private readonly file: StoreFile,
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
    const { placeCount, pageCount, indexCrc } = this.finished.header;
    const images = Buffer.allocUnsafeSlow(RUN_PLACES * PAGE_SIZE);
    let crc = 0;
    let pages = 0;
    for (let group = 0; group < groupCount(placeCount); group++) {
      const index = this.#readIndex(group);
      crc = crc32(index, crc);
      const end = Math.min(placeCount, (group + 1) * PLACES_A_GROUP);
      for (let place = group * PLACES_A_GROUP; place < end; place += RUN_PLACES) {
        const count = Math.min(RUN_PLACES, end - place);
        this.#read(images, count * PAGE_SIZE, imageOffset(place));
        for (let nth = 0; nth < count; nth++) {
          const entry = decodeEntry(index, ((place + nth) % PLACES_A_GROUP) * ENTRY_SIZE);
          if (entry === undefined) continue;
          if (!this.#matches(entry, images.subarray(nth * PAGE_SIZE, (nth + 1) * PAGE_SIZE))) return false;
          pages++;
        }
        yield;
      }
    }
    return crc === indexCrc && pages === pageCount;
  }

  /** Where which page is; undefined when the index does not have its checksum. */
  places(): PlaceMap | undefined {
    const { placeCount, indexCrc } = (this.finished as FinishedJournal).header;
    const places = new PlaceMap();
    let crc = 0;
    for (let group = 0; group < groupCount(placeCount); group++) {
      const index = this.#readIndex(group);
      crc = crc32(index, crc);
      for (const { pageId, place } of pagesOf(index, group, placeCount)) places.set(pageId, place);
    }
    return crc === indexCrc ? places : undefined;
  }

  /** The pages in the order of their places. */
  *pages(): Generator<JournalPage> {
    const { placeCount } = (this.finished as FinishedJournal).header;
    for (let group = 0; group < groupCount(placeCount); group++) {
      yield* pagesOf(this.#readIndex(group), group, placeCount);
    }
  }

  readImage(place: number, into: Buffer): void {
    this.#read(into, PAGE_SIZE, imageOffset(place));
  }

  /** Writes all of it once more, the same bytes in the same places, and syncs it. */
  *rewrite(files: FileSystem): Steps<void> {
    const file = files.open(this.path, 'write');
    try {
      const bytes = Buffer.allocUnsafeSlow(RUN_PLACES * PAGE_SIZE);
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
    return BigInt(pageId + 1) * BigInt(PAGE_SIZE) <= baseLength && storedCrc(image) === newCrc && isSealed(image);
  }

  #readIndex(group: number): Buffer {
    const index = Buffer.allocUnsafe(PAGE_SIZE);
    this.#read(index, PAGE_SIZE, indexOffset(group));
    return index;
  }

  #read(into: Buffer, length: number, position: number): void {
    const read = this.file.read(into, 0, length, position);
    if (read === length) return;
    const message = `cannot read ${this.path}: it ends after ${read} of ${length} bytes at ${position}`;
    throw new StoreError('IO_ERROR', message, { path: this.path, expected: length, found: read });
  }
}

function* pagesOf(index: Buffer, group: number, placeCount: number): Generator<JournalPage> {
  const first = group * PLACES_A_GROUP;
  for (let place = first; place < Math.min(placeCount, first + PLACES_A_GROUP); place++) {
    const entry = decodeEntry(index, (place - first) * ENTRY_SIZE);
    if (entry !== undefined) yield { ...entry, place };
  }
}

function openIfThere(files: FileSystem, path: string, storePath: string): StoreFile | undefined {
  try {
    return files.open(path, 'read');
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // A name without a file is a link that leads nowhere, and what is no file is a directory, a pipe or a device.
    const isAbsent = error.code === 'STORE_NOT_FOUND' && files.identity(path) === undefined;
    if (isAbsent) return undefined;
    if (error.code === 'STORE_NOT_FOUND' || error.code === 'NOT_A_STORE') throw foreignFile(storePath, path);
    throw error;
  }
}

/** Header and superblocks, when they are whole and the file has the length that they tell of. */
function readBeginning(path: string, file: StoreFile, storePath: string): FinishedJournal | undefined {
  const bytes = Buffer.alloc(indexOffset(0));
  const read = file.read(bytes, 0, bytes.length, 0);
  const firstPage = bytes.subarray(0, Math.min(read, PAGE_SIZE));
  if (!isOurBeginning(firstPage)) throw foreignFile(storePath, path);
  const header = decode(path, firstPage);
  if (header === undefined || file.size() !== journalLength(header.placeCount)) return undefined;
  const base = pageAt(bytes, JOURNAL.basePage);
  const next = pageAt(bytes, JOURNAL.nextPage);
  const isWhole = (page: Buffer, crc: number): boolean => storedCrc(page) === crc && isSealed(page);
  return isWhole(base, header.baseCrc) && isWhole(next, header.nextCrc) ? { header, base, next } : undefined;
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
