/** How a command ends that looks at several stores: one that fails does not keep it from the others. */
import type { StoreError } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { bySeverity, type ExitCode } from '../exit-codes.js';

/** How it came out for one store, when not well. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly sentence: string;
  /** What it would end with if there were no other stores. */
  readonly error: StoreError | CliError;
}

/**
 * Ends a command that looked at stores with the worst of what came out.
 *
 * @param verdict what is to be said of stores with failures, as in `2 of 3 stores failed the check`
 * @throws StoreError, CliError where there are failures
 */
export function endWith(failures: readonly Failure[], stores: number, verdict: string): void {
  const [first] = failures.toSorted((a, b) => bySeverity(a.exitCode, b.exitCode));
  if (first === undefined) return;
  const { error, exitCode, sentence } = first;
  if (stores === 1) throw error;
  const message = `${failures.length} of ${stores} stores ${verdict}; the worst: ${sentence}`;
  throw new CliError(error.code, exitCode, message, { facts: { stores, failed: failures.length } });
}
