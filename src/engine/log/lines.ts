import { StoreError } from '../errors.js';

/** Longest line of a log, in bytes without its end. */
export const MAX_LINE_LENGTH = 256 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Cuts chunks of bytes into lines that end with LF or CRLF, the last one with or without. The lines are parts of the
 * chunk where they can be: use them before the chunk's bytes change.
 */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet. */
  #pieces: Uint8Array[] = [];
  #pending = 0;
  #lines = 0;

  constructor(private readonly maxLength = MAX_LINE_LENGTH) {}

  /** The lines that end in this chunk, without their ends. @throws StoreError `LINE_TOO_LONG` */
  push(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      lines.push(this.#finish(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** The last line, when it has no end; otherwise nothing. */
  end(): Uint8Array[] {
    return this.#pending === 0 ? [] : [this.#finish(new Uint8Array())];
  }

  #keep(piece: Uint8Array): void {
    this.#checkLength(piece);
    this.#pieces.push(Uint8Array.from(piece));
    this.#pending += piece.length;
  }

  #finish(piece: Uint8Array): Uint8Array {
    this.#checkLength(piece);
    const line = this.#pending === 0 ? piece : Buffer.concat([...this.#pieces, piece]);
    this.#pieces = [];
    this.#pending = 0;
    this.#lines++;
    return line.at(-1) === CR ? line.subarray(0, -1) : line;
  }

  /** A carriage return at the end may still turn out to be part of the line's end. */
  #checkLength(piece: Uint8Array): void {
    if (this.#pending + piece.length <= this.maxLength + 1) return;
    const line = this.#lines + 1;
    const message = `line ${line} is longer than ${this.maxLength} bytes`;
    throw new StoreError('LINE_TOO_LONG', message, { line, limit: this.maxLength });
  }
}

/** Whether a line holds nothing but spaces and tabs. */
export function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === SPACE || byte === TAB);
}
