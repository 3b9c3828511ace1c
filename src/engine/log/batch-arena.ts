/** Memory for the batches of a commit group, used again for the next one. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Memory for the batches of one commit group after the other: made once and used again, instead of being left to the
 * garbage collector with every group.
 */
export class BatchArena {
  readonly #chunks: Buffer[] = [];
  #chunk = 0;
  #used = 0;
  /** Where the room given last begins; undefined when it is none of the chunks'. */
  #given: { readonly chunk: number; readonly start: number } | undefined;

  /** Room for a batch of up to `bytes`. It stays the caller's when `keep` says how much of it is needed. */
  readonly room = (bytes: number): Buffer => {
    this.#given = undefined;
    if (bytes > CHUNK_BYTES) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > CHUNK_BYTES) {
      this.#chunk++;
      this.#used = 0;
    }
    this.#given = { chunk: this.#chunk, start: this.#used };
    const chunk = (this.#chunks[this.#chunk] ??= Buffer.allocUnsafeSlow(CHUNK_BYTES));
    return chunk.subarray(this.#used, this.#used + bytes);
  };

  /**
   * The first bytes of the room given last are in use until the next `clear`, also when one has come since they were
   * given.
   */
  keep(bytes: number): void {
    if (this.#given === undefined) return;
    this.#chunk = this.#given.chunk;
    this.#used = Math.min(this.#given.start + bytes, CHUNK_BYTES);
  }

  /** Nothing that was kept is needed any more. */
  clear(): void {
    this.#chunk = 0;
    this.#used = 0;
  }
}
