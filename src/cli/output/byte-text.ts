/** Text that is made as bytes: what many rows are written with, without a string a row. */
import { escapeBytes } from '../text/escape.js';
import { byteFieldJson } from '../text/json.js';

/** From here on it is worth writing. */
const FULL = 64 * 1024;

const BACKSLASH = 0x5c;
const SLASHES = 0x5c5c5c5c;
const QUOTE = 0x22;
/** Bytes that rows are in, and the same as words. */
export interface ByteSource {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Text, gathered as bytes until there is enough of it to be written. */
export class ByteText {
  #bytes: Buffer = Buffer.allocUnsafe(FULL * 2);
  #view = viewOf(this.#bytes);
  #length = 0;

  /** Whether there is enough to be written. */
  get isFull(): boolean {
    return this.#length >= FULL;
  }

  /** What was gathered; good until something is added again. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    if (this.#bytes.length > FULL * 2) this.#use(Buffer.allocUnsafe(FULL * 2));
    this.#length = 0;
    return taken;
  }

  add(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** A few bytes that are the same in many rows. */
  addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    for (let index = 0; index < bytes.length; index++) this.#bytes[this.#length + index] = bytes[index] as number;
    this.#length += bytes.length;
  }

  /** Bytes as `escapeBytes` shows them. */
  addEscaped(source: ByteSource, start: number, length: number): void {
    if (!this.#addPlain(source, start, length, BACKSLASH))
      this.add(escapeBytes(source.bytes.subarray(start, start + length)));
  }

  /** Bytes as a field of a JSON object: `"key":"…"`, or `"keyHex":"…"`. */
  addField(name: JsonName, source: ByteSource, start: number, length: number): void {
    const before = this.#length;
    this.addBytes(name.start);
    if (this.#addPlain(source, start, length, QUOTE)) this.addBytes(name.end);
    else {
      this.#length = before;
      this.add(byteFieldJson(name.text, source.bytes.subarray(start, start + length)));
    }
  }

  /**
   * Copies bytes if all of them are written as they are: ASCII without controls, backslashes and one more. Most are.
   * One loop that looks and copies, four bytes at a time, takes a third of the time of one that takes them one by one.
   */
  #addPlain({ bytes, view }: ByteSource, start: number, length: number, escaped: number): boolean {
    this.#reserve(length);
    const target = this.#view;
    const end = start + length;
    const shift = this.#length - start;
    let from = start;
    for (; from + 4 <= end; from += 4) {
      const word = view.getInt32(from, true);
      if (hasSpecial(word, escaped)) return false;
      target.setInt32(from + shift, word, true);
    }
    for (; from < end; from++) {
      const byte = bytes[from] as number;
      if (hasSpecial(byte | 0x20202000, escaped)) return false;
      target.setUint8(from + shift, byte);
    }
    this.#length += length;
    return true;
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#use(larger);
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }
}

/** The name of a field whose value is bytes. */
export class JsonName {
  /** What is in front of a value that is text, and after it. */
  readonly start: Uint8Array;
  readonly end = Buffer.from('"');

  constructor(readonly text: string) {
    this.start = Buffer.from(`"${text}":"`);
  }
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Whether one of four bytes is a control, not ASCII, a backslash or `escaped`: "determine if a word has a byte …". */
function hasSpecial(word: number, escaped: number): boolean {
  const isControl = (word - 0x20202020) | (word + 0x01010101) | word;
  return ((isControl | hasZero(word ^ SLASHES) | hasZero(word ^ (escaped * 0x01010101))) & 0x80808080) !== 0;
}

/** In each byte that is zero the highest bit. */
const hasZero = (word: number): number => (word - 0x01010101) & ~word;
