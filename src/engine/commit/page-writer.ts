import type { StoreFile } from '../file/files.js';
import { PAGE_SIZE } from '../format/layout.js';

/** One system call writes up to this many neighbouring pages. */
const RUN_PAGES = 64;

/** Writes pages to their places, neighbours together. */
export class PageWriter {
  readonly #run = Buffer.allocUnsafeSlow(RUN_PAGES * PAGE_SIZE);
  #first = 0;
  #count = 0;

  constructor(private readonly file: StoreFile) {}

  /** Takes a sealed page; it is written with its neighbours, by `flush` at the latest. */
  write(pageId: number, bytes: Buffer): void {
    if (this.#count === RUN_PAGES || pageId !== this.#first + this.#count) {
      this.flush();
      this.#first = pageId;
    }
    this.#run.set(bytes, this.#count * PAGE_SIZE);
    this.#count++;
  }

  flush(): void {
    if (this.#count > 0) this.file.write(this.#run, 0, this.#count * PAGE_SIZE, this.#first * PAGE_SIZE);
    this.#count = 0;
  }
}
