/** `rewind`, a store as it was. */
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { runSteps, type Steps } from '../steps.js';
import { copySteps } from './copy-store.js';
import type { RewindOptions, RewindSummary } from './copy-options.js';

/**
 * Makes a new store of what a store was at a position, with its history up to there, in its format. It is checked and
 * compared as the copies of `compact` are, and appears whole or not at all; the store stays as it is. What the hash of
 * the log was is not known, except at the applied position, and at 0, before the log begins.
 *
 * @param output where the new store goes
 * @throws StoreError as `compact` to an output of its own; `POSITION_BEYOND_APPLIED`, `POSITION_FORGOTTEN`
 */
export function rewind(path: string, position: bigint, output: string, options: RewindOptions = {}): RewindSummary {
  return runSteps(rewindSteps(path, position, output, options));
}

/** As `rewind`, beside an event loop; when the signal ends it nothing was made. @throws StoreError as `rewind` */
export async function rewindAsync(
  path: string,
  position: bigint,
  output: string,
  { signal, ...options }: RewindOptions & AbortOptions = {},
): Promise<RewindSummary> {
  return untilAborted(rewindSteps(path, position, output, options), { signal });
}

/**
 * As `rewind`, in steps of a few milliseconds; when they are not run to their end nothing was changed. @throws
 * StoreError as `rewind`
 */
export function rewindSteps(
  path: string,
  position: bigint,
  output: string,
  options: RewindOptions = {},
): Steps<RewindSummary> {
  return copySteps(
    path,
    { ...options, output },
    { formatFor: (own) => own, span: { upTo: position }, isElsewhere: true },
  );
}
