/** One command, several stores: one that cannot be answered for does not keep the others from it. */
import { StoreError } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { bySeverity, STORE_EXIT_CODES, type ExitCode } from '../exit-codes.js';

interface Failure {
  readonly error: StoreError | CliError;
  readonly exitCode: ExitCode;
}

/**
 * Asks about each store in turn. `failed` tells of one among several that could not be answered for.
 *
 * @throws the error of the only store, or one that says how many failed, with the worst exit code
 */
export async function eachStore(
  stores: readonly string[],
  ask: (store: string) => Promise<void>,
  failed: (store: string, error: StoreError | CliError, exitCode: ExitCode) => Promise<void>,
): Promise<void> {
  const failures: Failure[] = [];
  for (const store of stores) {
    try {
      await ask(store);
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof CliError) || stores.length === 1) throw error;
      const exitCode = error instanceof CliError ? error.exitCode : STORE_EXIT_CODES[error.code];
      await failed(store, error, exitCode);
      failures.push({ error, exitCode });
    }
  }
  const [worst] = failures.toSorted((a, b) => bySeverity(a.exitCode, b.exitCode));
  if (worst === undefined) return;
  const sentence = `${failures.length} of ${stores.length} stores failed; the worst: ${worst.error.message}`;
  throw new CliError(worst.error.code, worst.exitCode, sentence, {
    facts: { stores: stores.length, failed: failures.length },
  });
}
