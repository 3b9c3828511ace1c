/** Small pieces of bytes on their way to something that costs much to call, such as a hash. */
import { copyBytes } from './bytes.js';
import { type U64, writeU64 } from './u64.js';

const CHUNK = 65_536;

/** Gathers bytes, and gives them away in large pieces. */
export class GatheredBytes {
  readonly #bytes = Buffer.allocUnsafeSlow(CHUNK);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, CHUNK);
  #length = 0;

  constructor(private readonly take: (bytes: Uint8Array) => void) {}

  number(value: number): void {
    this.#makeRoom(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  u64(value: U64): void {
    this.#makeRoom(8);
    writeU64(this.#view, this.#length, value);
    this.#length += 8;
  }

  bytes(view: DataView, start: number, length: number): void {
    if (length > CHUNK) {
      this.flush();
      this.take(new Uint8Array(view.buffer, view.byteOffset + start, length));
      return;
    }
    this.#makeRoom(length);
    copyBytes(view, start, this.#view, this.#length, length);
    this.#length += length;
  }

  flush(): void {
    this.take(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  #makeRoom(length: number): void {
    if (this.#length + length > CHUNK) this.flush();
  }
}
