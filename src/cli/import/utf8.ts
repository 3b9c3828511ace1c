/** Text in pieces, of which none is passed on that is not UTF-8. */
import { isUtf8 } from 'node:buffer';
import { badRecord } from './record.js';

const LF = 0x0a;

/**
 * The same pieces.
 *
 * @param onBytes is told how many bytes there were so far
 * @throws CliError `INVALID_RECORD` with the line
 */
export async function* checkedUtf8(
  chunks: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let cut: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let line = 1;
  for await (const chunk of chunks) {
    const text = cut.length === 0 ? chunk : Buffer.concat([cut, chunk]);
    const whole = text.subarray(0, text.length - cutLength(text));
    if (!isUtf8(whole)) throw notUtf8(whole, line);
    line += linesIn(whole);
    cut = Buffer.from(text.subarray(whole.length));
    bytes += chunk.length;
    onBytes(bytes);
    yield whole;
  }
  if (cut.length > 0) throw notUtf8(cut, line);
}

/** How many bytes at the end begin a character that is not all there. */
function cutLength(text: Buffer): number {
  for (let length = 1; length <= Math.min(3, text.length); length++) {
    const byte = text[text.length - length] ?? 0;
    if (byte >= 0xc0) return bytesOfCharacter(byte) > length ? length : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function bytesOfCharacter(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}

function notUtf8(text: Buffer, firstLine: number): Error {
  let line = firstLine;
  let start = 0;
  for (let end = text.indexOf(LF); end >= 0 && isUtf8(text.subarray(start, end)); end = text.indexOf(LF, start)) {
    start = end + 1;
    line++;
  }
  return badRecord(line, 'it is not UTF-8');
}

function linesIn(text: Buffer): number {
  let lines = 0;
  for (let index = text.indexOf(LF); index >= 0; index = text.indexOf(LF, index + 1)) lines++;
  return lines;
}
