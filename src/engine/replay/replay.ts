/** `replay` and `verifyLog`: a log that comes from a stream, beside an event loop. */
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { feedLines, type LogSource } from '../log/feed-lines.js';
import type { NotCompared } from '../log/log-verifier.js';
import type { BTreeStore } from '../store/store.js';
import type { LogComparisonOptions, LogComparisonProgress, LogReport } from '../timeline/log-comparison.js';
import { Replayer, type ReplayOptions, type ReplaySummary } from './replayer.js';

/** How far a replay has come. */
export interface ReplayProgress extends ReplaySummary {
  readonly bytesRead: number;
  /** Operations that were taken and are not committed yet. */
  readonly uncommittedOperations: number;
}

export interface ReplayStreamOptions extends ReplayOptions, AbortOptions {
  /** Is told between slices how far the replay has come. */
  readonly onProgress?: ((progress: ReplayProgress) => void) | undefined;
}

export interface ReplayResult extends ReplaySummary {
  /** Why the log was not compared with the one applied; undefined when it was, or when there was nothing to compare. */
  readonly notCompared: NotCompared | undefined;
}

/**
 * Feeds a log to a store, from the store's position on, and commits in groups. However it ends, by an error, by the
 * signal or by the source, the batches before are committed: the next replay goes on from there.
 *
 * @throws StoreError as `Replayer.push`; what the source throws, the reason of the signal
 */
export async function replay(
  store: BTreeStore,
  source: LogSource,
  { signal, onProgress, ...options }: ReplayStreamOptions = {},
): Promise<ReplayResult> {
  const replayer = new Replayer(store, options);
  const onBytes = (bytesRead: number): void => {
    onProgress?.({ ...replayer.summary, bytesRead, uncommittedOperations: replayer.uncommittedOperations });
  };
  try {
    await feedLines(source, { take: (line) => replayer.pushSteps(line), onBytes, signal });
  } catch (error) {
    await untilAborted(replayer.commitRestSteps());
    throw error;
  }
  await untilAborted(replayer.finishSteps());
  return { ...replayer.summary, notCompared: replayer.notCompared };
}

export interface VerifyLogOptions extends LogComparisonOptions, AbortOptions {
  /** Is told between slices how far the comparison has come. */
  readonly onProgress?: ((progress: LogComparisonProgress) => void) | undefined;
}

/**
 * Compares a store with the log that it should be derived from: the chain of hashes, and every version of every key.
 *
 * @throws StoreError as `LogComparison.push`; what the source throws, the reason of the signal
 */
export async function verifyLog(
  store: BTreeStore,
  source: LogSource,
  { signal, onProgress, ...options }: VerifyLogOptions = {},
): Promise<LogReport> {
  const comparison = store.verifyLog(options);
  try {
    const onBytes = (): void => onProgress?.(comparison.progress);
    await feedLines(source, { take: (line) => comparison.pushSteps(line), onBytes, signal });
    return await untilAborted(comparison.finishSteps(), { signal });
  } finally {
    comparison.close();
  }
}
