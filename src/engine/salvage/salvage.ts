/** `salvage`, the public rescue of what can be read of a damaged store. */
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
