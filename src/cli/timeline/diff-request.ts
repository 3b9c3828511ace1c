/** What `diff` is asked to compare, and the differences that it is asked for. */
import type { BTreeStore, Differences, DiffOptions, RowDifference } from '../../engine/index.js';
import { UsageError } from '../cli-error.js';
import { parseU64 } from '../text/numbers.js';
import type { DiffCounts } from './diff-view.js';

/** Two positions, or another store. */
export type DiffRequest =
  | { readonly from: bigint; readonly to: bigint | undefined }
  | { readonly other: string; readonly at: bigint | undefined };

export interface DiffArguments {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly other: string | undefined;
  readonly at: bigint | undefined;
}

/** @throws UsageError when it is neither of the two, or both */
export function readDiffRequest({ from, to, other, at }: DiffArguments): DiffRequest {
  const hint = 'kmb-store diff STORE A [B] compares positions, kmb-store diff STORE --with OTHER [--at P] stores';
  if (other !== undefined) {
    if (from === undefined) return { other, at };
    throw new UsageError('CONTRADICTORY_FLAGS', 'positions and --with exclude each other', { name: '--with' }, hint);
  }
  if (from === undefined) throw new UsageError('MISSING_ARGUMENT', 'missing argument: A', { arguments: ['A'] }, hint);
  if (at !== undefined)
    throw new UsageError('CONTRADICTORY_FLAGS', '--at is for --with: A and B are positions', { name: '--at' }, hint);
  return { from: parseU64(from, 'A'), to: to === undefined ? undefined : parseU64(to, 'B') };
}

/** @param other the open store that `--with` names */
export function differences(
  store: BTreeStore,
  other: BTreeStore | undefined,
  request: DiffRequest,
  options: DiffOptions,
): Differences {
  if ('from' in request) return store.diffSteps(request.from, request.to, options);
  return store.diffWithSteps(other as BTreeStore, { ...options, at: request.at });
}

/** Counts differences on their way, and ends after so many. */
export class DiffTally {
  count = 0;

  constructor(private readonly limit: bigint | undefined) {}

  *rows(all: Differences): Generator<RowDifference | undefined> {
    if (this.limit === 0n) return;
    for (const row of all) {
      if (row !== undefined) this.count += 1;
      yield row;
      if (row !== undefined && this.limit !== undefined && BigInt(this.count) >= this.limit) return;
    }
  }
}

/** The counts of each table in which rows differ. */
export function* countedByTable(rows: Iterable<RowDifference | undefined>): Generator<DiffCounts | undefined> {
  let counts: DiffCounts | undefined;
  for (const row of rows) {
    if (row !== undefined) {
      if (counts !== undefined && counts.table !== row.table) yield counts;
      if (counts?.table !== row.table) counts = { table: row.table, added: 0, changed: 0, removed: 0 };
      counts[row.change] += 1;
    }
    yield undefined;
  }
  yield counts;
}
