/** What `changes` is asked for, and its lines. */
import type { Changes } from '../../engine/index.js';
import { UsageError } from '../cli-error.js';
import { parseU64 } from '../text/numbers.js';
import { logLine } from './log-line.js';

export interface ChangesRange {
  readonly after: bigint;
  readonly upTo: bigint | undefined;
}

/** @throws UsageError when B comes before A, or is given where there is no end */
export function readChangesRange(a: string | undefined, b: string | undefined, follow: boolean): ChangesRange {
  const after = a === undefined ? 0n : parseU64(a, 'A');
  const upTo = b === undefined ? undefined : parseU64(b, 'B');
  if (upTo !== undefined && follow)
    throw new UsageError('CONTRADICTORY_FLAGS', '--follow has no end: it excludes B', { name: '--follow' });
  if (upTo === undefined || upTo >= after) return { after, upTo };
  const message = `B comes before A: there are no batches after position ${after} and up to ${upTo}`;
  throw new UsageError('INVALID_RANGE', message, { from: after, to: upTo });
}

/** The lines of batches, in pieces; undefined now and then. */
export function* logLines(batches: Changes): Generator<string | undefined> {
  for (const batch of batches) {
    if (batch === undefined) yield undefined;
    else yield* logLine(batch);
  }
}
