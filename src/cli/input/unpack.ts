/** Compressed input. */
import { once } from 'node:events';
import { Readable, type Transform } from 'node:stream';
import { StoreError } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { type Input, memoryUsedAgain, type Room } from './input.js';

const CHUNK_BYTES = 2 ** 18;
const FIRST_BYTES = 4;
const PIPE = 'FILE | kmb-store … -  makes one line of each object';
const CSV_HINT = 'a line is a JSON object, as docs/COMMANDS.md and kmb-store replay --help show';

/** What a file may be by its first bytes, and what makes text of it. */
type OtherFormat = readonly [bytes: string, name: string, hint: string];
const MARKED: OtherFormat = [
  'efbbbf',
  'begins with a byte order mark',
  "remove it, for instance with sed '1s/^\\xef\\xbb\\xbf//'",
];
/** Formats that hold no text in UTF-8 as they are. */
const OTHERS: readonly OtherFormat[] = [
  ['fffe0000', 'is UTF-32', 'make it UTF-8: iconv -f UTF-32 -t UTF-8'],
  ['0000feff', 'is UTF-32', 'make it UTF-8: iconv -f UTF-32 -t UTF-8'],
  ['fffe', 'is UTF-16', 'make it UTF-8: iconv -f UTF-16 -t UTF-8'],
  ['feff', 'is UTF-16', 'make it UTF-8: iconv -f UTF-16 -t UTF-8'],
  ['7b00', 'is UTF-16', 'make it UTF-8: iconv -f UTF-16LE -t UTF-8'],
  ['007b', 'is UTF-16', 'make it UTF-8: iconv -f UTF-16BE -t UTF-8'],
  ['fd377a58', 'is packed by xz', 'unpack it: xz -dc FILE | kmb-store … -'],
  ['425a68', 'is packed by bzip2', 'unpack it: bzip2 -dc FILE | kmb-store … -'],
  ['504b0304', 'is a zip archive', 'unpack it: unzip -p FILE | kmb-store … -'],
  ['56444253', 'is a store, or another file of VDB', 'give the log that made the store'],
];

/**
 * The same input as lines of JSON: unpacked where it is gzip or zstd. What is no JSON Lines is refused by name. A chunk
 * is to be used before the next one is asked for.
 */
export function unpacked(input: Input): Input {
  return { ...input, chunks: () => unpackedChunks(input, refuseNoLines, memoryUsedAgain()) };
}

/**
 * The same input as text, which may begin with a byte order mark. What is no text is refused by name. Each chunk has
 * memory of its own.
 */
export function unpackedText(input: Input): Input {
  return { ...input, chunks: () => unpackedChunks(input, refuseNoText, () => undefined) };
}

async function* unpackedChunks(
  input: Input,
  refuse: (first: Buffer) => void,
  roomForText: Room,
): AsyncGenerator<Buffer> {
  // What is to be unpacked is read ahead, and so has memory of its own.
  let room: Room = () => undefined;
  const chunks = input.chunks(() => room())[Symbol.asyncIterator]();
  try {
    const { first, rest } = await firstChunk(chunks);
    const unpacker = await unpackerFor(first, input.name);
    if (unpacker !== undefined) {
      yield* unpackedBy(unpacker, joined(first, rest), input.name);
      return;
    }
    refuse(first);
    yield first;
    room = roomForText;
    yield* rest;
  } finally {
    // Whoever has what it wants does not wait for the end of its input, also when that is after the first chunk.
    await chunks.return?.();
  }
}

async function unpackerFor(first: Buffer, name: string): Promise<Transform | undefined> {
  const head = first.subarray(0, FIRST_BYTES).toString('hex');
  if (head.startsWith('1f8b')) return gunzip();
  return head === '28b52ffd' ? unzstd(name) : undefined;
}

async function* unpackedBy(unpacker: Transform, packed: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const source = Readable.from(packed);
  source.on('error', (error) => unpacker.destroy(error));
  try {
    for await (const chunk of source.pipe(unpacker)) yield chunk as Buffer;
  } catch (error) {
    throw isUnpackError(error) ? cannotUnpack(name, error) : error;
  } finally {
    source.destroy();
    if (!unpacker.closed) await once(unpacker.destroy(), 'close').catch(() => undefined);
  }
}

/** Enough bytes to know what they begin, as far as there are this many. */
async function firstChunk(
  chunks: AsyncIterator<Buffer>,
): Promise<{ readonly first: Buffer; readonly rest: AsyncIterable<Buffer> }> {
  let first = Buffer.alloc(0);
  while (first.length < FIRST_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    first = first.length === 0 ? (next.value as Buffer<ArrayBuffer>) : Buffer.concat([first, next.value]);
  }
  return { first, rest: { [Symbol.asyncIterator]: () => chunks } };
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

async function gunzip(): Promise<Transform> {
  return (await import('node:zlib')).createGunzip({ chunkSize: CHUNK_BYTES });
}

async function unzstd(name: string): Promise<Transform> {
  // Not known to the types of the oldest Node that is supported.
  const zlib = (await import('node:zlib')) as {
    readonly createZstdDecompress?: (options: object) => Transform;
  } & object;
  if (zlib.createZstdDecompress !== undefined) return zlib.createZstdDecompress({ chunkSize: CHUNK_BYTES });
  const hint = 'zstd -dc FILE | kmb-store … -';
  const sentence = `${name} is packed by zstd, which this version of Node cannot unpack`;
  throw new CliError('CANNOT_UNPACK', EXIT.system, sentence, { facts: { path: name }, hint });
}

function isUnpackError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return /^(Z_|ZSTD_|ERR_ZSTD|ERR_.*TRAILING)/.test(String(error.code));
}

function cannotUnpack(name: string, cause: Error): CliError {
  const sentence = `cannot unpack ${name}: ${cause.message}`;
  return new CliError('CANNOT_UNPACK', EXIT.system, sentence, { facts: { path: name }, cause });
}

function refuseNoText(first: Buffer): void {
  refuseAny(first, OTHERS, 'text in UTF-8');
}

function refuseAny(first: Buffer, formats: readonly OtherFormat[], wanted: string): void {
  const head = first.subarray(0, FIRST_BYTES).toString('hex');
  const found = formats.find(([bytes]) => head.startsWith(bytes));
  if (found !== undefined) throw notLines(`the input ${found[1]}, not ${wanted}`, found[2]);
}

function refuseNoLines(first: Buffer): void {
  refuseAny(first, [MARKED, ...OTHERS], 'JSON Lines in UTF-8');
  const line = /^[ \t\r\n]*([^\r\n]*)/.exec(first.subarray(0, 4096).toString('utf8'))?.[1] ?? '';
  if (line.startsWith('[')) throw notLines('the input is a JSON array, not JSON Lines', `jq -c '.[]' ${PIPE}`);
  if (/^\{\s*$/.test(line)) throw notLines('the input is JSON of several lines, not JSON Lines', `jq -c . ${PIPE}`);
  if (/^\{/.test(line) || line.includes('{')) return;
  if (/[,;\t]/.test(line)) throw notLines('the input looks like CSV, not JSON Lines', CSV_HINT);
}

function notLines(reason: string, hint: string): StoreError {
  return new StoreError('INVALID_LOG_LINE', reason, { reason, line: 1 }, hint);
}
