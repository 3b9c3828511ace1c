/** A log that comes in chunks, given line by line to what takes it. */
import { type AbortOptions, inSlices, librarySlice } from '../async/slices.js';
import type { Steps } from '../steps.js';
import { LineSplitter } from './lines.js';

/** A log as it is written, in chunks that need not end where lines do: a stream, or a list. */
export type LogSource = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

export interface LineFeed extends AbortOptions {
  /** Takes one line, without its end; gives false when no more are wanted. */
  readonly take: (line: Uint8Array) => Steps<boolean>;
  /** Is told now and then how many bytes have come. */
  readonly onBytes?: ((bytesRead: number) => void) | undefined;
}

/** Reads a source to its end, or until no more lines are wanted: it is then closed. */
export async function feedLines(source: LogSource, { take, onBytes, signal }: LineFeed): Promise<void> {
  const splitter = new LineSplitter();
  const slice = librarySlice();
  let bytesRead = 0;
  const pause = (): void => {
    signal?.throwIfAborted();
    onBytes?.(bytesRead);
  };
  const takeAll = async (lines: readonly Uint8Array[]): Promise<boolean> => {
    for (const line of lines) {
      if (!(await inSlices(take(line), slice, pause))) return false;
      if (!slice.isOver()) continue;
      pause();
      await slice.pause();
    }
    return true;
  };
  const isWanted = await forEachChunk(source, signal, async (chunk) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytesRead += bytes.length;
    const wantsMore = await takeAll(splitter.push(bytes));
    pause();
    return wantsMore;
  });
  if (isWanted) await takeAll(splitter.end());
}

/** Calls back with each chunk until that gives false. A source that does not come to its end is closed. */
async function forEachChunk<Chunk>(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  signal: AbortSignal | undefined,
  take: (chunk: Chunk) => Promise<boolean>,
): Promise<boolean> {
  const chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await unlessAborted(signal, async () => chunks.next());
      isOver = next.done === true;
      if (next.done === true) return true;
      if (!(await take(next.value))) return false;
    }
  } finally {
    if (!isOver) closeSource(source, chunks);
  }
}

/** Not waited for: a source that is silent would keep a signal from ending this, and a stream answers it too late. */
function closeSource(source: object, chunks: { return?: () => unknown }): void {
  if ('destroy' in source) (source as { destroy(): unknown }).destroy();
  void Promise.resolve(chunks.return?.()).catch(() => {});
}

/** What comes first: the result of an action, or the end by a signal. */
function unlessAborted<Result>(signal: AbortSignal | undefined, action: () => Promise<Result>): Promise<Result> {
  if (signal === undefined) return action();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      // The reason is whatever the program gives.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal.reason);
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    action()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', abort);
      });
  });
}
