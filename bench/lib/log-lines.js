import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_SIZE = 2 ** 20;
const LF = 0x0a;

/**
 * The lines of a file as text. It stays the same when the engine's own reader changes: everything is compared with it.
 */
export function* readLines(path) {
  const file = openSync(path, 'r');
  const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
  let rest = '';
  try {
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const bytes = chunk.subarray(0, size);
      let start = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
        yield rest + bytes.toString('utf8', start, end);
        rest = '';
        start = end + 1;
      }
      // The data are ASCII: no character lies across two chunks.
      rest += bytes.toString('utf8', start);
    }
  } finally {
    closeSync(file);
  }
}
