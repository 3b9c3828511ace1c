/**
 * Log lines as programs write them: fields in the order in which they are documented, keys and values as text without
 * escapes, no hash. Nearly all of a long log is like that, and needs no parser: the bytes of keys and values stand in
 * the line as they are. Spaces may stand between any two tokens. Whatever else a line has, right or wrong, makes it not
 * plain.
 */
import { WriteBatch } from './batch.js';
import { DELETE, newOperation, PUT } from './operation.js';
import { MAX_KEY_LENGTH } from '../format/layout.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;
/** Numbers of this many digits are exact. */
const MAX_DIGITS = 15;
const NO_NUMBER = -1;

/** A run of bytes that a line must have at some place, as words and what is left over: words are compared faster. */
interface Token {
  readonly words: readonly number[];
  readonly rest: readonly number[];
}

function token(text: string): Token {
  const bytes = Buffer.from(text);
  const words = Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readUInt32BE(4 * index));
  return { words, rest: [...bytes.subarray(4 * words.length)] };
}

const OBJECT = token('{');
const OBJECT_END = token('}');
const LIST = token('[');
const LIST_END = token(']');
const COLON = token(':');
const COMMA = token(',');
const POSITION = token('"position"');
const OPS = token('"ops"');
const OP = token('"op"');
const OP_PUT = token('"put"');
const OP_DELETE = token('"delete"');
const TABLE = token('"table"');
const KEY = token('"key"');
const VALUE = token('"value"');
// The same without spaces, as most programs write them.
const PUT_TO_TABLE = token('{"op":"put","table":');
const DELETE_FROM_TABLE = token('{"op":"delete","table":');
const COMMA_KEY = token(',"key":');
const COMMA_VALUE = token(',"value":');

/** Whether a byte can stand in a string of JSON as it is. The line is known to be UTF-8. */
const STANDS_FOR_ITSELF = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

/**
 * Not 0 if any of the four bytes of a word is below a space, a quote or a backslash, which do not stand for themselves.
 * A byte is below n if taking n from it borrows its highest bit and it did not have that before.
 */
function strangeBytes(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  const below =
    ((word - 0x20202020) & ~word) | ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes);
  return below & 0x80808080;
}

/**
 * Decodes a line of UTF-8 if it is a plain one.
 *
 * @param room gives the batch memory to begin with
 * @returns undefined when the line is not plain: right or wrong, it must be read strictly
 */
export function decodePlainLine(line: Uint8Array, room?: (bytes: number) => Buffer): WriteBatch | undefined {
  const scanner = new Scanner(line);
  if (!scanner.take(OBJECT) || !scanner.takeName(POSITION)) return undefined;
  const position = scanner.takeNumber();
  if (position === NO_NUMBER || position === 0) return undefined;
  if (!scanner.take(COMMA) || !scanner.takeName(OPS) || !scanner.take(LIST)) return undefined;
  const batch = new WriteBatch(BigInt(position), undefined, room?.(line.byteLength));
  if (!scanner.take(LIST_END)) {
    do if (!scanner.takeOperation(batch)) return undefined;
    while (scanner.take(COMMA));
    if (!scanner.take(LIST_END)) return undefined;
  }
  return scanner.take(OBJECT_END) && scanner.isAtEnd() ? batch : undefined;
}

/** Goes through the tokens of a line. What is not as expected is not taken, and the line is not plain. */
class Scanner {
  readonly #operation = newOperation();
  #at = 0;
  /** The table of the operation before: most lines are about one, and making a bigint is slow. */
  #tableNumber = NO_NUMBER;
  #table = 0n;

  constructor(private readonly line: Uint8Array) {
    const view = new DataView(line.buffer, line.byteOffset, line.byteLength);
    this.#operation.view = view;
    this.#operation.valueView = view;
  }

  take({ words, rest }: Token): boolean {
    this.#skipSpaces();
    const { view } = this.#operation;
    let at = this.#at;
    if (at + 4 * words.length + rest.length > this.line.length) return false;
    for (let index = 0; index < words.length; index++, at += 4) if (view.getUint32(at) !== words[index]) return false;
    for (let index = 0; index < rest.length; index++, at++) if (view.getUint8(at) !== rest[index]) return false;
    this.#at = at;
    return true;
  }

  takeName(name: Token): boolean {
    return this.take(name) && this.take(COLON);
  }

  takeNumber(): number {
    this.#skipSpaces();
    const { line } = this;
    const start = this.#at;
    let at = start;
    let number = 0;
    for (; at < line.length; at++) {
      const digit = line[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      number = number * 10 + digit;
    }
    const digits = at - start;
    if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && line[start] === ZERO)) return NO_NUMBER;
    this.#at = at;
    return number;
  }

  takeOperation(batch: WriteBatch): boolean {
    const operation = this.#operation;
    if (!this.#takeKind() || !this.#takeTable()) return false;
    if (!this.take(COMMA_KEY) && !(this.take(COMMA) && this.takeName(KEY))) return false;
    operation.keyLength = this.#takeText();
    if (operation.keyLength < 0 || operation.keyLength > MAX_KEY_LENGTH) return false;
    operation.keyStart = this.#at - operation.keyLength - 1;
    if (operation.kind === PUT) {
      if (!this.take(COMMA_VALUE) && !(this.take(COMMA) && this.takeName(VALUE))) return false;
      operation.valueLength = this.#takeText();
      if (operation.valueLength < 0) return false;
      operation.valueStart = this.#at - operation.valueLength - 1;
    } else {
      operation.valueLength = 0;
    }
    if (!this.take(OBJECT_END)) return false;
    batch.appendCopy(this.#table, operation);
    return true;
  }

  isAtEnd(): boolean {
    this.#skipSpaces();
    return this.#at === this.line.length;
  }

  /** Takes an operation up to its table. */
  #takeKind(): boolean {
    const operation = this.#operation;
    operation.kind = PUT;
    if (this.take(PUT_TO_TABLE)) return true;
    operation.kind = DELETE;
    if (this.take(DELETE_FROM_TABLE)) return true;
    if (!this.take(OBJECT) || !this.takeName(OP)) return false;
    if (this.take(OP_PUT)) operation.kind = PUT;
    else if (!this.take(OP_DELETE)) return false;
    return this.take(COMMA) && this.takeName(TABLE);
  }

  #takeTable(): boolean {
    const number = this.takeNumber();
    if (number === NO_NUMBER) return false;
    if (number !== this.#tableNumber) {
      this.#tableNumber = number;
      this.#table = BigInt(number);
    }
    return true;
  }

  /** Takes a string; gives how many bytes it has, which end before the quote after it, or -1. */
  #takeText(): number {
    this.#skipSpaces();
    const { line } = this;
    if (line[this.#at] !== QUOTE) return -1;
    const start = this.#at + 1;
    const { view } = this.#operation;
    // Asked for once: the engine calls a function for the length of a view each time.
    const lastWord = line.length - 4;
    let end = start;
    while (end <= lastWord && strangeBytes(view.getInt32(end)) === 0) end += 4;
    while (STANDS_FOR_ITSELF[line[end]!] === 1) end++;
    if (line[end] !== QUOTE) return -1;
    this.#at = end + 1;
    return end - start;
  }

  #skipSpaces(): void {
    while (this.line[this.#at] === SPACE) this.#at++;
  }
}
