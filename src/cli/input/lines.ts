/** Input line by line, with the event loop served in between. */
import { setTimeout } from 'node:timers/promises';
import { LineSplitter, type Steps } from '../../engine/index.js';
import { inSlices, TimeSlice } from '../time-slice.js';
import type { Input } from './input.js';
import { unpacked } from './unpack.js';

export interface LineReader {
  /** Takes one line, without its end, in steps; they end in `false` when no more lines are wanted. */
  line(line: Uint8Array, number: number): Steps<boolean>;
  /** Called now and then, with the bytes read so far. */
  progress?(bytesRead: number): Promise<void>;
  /** Called when the input pauses. */
  readonly paused?: (() => Promise<void>) | undefined;
}

/** The input pauses when nothing has come for so long. */
const PAUSE_MS = 100;
const PAUSED = Symbol('paused');

/** Reads an input line by line, serving the event loop in between. Returns the number of lines taken. */
export async function readLines(input: Input, reader: LineReader): Promise<number> {
  const splitter = new LineSplitter();
  const slice = new TimeSlice();
  let number = 0;
  let bytesRead = 0;

  const showProgress = async () => reader.progress?.(bytesRead);
  const take = async (lines: readonly Uint8Array[]): Promise<boolean> => {
    for (const line of lines) {
      number += 1;
      if (!(await inSlices(reader.line(line, number), slice, showProgress))) return false;
      if (slice.isOver()) await slice.pause();
    }
    return true;
  };

  const chunks = unpacked(input).chunks();
  for await (const chunk of reader.paused === undefined ? chunks : withPauses(chunks, reader.paused, input)) {
    bytesRead += chunk.length;
    if (!(await take(splitter.push(chunk)))) return number;
    await showProgress();
  }
  await take(splitter.end());
  return number;
}

/** The same chunks; while the next one does not come, `paused` is called once. */
async function* withPauses(
  chunks: AsyncIterable<Buffer>,
  paused: () => Promise<void>,
  input: Input,
): AsyncGenerator<Buffer> {
  const iterator: AsyncIterator<Buffer, unknown> = chunks[Symbol.asyncIterator]();
  for (;;) {
    const next = iterator.next();
    // Whoever is called meanwhile may fail, and then nobody waits for it any more.
    next.catch(() => undefined);
    if (await hasPaused(next)) {
      try {
        await paused();
      } catch (error) {
        input.abandon?.();
        throw error;
      }
    }
    const chunk = await next;
    if (chunk.done === true) return;
    yield chunk.value;
  }
}

async function hasPaused(next: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const pause = setTimeout(PAUSE_MS, PAUSED, { signal: timer.signal }).catch(() => undefined);
  try {
    return (await Promise.race([next, pause])) === PAUSED;
  } finally {
    timer.abort();
  }
}
