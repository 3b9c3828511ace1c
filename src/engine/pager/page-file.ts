import type { FileHandle } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';

/** One system call writes up to this many neighbouring pages. */
const RUN_PAGES = 64;

/**
 * A file of pages that gathers neighbours and writes them together. What was written but not flushed is read back from
 * memory; a flush that fails keeps it, so that no page is lost with the error.
 */
export class PageFile {
  #run: Buffer | undefined;
  #first = 0;
  #count = 0;

  constructor(private readonly file: FileHandle) {}

  /** Fills `into` with a page; gives how many bytes of it there were. */
  read(page: number, into: Buffer): number {
    const index = page - this.#first;
    if (this.#run === undefined || index < 0 || index >= this.#count) {
      return this.file.read(into, 0, PAGE_SIZE, page * PAGE_SIZE);
    }
    this.#run.copy(into, 0, index * PAGE_SIZE, (index + 1) * PAGE_SIZE);
    return PAGE_SIZE;
  }

  /** Takes a page; it is on its way to the file with the next `flush` at the latest. */
  write(page: number, bytes: Buffer): void {
    if (this.#count === RUN_PAGES || page !== this.#first + this.#count) {
      this.flush();
      this.#first = page;
    }
    this.#run ??= Buffer.allocUnsafeSlow(RUN_PAGES * PAGE_SIZE);
    this.#run.set(bytes, this.#count * PAGE_SIZE);
    this.#count++;
  }

  flush(): void {
    if (this.#run !== undefined && this.#count > 0) {
      this.file.write(this.#run, 0, this.#count * PAGE_SIZE, this.#first * PAGE_SIZE);
    }
    this.discard();
  }

  /** Forgets what was not flushed. */
  discard(): void {
    this.#count = 0;
  }
}
