/** Standard output: nothing is lost and nothing piles up, however slow the reader is. */
import { ReaderGoneError } from '../cli-error.js';
import type { ResultStream } from '../io.js';

const CHUNK_LENGTH = 64 * 1024;

/**
 * Where results go. Text is gathered into chunks, and a chunk is waited for until the operating system has taken it:
 * memory stays bounded however slow the reader is, and after `flush` everything has been written. A reader that has
 * gone away ends the work with `ReaderGoneError`.
 */
export class Output {
  readonly #stream: ResultStream;
  #parts: string[] = [];
  #length = 0;
  #failure: Error | undefined;

  constructor(stream: ResultStream) {
    this.#stream = stream;
    // Whoever listened before would end the process: here a failed write is an error like any other, and the store gets
    // closed.
    stream.removeAllListeners('error');
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  /** Adds text; true when a chunk is full and `flush` is due. */
  add(text: string): boolean {
    this.#parts.push(text);
    this.#length += text.length;
    return this.#length >= CHUNK_LENGTH;
  }

  /** Writes what was added, and waits until it is taken. */
  async flush(): Promise<void> {
    if (this.#length === 0) return;
    const text = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    await this.addBytes(Buffer.from(text));
  }

  /** Writes bytes as they are, and waits until they are taken. What was added before must have been flushed. */
  async addBytes(bytes: Uint8Array): Promise<void> {
    if (this.#failure === undefined) {
      const failure = await new Promise<Error | null | undefined>((resolve) => {
        this.#stream.write(bytes, resolve);
      });
      this.#failure ??= failure ?? undefined;
    }
    if (this.#failure !== undefined) throw isClosedPipe(this.#failure) ? new ReaderGoneError() : this.#failure;
  }
}

function isClosedPipe(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}
