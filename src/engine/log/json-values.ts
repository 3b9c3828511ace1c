/** `valueJson` of an operation: any JSON value, which is stored as its text in the line. */
import { StoreError } from '../errors.js';

const NAME = Buffer.from('"valueJson"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPENING: readonly (number | undefined)[] = [0x7b, 0x5b];
const CLOSING: readonly (number | undefined)[] = [0x7d, 0x5d];
/** What a number, true, false or null ends at: comma, closing bracket or brace, space. */
const AFTER_WORD: readonly (number | undefined)[] = [0x2c, 0x7d, 0x5d, 0x20, 0x09, 0x0d, 0x0a, undefined];

/**
 * A line without its JSON values: in their places are strings with their numbers. Taken out before a parser changes how
 * they are written.
 */
export class JsonValues {
  /** The line as it is to be parsed. */
  readonly line: Uint8Array;
  readonly #texts: readonly Buffer[];
  #used = 0;

  constructor(line: Uint8Array) {
    const { rest, texts } = takeTexts(Buffer.from(line.buffer, line.byteOffset, line.byteLength));
    this.line = rest;
    this.#texts = texts;
  }

  /**
   * The text of the next value of the line.
   *
   * @param found what the parser found in its place
   * @throws StoreError `INVALID_LOG_LINE` when it is no JSON, or the field's name is written with escapes
   */
  next(found: unknown): Buffer {
    const text = found === `${this.#used}` ? this.#texts[this.#used] : undefined;
    if (text === undefined) throw invalid('"valueJson" must be written without escapes');
    this.#used++;
    try {
      JSON.parse(text.toString('utf8'));
    } catch {
      throw invalid('"valueJson" is no JSON value');
    }
    return text;
  }
}

function invalid(reason: string): StoreError {
  return new StoreError('INVALID_LOG_LINE', reason, { reason, field: 'valueJson' });
}

function takeTexts(bytes: Buffer): { readonly rest: Uint8Array; readonly texts: readonly Buffer[] } {
  const texts: Buffer[] = [];
  const parts: Buffer[] = [];
  let taken = 0;
  let index = bytes.includes(NAME) ? bytes.indexOf(QUOTE) : -1;
  while (index >= 0) {
    const end = stringEnd(bytes, index);
    const start = bytes.subarray(index, end).equals(NAME) ? valueStart(bytes, end) : undefined;
    const next = start === undefined ? end : valueEnd(bytes, start);
    if (start !== undefined) {
      parts.push(bytes.subarray(taken, start), Buffer.from(`"${texts.length}"`));
      texts.push(bytes.subarray(start, next));
      taken = next;
    }
    index = bytes.indexOf(QUOTE, next);
  }
  return { rest: taken === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(taken)]), texts };
}

/** Where the value begins of which the name ends at `index`; undefined when no colon follows, and it is no name. */
function valueStart(bytes: Buffer, index: number): number | undefined {
  const colon = skipSpace(bytes, index);
  return bytes[colon] === COLON ? skipSpace(bytes, colon + 1) : undefined;
}

function valueEnd(bytes: Buffer, start: number): number {
  if (bytes[start] === QUOTE) return stringEnd(bytes, start);
  if (!OPENING.includes(bytes[start])) return wordEnd(bytes, start);
  let depth = 0;
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === QUOTE) index = stringEnd(bytes, index) - 1;
    else if (OPENING.includes(byte)) depth++;
    else if (CLOSING.includes(byte) && --depth === 0) return index + 1;
  }
  return bytes.length;
}

/** After the quote that ends the string which begins at `start`. */
function stringEnd(bytes: Buffer, start: number): number {
  for (let index = start + 1; index < bytes.length; index++) {
    if (bytes[index] === BACKSLASH) index++;
    else if (bytes[index] === QUOTE) return index + 1;
  }
  return bytes.length;
}

function wordEnd(bytes: Buffer, start: number): number {
  let end = start;
  while (!AFTER_WORD.includes(bytes[end])) end++;
  return end;
}

function skipSpace(bytes: Buffer, start: number): number {
  let index = start;
  while (bytes[index] === 0x20 || bytes[index] === 0x09 || bytes[index] === 0x0d || bytes[index] === 0x0a) index++;
  return index;
}
