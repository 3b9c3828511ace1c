/**
 * Memory for the values of one call: short ones share it, 64 KB at a time. A Buffer of its own for each, from the
 * platform's pool and copied byte by byte, takes twice as long.
 */
import { copyBytes } from '../bytes/bytes.js';
import type { Page } from '../format/page.js';

const CHUNK_BYTES = 65_536;

export class ValueArena {
  #chunk = Buffer.alloc(0);
  #view = new DataView(this.#chunk.buffer, this.#chunk.byteOffset, 0);
  #used = 0;

  /** A copy of bytes of a page. */
  copy(page: Page, start: number, length: number): Buffer {
    if (this.#used + length > this.#chunk.length) this.#renew();
    const offset = this.#used;
    this.#used += length;
    copyBytes(page.view, start, this.#view, offset, length);
    return this.#chunk.subarray(offset, offset + length);
  }

  #renew(): void {
    this.#chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.#view = new DataView(this.#chunk.buffer);
    this.#used = 0;
  }
}
