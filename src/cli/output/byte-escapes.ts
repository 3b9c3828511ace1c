/** Which bytes and characters are written as they are in rows that are made as bytes, found by tables. */
import { CONTROLS, escapeText } from '../text/escape.js';
import { stringJson } from '../text/json.js';

const ASCII_END = 0x80;
const SLASHES = 0x5c5c5c5c;
const QUOTES = 0x22222222;

/** How one kind of text escapes ASCII. */
export interface ByteEscapes {
  /** What each ASCII byte becomes; undefined for one that stays as it is. */
  readonly ofByte: readonly (Uint8Array | undefined)[];
  /** Four times a byte that is escaped beside controls and backslashes, as a word; the backslash where none is. */
  readonly quotes: number;
}

/** As `escapeBytes`. */
export const TEXT_ESCAPES: ByteEscapes = { ofByte: tableOf(escapeText), quotes: SLASHES };

/** As the inside of a string of `byteFieldJson`. */
export const JSON_ESCAPES: ByteEscapes = {
  ofByte: tableOf((character) => stringJson(character).slice(1, -1)),
  quotes: QUOTES,
};

function tableOf(escape: (character: string) => string): (Uint8Array | undefined)[] {
  return Array.from({ length: ASCII_END }, (_, byte) => {
    const character = String.fromCharCode(byte);
    const escaped = escape(character);
    return escaped === character ? undefined : Buffer.from(escaped);
  });
}

/** Whether one of four bytes is a control, not ASCII, or escaped: "determine if a word has a byte …". */
export function hasEscaped(word: number, quotes: number): boolean {
  // A byte with its highest bit set, which the third term finds, may make the others wrong, but no other byte does.
  const special =
    (word - 0x20202020) | (word + 0x01010101) | word | ((word ^ SLASHES) - 0x01010101) | ((word ^ quotes) - 0x01010101);
  return (special & 0x80808080) !== 0;
}

const UNKNOWN = 0;
const PLAIN = 1;
const ESCAPED = 2;
/** What is known of the characters that are not ASCII, as far as they have been seen. */
let characters: Uint8Array | undefined;
const CONTROL = new RegExp(`[${CONTROLS}]`);

/**
 * How many bytes the character at `from` has, which is not ASCII; 0 when it is not valid UTF-8, or when it is escaped.
 * Looking it up takes a fifth of the time of making a string of each value, to be searched and encoded again.
 */
export function plainCharacter(bytes: Uint8Array, from: number, end: number): number {
  const lead = bytes[from] as number;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (from + length > end) return 0;
  let code = lead & (0x7f >> length);
  for (let index = from + 1; index < from + length; index++) {
    const byte = bytes[index] as number;
    if ((byte & 0xc0) !== 0x80) return 0;
    code = (code << 6) | (byte & 0x3f);
  }
  if (length === 4) return code >= 0x10000 && code <= 0x10ffff ? length : 0;
  // Too long for what it says, or half of a pair.
  if (length === 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return 0;
  return isPlain(code) ? length : 0;
}

/** Of a character below 2^16: beyond that, none is escaped. */
function isPlain(code: number): boolean {
  characters ??= new Uint8Array(0x10000);
  if (characters[code] === UNKNOWN) characters[code] = CONTROL.test(String.fromCharCode(code)) ? ESCAPED : PLAIN;
  return characters[code] === PLAIN;
}
