import { isUtf8 } from 'node:buffer';

// C0, DEL and C1, which steer a terminal or end a line.
const CONTROL_CODES = '\\u0000-\\u001f\\u007f-\\u009f';
// Line and paragraph separator; what turns the direction of a line; what is invisible and so makes two texts look
// alike. The joiners U+200C and U+200D stay, which words and emoji are written with, and so do the tags that some flags
// are made of.
const FORMAT_CODES = '\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb';
/** The characters that are never shown as they are, as the inside of a character class. */
export const CONTROLS = CONTROL_CODES + FORMAT_CODES;
const SPECIAL = new RegExp(`[\\\\${CONTROLS}]`, 'g');
const CONTROL = new RegExp(`[${CONTROLS}]`, 'g');
const HAS_SPECIAL = new RegExp(`[\\\\${CONTROLS}]`);

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
};

/**
 * Bytes as one line of text that no terminal obeys: `\t \n \r \\`, and `\xNN` for other control bytes and for invalid
 * UTF-8.
 */
export function escapeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? escapeText(buffer.toString('utf8')) : escapeInvalid(buffer);
}

/** Text with the same escapes. */
export function escapeText(text: string): string {
  return HAS_SPECIAL.test(text) ? text.replace(SPECIAL, escapeCharacter) : text;
}

/** Text with control characters escaped and backslashes left alone: for messages, which are not parsed back. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES[character] ?? escapeEach(Buffer.from(character));
}

function escapeEach(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += `\\x${byte.toString(16).padStart(2, '0')}`;
  return text;
}

function escapeInvalid(bytes: Buffer): string {
  const parts: string[] = [];
  let runStart = 0;
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    if (length > 0) {
      offset += length;
      continue;
    }
    parts.push(escapeText(bytes.toString('utf8', runStart, offset)), escapeEach(bytes.subarray(offset, offset + 1)));
    offset += 1;
    runStart = offset;
  }
  parts.push(escapeText(bytes.toString('utf8', runStart)));
  return parts.join('');
}

/** How many bytes the UTF-8 sequence at `offset` has, 0 when it is not a valid one. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return isUtf8(bytes.subarray(offset, offset + length)) ? length : 0;
}
