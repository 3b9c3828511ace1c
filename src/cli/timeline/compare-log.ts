/** A comparison of a store with a log from a file or from standard input. */
import type { BTreeStore, LogComparison, LogReport } from '../../engine/index.js';
import type { Input } from '../input/input.js';
import { readLines } from '../input/lines.js';
import type { Progress } from '../output/progress.js';
import { timeLeft } from '../output/replay-progress.js';
import { counted } from '../text/counts.js';
import { inSlices, TimeSlice } from '../time-slice.js';

export async function compareLog(
  store: BTreeStore,
  input: Input,
  to: bigint | undefined,
  progress: Progress,
): Promise<LogReport> {
  const comparison = store.verifyLog({ to });
  try {
    await readLines(input, {
      line: (line) => comparison.pushSteps(line),
      progress: (bytesRead) => progress.show((seconds) => readingText(comparison, seconds, bytesRead, input.size)),
    });
    const begun = progress.seconds;
    const show = () => progress.show((seconds) => comparingText(comparison, seconds - begun));
    return await inSlices(comparison.finishSteps(), new TimeSlice(), show);
  } finally {
    progress.stop();
    comparison.close();
  }
}

function readingText(
  { progress }: LogComparison,
  seconds: number,
  bytesRead: number,
  size: number | undefined,
): string {
  const read = `${counted(progress.read, 'operation', 'operations')} read`;
  return size === undefined ? read : `${read}, ${leftText(bytesRead / size, seconds)}`;
}

function comparingText({ progress: { compared, read } }: LogComparison, seconds: number): string {
  return `comparing, ${leftText(compared / read, seconds)}`;
}

function leftText(fraction: number, seconds: number): string {
  if (!(fraction > 0)) return '0 %';
  const whole = Math.min(fraction, 1);
  return `${Math.floor(whole * 100)} %, ${timeLeft(seconds, whole)} left`;
}
