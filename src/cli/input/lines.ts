/** Input line by line, with the event loop served in between. */
import { LineSplitter, type Steps } from '../../engine/index.js';
import { inSlices, TimeSlice } from '../time-slice.js';
import type { Input } from './input.js';
import { unpacked } from './unpack.js';

export interface LineReader {
  /** Takes one line, without its end, in steps; they end in `false` when no more lines are wanted. */
  line(line: Uint8Array, number: number): Steps<boolean>;
  /** Called now and then, with the bytes read so far. */
  progress?(bytesRead: number): Promise<void>;
}

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

  for await (const chunk of unpacked(input).chunks()) {
    bytesRead += chunk.length;
    if (!(await take(splitter.push(chunk)))) return number;
    await showProgress();
  }
  await take(splitter.end());
  return number;
}
