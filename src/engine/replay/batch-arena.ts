const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Memory for the batches of one commit group after the other: made once and used again, instead of being left to the garbage
 * collector with every group.
 */
export class BatchArena {
  readonly #chunks: Buffer[] = [];
  #chunk = 0;
  #used = 0;

  /** Room for a batch of up to `bytes`. It stays the caller's when `keep` says how much of it is needed. */
  readonly room = (bytes: number): Buffer => {
    if (bytes > CHUNK_BYTES) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > CHUNK_BYTES) {
      this.#chunk++;
      this.#used = 0;
    }
    const chunk = (this.#chunks[this.#chunk] ??= Buffer.allocUnsafeSlow(CHUNK_BYTES));
    return chunk.subarray(this.#used, this.#used + bytes);
  };

  /** The first bytes of the room given last are in use until `clear`. */
  keep(bytes: number): void {
    this.#used = Math.min(this.#used + bytes, CHUNK_BYTES);
  }

  /** Nothing that was kept is needed any more. */
  clear(): void {
    this.#chunk = 0;
    this.#used = 0;
  }
}
