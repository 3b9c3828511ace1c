/** Input from a file or from standard input, in chunks. */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { CliError, fileError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { io } from '../io.js';
import { whileReadsBlock } from '../signals.js';
import { requirePath } from './args.js';
import { readStdin, requireStdin } from './stdin.js';

const CHUNK_BYTES = 2 ** 20;

export type Room = () => Buffer | undefined;

/** A file of the user's, or standard input, read in chunks. */
export interface Input {
  /** What the user calls it. */
  readonly name: string;
  /** Bytes in all, where that is known. */
  readonly size: number | undefined;
  /** @param room memory for the next chunk, over the one before; without it the chunk has memory of its own */
  chunks(room?: Room): AsyncIterable<Buffer>;
  /** Has nothing more of it waited for. */
  abandon?(): void;
}

/** Opens `path`, or standard input for `-`, calls `use`, closes it. */
export async function withInput<R>(path: string, use: (input: Input) => Promise<R>): Promise<R> {
  if (path === '-') {
    requireStdin();
    return use({
      name: 'standard input',
      size: undefined,
      chunks: () => readStdin(),
      abandon: () => io().stdin.destroy(),
    });
  }
  requirePath(path, 'the path');
  return (await mayBlock(path)) ? whileReadsBlock(() => withFile(path, use)) : withFile(path, use);
}

/** Whether reading may have to wait for another process: from a named pipe, a terminal, a device. */
async function mayBlock(path: string): Promise<boolean> {
  try {
    const facts = await stat(path);
    return !facts.isFile() && !facts.isDirectory();
  } catch (error) {
    throw fileError(error, path);
  }
}

async function withFile<R>(path: string, use: (input: Input) => Promise<R>): Promise<R> {
  const file = await openFile(path);
  try {
    return await use(await fileInput(file, path));
  } finally {
    await file.close();
  }
}

/** All bytes of `path` or, for `-`, of standard input. More than `bytesMax` are refused, and not read. */
export async function readAll(path: string, bytesMax: number): Promise<Uint8Array> {
  return withInput(path, async (input) => {
    // A file of known size needs no more memory than its bytes.
    let bytes: Buffer = Buffer.allocUnsafeSlow(Math.min(input.size ?? 0, bytesMax));
    let length = 0;
    for await (const chunk of input.chunks(memoryUsedAgain())) {
      const end = length + chunk.length;
      if (end > bytesMax) throw tooLarge(input, bytesMax);
      if (end > bytes.length) bytes = withRoomFor(bytes, length, Math.min(Math.max(end, 2 * length), bytesMax));
      bytes.set(chunk, length);
      length = end;
    }
    return bytes.subarray(0, length);
  });
}

/**
 * Memory that is used again for each chunk, made with the first. Memory touched for the first time costs more than to
 * read into it: of the replay of a log of 160 MB it was a sixth of the time on the processor.
 */
export function memoryUsedAgain(): () => Buffer {
  let memory: Buffer | undefined;
  return () => (memory ??= Buffer.allocUnsafeSlow(CHUNK_BYTES));
}

/** A longer buffer that begins with the first `length` bytes of another. */
function withRoomFor(bytes: Buffer, length: number, size: number): Buffer {
  const longer = Buffer.allocUnsafeSlow(size);
  longer.set(bytes.subarray(0, length));
  return longer;
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw fileError(error, path);
  }
}

async function fileInput(file: FileHandle, path: string): Promise<Input> {
  const facts = await file.stat();
  if (facts.isDirectory()) {
    throw new CliError('IO_ERROR', EXIT.system, `cannot read ${path}: it is a directory`, {
      facts: { path, errno: 'EISDIR' },
    });
  }
  return { name: path, size: facts.isFile() ? facts.size : undefined, chunks: (room) => readFile(file, path, room) };
}

async function* readFile(file: FileHandle, path: string, room?: Room): AsyncGenerator<Buffer> {
  for (;;) {
    const buffer = room?.() ?? Buffer.allocUnsafe(CHUNK_BYTES);
    const bytesRead = await readChunk(file, buffer, path);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function readChunk(file: FileHandle, buffer: Buffer, path: string): Promise<number> {
  try {
    return (await file.read(buffer, 0, buffer.length, null)).bytesRead;
  } catch (error) {
    throw fileError(error, path);
  }
}

function tooLarge(input: Input, bytesMax: number): CliError {
  return new CliError('VALUE_TOO_LARGE', EXIT.refused, `the value in ${input.name} has more than ${bytesMax} bytes`, {
    facts: { path: input.name, bytesMax },
  });
}
