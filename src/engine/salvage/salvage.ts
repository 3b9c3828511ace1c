/** `salvage`, the public rescue of what can be read of a damaged store. */
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { feedLines, type LogSource } from '../log/feed-lines.js';
import { runSteps, type Steps } from '../steps.js';
import type { SalvageOptions, SalvageSummary } from './options.js';
import { SalvageRun } from './salvage-run.js';

export type { SalvageRun };

/**
 * Saves all that can be read of a damaged store, with its history, into a new one that is sound. What is lost is
 * listed; a store with losses does not know its log hash, and in format 2 says that it was salvaged.
 *
 * @throws StoreError `NOT_A_STORE` (nothing can be saved), `OUTPUT_EXISTS`, `OUTPUT_IS_INPUT`, `STORE_LOCKED` (a writer
 *   of `output`), `STORE_CHANGING`, `FORMAT_MISMATCH`, `IO_ERROR`
 */
export function salvage(path: string, output: string, options: SalvageOptions = {}): SalvageSummary {
  return runSteps(salvageSteps(path, output, options));
}

export interface SalvageAsyncOptions extends SalvageOptions, AbortOptions {
  /** The log of the store, from position 1 on: it fills what is lost. */
  readonly log?: LogSource | undefined;
}

/**
 * As `salvage`, beside an event loop, and with the store's log where there is one; when the signal ends it nothing was
 * made.
 *
 * @throws StoreError as `salvage`; `INVALID_LOG_LINE`, `LOG_GAP`, `LOG_MISMATCH`
 */
export async function salvageAsync(
  path: string,
  output: string,
  { signal, log, ...options }: SalvageAsyncOptions = {},
): Promise<SalvageSummary> {
  const run = beginSalvage(path, output, options);
  try {
    await untilAborted(run.look(), { signal });
    if (log !== undefined) await feedLines(log, { take: (line) => run.push(line), signal });
    return await untilAborted(run.finish(), { signal });
  } finally {
    run.close();
  }
}

/** As `salvage`, in steps of a few milliseconds; when they are not run to their end nothing was made. */
export function* salvageSteps(path: string, output: string, options: SalvageOptions = {}): Steps<SalvageSummary> {
  const run = beginSalvage(path, output, options);
  try {
    yield* run.look();
    return yield* run.finish();
  } finally {
    run.close();
  }
}

/**
 * Begins a salvage with a log: `look`, then `push` for each line of the log, then `finish`, and `close` however it
 * ends.
 */
export function beginSalvage(path: string, output: string, options: SalvageOptions = {}): SalvageRun {
  return new SalvageRun(path, output, options);
}
