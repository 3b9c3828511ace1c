/** One command, several stores: one that fails does not keep it from the others. */
import { StoreError } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { bySeverity, type ExitCode, STORE_EXIT_CODES } from '../exit-codes.js';

/** How it came out for one store, when not well. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly sentence: string;
  /** What the command ends with if there are no other stores. */
  readonly error: StoreError | CliError;
}

export interface ManyStores {
  /** Does it for one store, and gives what is not well with it; what it throws is a failure, too. */
  readonly ask: (store: string) => Promise<Failure | undefined>;
  /** Tells of an error that `ask` has thrown, where there are other stores. */
  readonly tell: (store: string, failure: Failure) => Promise<void>;
  /** What is said of stores with failures, as in `2 of 3 stores failed the check`. */
  readonly verdict: string;
}

/**
 * Looks at each store in turn, and ends with the worst of what came out.
 *
 * @throws StoreError, CliError where there are failures
 */
export async function eachStore(stores: readonly string[], { ask, tell, verdict }: ManyStores): Promise<void> {
  const failures: Failure[] = [];
  for (const store of stores) {
    const failure = await askOne(store, ask, stores.length > 1 ? tell : undefined);
    if (failure !== undefined) failures.push(failure);
  }
  const [worst] = failures.toSorted((a, b) => bySeverity(a.exitCode, b.exitCode));
  if (worst === undefined) return;
  const { error, exitCode, sentence } = worst;
  if (stores.length === 1) throw error;
  const message = `${failures.length} of ${stores.length} stores ${verdict}; the worst: ${sentence}`;
  const facts = { stores: stores.length, failed: failures.length };
  throw new CliError(error.code, exitCode, message, { facts });
}

async function askOne(
  store: string,
  ask: ManyStores['ask'],
  tell: ManyStores['tell'] | undefined,
): Promise<Failure | undefined> {
  try {
    return await ask(store);
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof CliError)) throw error;
    const failure =
      error instanceof CliError
        ? { error, sentence: error.sentence, exitCode: error.exitCode }
        : { error, sentence: error.message, exitCode: STORE_EXIT_CODES[error.code] };
    await tell?.(store, failure);
    return failure;
  }
}
