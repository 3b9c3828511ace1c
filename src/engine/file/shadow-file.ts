/** A file as it would be: blocks that were written lie in a temporary file, all others are read where they are. */
import type { FileHandle } from './files.js';

const BLOCK_BYTES = 4096;

let filesMade = 0;

export class ShadowFile {
  readonly identity: string;
  /** Where in the temporary file each block is that was written, counted in blocks. */
  readonly #written = new Map<number, number>();
  readonly #firstBlock = Buffer.alloc(BLOCK_BYTES);
  readonly #scratch = Buffer.alloc(BLOCK_BYTES);
  #over: FileHandle | undefined;
  #blocks = 0;
  #size: number;
  /** Bytes of the file beneath that still count. */
  #beneath: number;

  /**
   * @param makeFile makes a file without a name
   * @param base the file beneath; undefined for one that is made
   */
  constructor(
    private readonly makeFile: () => FileHandle,
    private readonly base: FileHandle | undefined,
  ) {
    this.identity = base?.identity() ?? `shadow:${++filesMade}`;
    this.#size = base?.size() ?? 0;
    this.#beneath = this.#size;
    base?.read(this.#firstBlock, 0, BLOCK_BYTES, 0);
  }

  /** Whether there is a file of this name beneath. */
  get isOverAnother(): boolean {
    return this.base !== undefined;
  }

  handle(): FileHandle {
    return {
      size: () => this.#size,
      identity: () => this.identity,
      read: (buffer, offset, length, position) => this.#read(buffer, offset, length, position),
      write: (buffer, offset, length, position) => {
        this.#write(buffer, offset, length, position);
      },
      truncate: (size) => {
        this.#truncate(size);
      },
      sync: () => undefined,
      close: () => undefined,
    };
  }

  hasChangedBeneath(): boolean {
    if (this.base === undefined) return false;
    const now = Buffer.alloc(BLOCK_BYTES);
    this.base.read(now, 0, BLOCK_BYTES, 0);
    return !now.equals(this.#firstBlock);
  }

  close(): void {
    this.base?.close();
    this.#over?.close();
  }

  #read(buffer: Uint8Array, offset: number, length: number, position: number): number {
    const end = Math.min(position + length, this.#size);
    for (let at = position; at < end;) {
      const start = at % BLOCK_BYTES;
      const count = Math.min(BLOCK_BYTES - start, end - at);
      this.#readBlock(Math.floor(at / BLOCK_BYTES), start, count, buffer, offset + at - position);
      at += count;
    }
    return Math.max(0, end - position);
  }

  #readBlock(block: number, start: number, count: number, into: Uint8Array, offset: number): void {
    const place = this.#written.get(block);
    if (place !== undefined) {
      this.#over?.read(into, offset, count, place * BLOCK_BYTES + start);
      return;
    }
    const from = block * BLOCK_BYTES + start;
    const there = Math.max(0, Math.min(count, this.#beneath - from));
    const found = there === 0 ? 0 : (this.base?.read(into, offset, there, from) ?? 0);
    into.fill(0, offset + found, offset + count);
  }

  #write(buffer: Uint8Array, offset: number, length: number, position: number): void {
    for (let at = position; at < position + length;) {
      const start = at % BLOCK_BYTES;
      const count = Math.min(BLOCK_BYTES - start, position + length - at);
      this.#writeBlock(Math.floor(at / BLOCK_BYTES), start, buffer, offset + at - position, count);
      at += count;
    }
    this.#size = Math.max(this.#size, position + length);
  }

  #writeBlock(block: number, start: number, from: Uint8Array, offset: number, count: number): void {
    const over = (this.#over ??= this.makeFile());
    let place = this.#written.get(block);
    if (place === undefined) {
      if (count < BLOCK_BYTES) this.#readBlock(block, 0, BLOCK_BYTES, this.#scratch, 0);
      place = this.#blocks++;
      if (count < BLOCK_BYTES) over.write(this.#scratch, 0, BLOCK_BYTES, place * BLOCK_BYTES);
      this.#written.set(block, place);
    }
    over.write(from, offset, count, place * BLOCK_BYTES + start);
  }

  #truncate(size: number): void {
    const isShorter = size < this.#size;
    this.#size = size;
    if (!isShorter) return;
    this.#beneath = Math.min(this.#beneath, size);
    for (const block of this.#written.keys()) if (block * BLOCK_BYTES >= size) this.#written.delete(block);
    const rest = size % BLOCK_BYTES;
    // What a longer file has there later is zero.
    if (rest > 0)
      this.#writeBlock(Math.floor(size / BLOCK_BYTES), rest, Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES - rest);
  }
}
