/** Whether a store is still the one that a data set has: only then what is new in it can be added. */
import { type BTreeStore, StoreError, type Steps } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import type { StoreEntry } from './manifest.js';

export interface AppendTarget {
  readonly at: bigint;
  /** Of the log at this position, in hex, where it is known. */
  readonly hash: string | null;
  readonly table: bigint | undefined;
}

type Reason = 'behind' | 'forgotten' | 'replaced';

/**
 * Compares a store with what was exported of it: with the content at the position of the export before, or, where the
 * store is at this position still, with the hash of the log.
 *
 * @throws CliError `EXPORT_DIFFERS`
 */
export function* checkAppend(
  store: BTreeStore,
  path: string,
  before: StoreEntry,
  { at, hash, table }: AppendTarget,
): Steps<void> {
  const { position } = before;
  if (at < position) {
    const sentence = `it is exported as of position ${position} already, and this is position ${at}: it was rewound or replaced, or --at is before the export`;
    throw differs(path, before, 'behind', sentence);
  }
  const isAtSamePosition = at === position && hash !== null && before.hash !== null;
  if (isAtSamePosition) {
    if (hash === before.hash) return;
    throw differs(
      path,
      before,
      'replaced',
      `at position ${position} it has another log than the one that was exported`,
    );
  }
  const content = yield* contentAt(store, path, before, table);
  if (content === before.content) return;
  const sentence = `what it held at position ${position} is not what was exported: it was replaced, or a table of it was purged`;
  throw differs(path, before, 'replaced', sentence);
}

function* contentAt(store: BTreeStore, path: string, before: StoreEntry, table: bigint | undefined): Steps<string> {
  try {
    const { hash } = yield* store.contentHashSteps({ at: before.position, table });
    return Buffer.from(hash).toString('hex');
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'POSITION_FORGOTTEN') throw error;
    throw differs(
      path,
      before,
      'forgotten',
      `a table was purged, or old positions were dropped: ${error.message}`,
      error,
    );
  }
}

function differs(path: string, { name, position }: StoreEntry, reason: Reason, why: string, cause?: unknown): CliError {
  const sentence = `${path} cannot be added to the data set: ${why}`;
  const facts = { path, name, position, reason };
  const hint = 'export it to a new folder, or all stores with --force instead of --append';
  return new CliError('EXPORT_DIFFERS', EXIT.refused, sentence, { facts, hint, cause });
}
