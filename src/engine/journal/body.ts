/** The slots of a journal's segment: an entry and a page image each, written in runs. */
import type { FileHandle } from '../file/files.js';
import {
  blockOf,
  decodeEntry,
  encodeEntry,
  ENTRY_SIZE,
  entryOffset,
  imageOffset,
  type JournalEntry,
} from './format.js';
import { PAGE_SIZE } from '../format/layout.js';

/** One system call writes up to this many neighbouring images. */
const RUN_SLOTS = 64;
const UNUSED = Buffer.alloc(ENTRY_SIZE);

/**
 * The body of a segment: slots, each with the image of a page and its entry. Neighbours are gathered and written
 * together; what was written but not flushed is read back from memory, and a flush that fails keeps it.
 */
export class JournalBody {
  /** Byte offset of the segment in the file. */
  #start = 0;
  #images: Buffer | undefined;
  readonly #entries = Buffer.alloc(RUN_SLOTS * ENTRY_SIZE);
  #first = 0;
  #count = 0;

  /** @param file the journal's file, made when it is needed */
  constructor(private readonly file: () => FileHandle) {}

  get start(): number {
    return this.#start;
  }

  /** Goes on with a segment that begins here. Nothing waits to be flushed. */
  begin(start: number): void {
    this.#start = start;
  }

  /** Takes an image and its entry; they are on their way to the file with the next `flush` at the latest. */
  write(slot: number, entry: JournalEntry, image: Buffer): void {
    const follows = slot === this.#first + this.#count && blockOf(slot) === blockOf(this.#first);
    if (this.#count === RUN_SLOTS || !follows) {
      this.flush();
      this.#first = slot;
    }
    this.#images ??= Buffer.allocUnsafeSlow(RUN_SLOTS * PAGE_SIZE);
    this.#images.set(image, this.#count * PAGE_SIZE);
    encodeEntry(this.#entries, this.#count * ENTRY_SIZE, entry);
    this.#count++;
  }

  /** Marks a slot as not used. */
  clear(slot: number): void {
    this.flush();
    this.file().write(UNUSED, 0, ENTRY_SIZE, this.#start + entryOffset(slot));
  }

  /** Fills `into` with the image of a slot. */
  readImage(slot: number, into: Buffer): void {
    const index = slot - this.#first;
    if (this.#images !== undefined && index >= 0 && index < this.#count) {
      this.#images.copy(into, 0, index * PAGE_SIZE, (index + 1) * PAGE_SIZE);
    } else {
      readWhole(this.file(), into, PAGE_SIZE, this.#start + imageOffset(slot));
    }
  }

  readEntry(slot: number): JournalEntry | undefined {
    const index = slot - this.#first;
    if (index >= 0 && index < this.#count) return decodeEntry(this.#entries, index * ENTRY_SIZE);
    const bytes = Buffer.alloc(ENTRY_SIZE);
    readWhole(this.file(), bytes, ENTRY_SIZE, this.#start + entryOffset(slot));
    return decodeEntry(bytes, 0);
  }

  flush(): void {
    if (this.#images !== undefined && this.#count > 0) {
      const file = this.file();
      file.write(this.#images, 0, this.#count * PAGE_SIZE, this.#start + imageOffset(this.#first));
      file.write(this.#entries, 0, this.#count * ENTRY_SIZE, this.#start + entryOffset(this.#first));
    }
    this.discard();
  }

  /** Forgets what was not flushed. */
  discard(): void {
    this.#count = 0;
  }
}

/** @throws Error when the file ends before */
export function readWhole(file: FileHandle, into: Buffer, length: number, position: number): void {
  const read = file.read(into, 0, length, position);
  if (read !== length) throw new Error(`a journal ends after ${read} of ${length} bytes at ${position}`);
}
