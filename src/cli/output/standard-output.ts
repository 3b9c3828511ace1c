/** Standard output without a stream, as far as that can be: to make one takes as long as to look up a key. */
import fs from 'node:fs';
import type { ResultStream } from '../io.js';

const STDOUT = 1;

/**
 * Standard output. What goes to a file, or to a pipe that has room, is written at once; for the rest, and for a
 * terminal, there is the stream of Node.js. Nothing here waits for a reader.
 */
export class StandardOutput implements ResultStream {
  #descriptor: number | undefined;
  readonly #errorListeners: ((error: Error) => void)[] = [];
  #stream: NodeJS.WriteStream | undefined;

  constructor() {
    this.#descriptor = openAtOnce();
  }

  get isFile(): boolean {
    return this.#descriptor === STDOUT;
  }

  get isTTY(): boolean {
    return this.#descriptor === undefined && this.#openStream().isTTY;
  }

  get columns(): number | undefined {
    return this.#descriptor === undefined ? this.#openStream().columns : undefined;
  }

  get rows(): number | undefined {
    return this.#descriptor === undefined ? this.#openStream().rows : undefined;
  }

  on(_event: 'error', listener: (error: Error) => void): void {
    this.#errorListeners.push(listener);
    this.#stream?.on('error', listener);
  }

  removeAllListeners(event: 'error'): void {
    this.#errorListeners.length = 0;
    this.#stream?.removeAllListeners(event);
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    try {
      const written = this.#writeAtOnce(bytes);
      if (written < bytes.length) this.#openStream().write(bytes.subarray(written), done);
      else done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** How many bytes were taken; once it was not all of them, the stream has to be used. */
  #writeAtOnce(bytes: Uint8Array): number {
    if (this.#descriptor === undefined) return 0;
    let written = 0;
    try {
      while (written < bytes.length) written += fs.writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      this.#descriptor = undefined;
    }
    return written;
  }

  #openStream(): NodeJS.WriteStream {
    if (this.#stream === undefined) {
      this.#stream = process.stdout.removeAllListeners('error');
      for (const listener of this.#errorListeners) this.#stream.on('error', listener);
    }
    return this.#stream;
  }
}

/**
 * A descriptor that takes bytes without waiting, where there is one. A pipe is opened once more, because whether
 * writing to it may wait is a matter of the opened file, which other processes have as well.
 */
function openAtOnce(): number | undefined {
  try {
    const facts = fs.fstatSync(STDOUT);
    if (facts.isFile()) return STDOUT;
    const { O_NONBLOCK, O_WRONLY } = fs.constants;
    return facts.isFIFO() ? fs.openSync(`/proc/self/fd/${STDOUT}`, O_WRONLY | O_NONBLOCK) : undefined;
  } catch {
    return undefined;
  }
}
