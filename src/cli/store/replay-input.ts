/** A replay from a file or from standard input. */
import { type NotCompared, Replayer, StoreError, type BTreeStore, type ReplaySummary } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import type { Input } from '../input/input.js';
import { readLines } from '../input/lines.js';
import { inSlices, TimeSlice } from '../time-slice.js';
import type { Progress } from '../output/progress.js';
import { replayProgress } from '../output/replay-progress.js';

export interface ReplayRequest {
  readonly to: bigint | undefined;
  /** Commit whenever the input pauses. */
  readonly live?: boolean;
  readonly progress: Progress;
}

export interface ReplayResult {
  readonly summary: ReplaySummary;
  readonly notCompared: NotCompared | undefined;
  /** Whether the store was salvaged with losses. */
  readonly isSalvaged: boolean;
}

/** Feeds a log to the store. However it ends, the batches before the end are committed. */
export async function replayInput(store: BTreeStore, input: Input, request: ReplayRequest): Promise<ReplayResult> {
  const { to, live = false, progress } = request;
  const replayer = new Replayer(store, { to });
  try {
    await pushLines(replayer, input, live, progress);
    await inSlices(replayer.finishSteps(), new TimeSlice(), () => progress.show(() => 'committing'));
  } finally {
    progress.stop();
  }
  return { summary: replayer.summary, notCompared: replayer.notCompared, isSalvaged: store.isSalvaged };
}

async function pushLines(replayer: Replayer, input: Input, live: boolean, progress: Progress): Promise<void> {
  let linesTaken = 0;
  try {
    await readLines(input, {
      *line(line, number) {
        linesTaken = number;
        return yield* replayer.pushSteps(line);
      },
      paused: live ? () => inSlices(replayer.commitSteps()) : undefined,
      progress: (bytesRead) => progress.show((seconds) => howFar(replayer, bytesRead, input.size, seconds)),
    });
  } catch (error) {
    throw await endEarly(error, replayer, linesTaken);
  }
}

/** Commits what came before an error, if the replayer has not, and says how far that is. */
async function endEarly(error: unknown, replayer: Replayer, linesTaken: number): Promise<unknown> {
  await inSlices(replayer.commitRestSteps());
  const location = { line: linesTaken + 1, appliedPosition: replayer.summary.toPosition };
  if (error instanceof StoreError) return error.with({ ...location, ...error.facts });
  return error instanceof CliError ? error.with(location) : error;
}

/** What the spinner says when so many bytes of the input are read. */
export function howFar(replayer: Replayer, bytesRead: number, size: number | undefined, seconds: number): string {
  const { summary, uncommittedOperations } = replayer;
  return replayProgress({ summary, uncommittedOperations, seconds, fraction: fractionOf(bytesRead, size) });
}

function fractionOf(bytesRead: number, size: number | undefined): number | undefined {
  return size === undefined || size === 0 ? undefined : bytesRead / size;
}
