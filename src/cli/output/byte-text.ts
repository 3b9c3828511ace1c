/** Text that is made as bytes: what many rows are written with, without a string a row. */
import { escapeBytes } from '../text/escape.js';
import { byteFieldJson } from '../text/json.js';
import { type ByteEscapes, hasEscaped, JSON_ESCAPES, plainCharacter, TEXT_ESCAPES } from './byte-escapes.js';

/** From here on it is worth writing: to a file this takes two thirds of the time of a quarter of it at once. */
const FULL = 256 * 1024;

const ZERO = 0x30;

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

  /** A whole number from 0 to 2^53 − 1, in decimals. */
  addNumber(value: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    this.#reserve(digits);
    let rest = value;
    for (let index = this.#length + digits - 1; index >= this.#length; index--) {
      this.#bytes[index] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#length += digits;
  }

  /** Bytes as `escapeBytes` shows them. */
  addEscaped(source: ByteSource, start: number, length: number): void {
    const before = this.#length;
    if (this.#addKnown(source, start, length, TEXT_ESCAPES)) return;
    this.#length = before;
    this.add(escapeBytes(source.bytes.subarray(start, start + length)));
  }

  /** Bytes as a field of a JSON object: `"key":"…"`, or `"keyHex":"…"`. */
  addField(name: JsonName, source: ByteSource, start: number, length: number): void {
    const before = this.#length;
    this.addBytes(name.start);
    if (this.#addKnown(source, start, length, JSON_ESCAPES)) this.addBytes(name.end);
    else {
      this.#length = before;
      this.add(byteFieldJson(name.text, source.bytes.subarray(start, start + length)));
    }
  }

  /** Copies bytes with ASCII escaped; false when there is something else that is to be, or that is not UTF-8. */
  #addKnown(source: ByteSource, start: number, length: number, escapes: ByteEscapes): boolean {
    this.#reserve(length);
    const end = start + length;
    let from = this.#addPlain(source, start, end, escapes.quotes);
    while (from < end) {
      from = this.#addCharacters(source.bytes, from, end, escapes);
      if (from < 0) return false;
      if (from < end) from = this.#addPlain(source, from, end, escapes.quotes);
    }
    return true;
  }

  /**
   * Copies bytes up to one that is not written as it is; at the end it may leave up to three. Gives where it has come
   * to. One loop that looks and copies, four bytes at a time, takes a third of the time of one that takes them one by
   * one.
   */
  #addPlain({ view }: ByteSource, start: number, end: number, quotes: number): number {
    const target = this.#view;
    const shift = this.#length - start;
    let from = start;
    for (; from + 4 <= end; from += 4) {
      const word = view.getInt32(from, true);
      if (hasEscaped(word, quotes)) break;
      target.setInt32(from + shift, word, true);
    }
    this.#length = from + shift;
    return from;
  }

  /** Copies four bytes or more, or what there is, with ASCII escaped. Gives where it has come to, -1 as `#addKnown`. */
  #addCharacters(bytes: Buffer, start: number, end: number, { ofByte }: ByteEscapes): number {
    const enough = Math.min(start + 4, end);
    let from = start;
    while (from < enough) {
      const byte = bytes[from] as number;
      const escaped = ofByte[byte];
      if (escaped !== undefined) {
        this.#reserve(end - from + escaped.length);
        this.addBytes(escaped);
        from++;
        continue;
      }
      const size = byte < 0x80 ? 1 : plainCharacter(bytes, from, end);
      if (size === 0) return -1;
      for (const next = from + size; from < next; from++) this.#bytes[this.#length++] = bytes[from] as number;
    }
    return from;
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
