/** Several stores in one process, for one result of all: one that fails does not keep it from the others. */
import { StoreError } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { bySeverity, STORE_EXIT_CODES } from '../exit-codes.js';
import type { Failure } from './outcome.js';

/** How it came out for one store, when not well. */
export interface FailedStore extends Failure {
  /** What the command ends with if there are no other stores. */
  readonly error: StoreError | CliError;
}

export interface ManyStores {
  /** Does it for one store, and gives what is not well with it; what it throws is a failure, too. */
  readonly ask: (store: string) => Promise<FailedStore | undefined>;
  /** Tells of an error that `ask` has thrown, where there are other stores. */
  readonly tell: (store: string, failure: FailedStore) => Promise<void>;
  /** What is said of stores with failures, as in `2 of 3 stores failed the check`. */
  readonly verdict: string;
}

/**
 * Looks at each store in turn, and ends with the worst of what came out.
 *
 * @throws StoreError, CliError where there are failures
 */
export async function eachStore(stores: readonly string[], { ask, tell, verdict }: ManyStores): Promise<void> {
  const failures: FailedStore[] = [];
  for (const store of stores) {
    const failure = await askOne(store, ask, stores.length > 1 ? tell : undefined);
    if (failure !== undefined) failures.push(failure);
  }
  const [worst] = failures.toSorted((a, b) => bySeverity(a.exitCode, b.exitCode));
  if (worst === undefined) return;
  const { error, exitCode, message: sentence } = worst;
  if (stores.length === 1) throw error;
  const message = `${failures.length} of ${stores.length} stores ${verdict}; the worst: ${sentence}`;
  const facts = { stores: stores.length, failed: failures.length };
  throw new CliError(error.code, exitCode, message, { facts });
}

async function askOne(
  store: string,
  ask: ManyStores['ask'],
  tell: ManyStores['tell'] | undefined,
): Promise<FailedStore | undefined> {
  try {
    return await ask(store);
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof CliError)) throw error;
    const failure =
      error instanceof CliError
        ? { error, code: error.code, message: error.sentence, exitCode: error.exitCode }
        : { error, code: error.code, message: error.message, exitCode: STORE_EXIT_CODES[error.code] };
    await tell?.(store, failure);
    return failure;
  }
}
