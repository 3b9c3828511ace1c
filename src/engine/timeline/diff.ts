/** What differs between two positions of a store: work proportional to what has changed, and a look at each leaf. */
import { equalBytes } from '../bytes/bytes.js';
import { U64 } from '../bytes/u64.js';
import { Pace, stepped } from '../steps.js';
import { keysOf, type KeysOptions } from '../table/ranges.js';
import { EntryWalk } from './entry-walk.js';
import { ENTRIES_PER_STEP, type StoreView, tablesAt } from './view.js';

export interface DiffOptions extends KeysOptions {
  /** Only this table (default: all). */
  readonly table?: bigint | undefined;
}

/** What a key holds on one side of a comparison, and since which position. */
export interface RowState {
  readonly value: Uint8Array;
  readonly createdAt: bigint;
}

/** A row that is not the same on both sides: values are compared, not positions. */
export interface RowDifference {
  readonly table: bigint;
  readonly key: Uint8Array;
  readonly change: 'added' | 'removed' | 'changed';
  /** Null when the row is not there. */
  readonly before: RowState | null;
  readonly after: RowState | null;
}

/** Differences one by one; undefined now and then on a long way to the next one. */
export type Differences = Generator<RowDifference | undefined, void>;

/**
 * The rows that differ between two positions, by table and key. From the later position to the earlier one it is the
 * same the other way round.
 */
export function* diffPositions(view: StoreView, from: bigint, to: bigint, options: DiffOptions): Differences {
  const earlier = from < to ? from : to;
  const range = { ...keysOf(options), at: earlier, since: earlier };
  for (const table of yield* stepped(tablesAt(view, options.table, earlier))) {
    const walk = new EntryWalk(view, table, range);
    if (walk.mayHaveChanged()) yield* diffTable(walk, table, from, to);
    yield undefined;
  }
}

function* diffTable(walk: EntryWalk, table: bigint, from: bigint, to: bigint): Differences {
  const compare = comparison(walk, from, to);
  const pace = new Pace(ENTRIES_PER_STEP);
  for (let found = walk.next(); found !== false; found = walk.next()) {
    const states = found === true ? compare() : undefined;
    const difference = states && differenceOf(table, states.before, states.after, () => walk.key());
    if (difference !== undefined) yield difference;
    else if (found === undefined || pace.isDue()) yield undefined;
  }
}

interface States {
  readonly before: RowState | null;
  readonly after: RowState | null;
}

/** Gives what the entry held at both positions; undefined when nothing happened to it in between. */
function comparison(walk: EntryWalk, from: bigint, to: bigint): () => States | undefined {
  const [earlier, later] = from < to ? [from, to] : [to, from];
  const [earlierWords, laterWords] = [U64.from(earlier), U64.from(later)];
  return () => {
    const last = walk.versionAt(laterWords, earlier);
    if (last !== undefined && last.value === undefined) return undefined;
    // No version was created at or before no position at all: the value is wanted in any case.
    const first = walk.versionAt(earlierWords, -1n);
    const [newer, older] = [stateOf(last), stateOf(first)];
    return from < to ? { before: older, after: newer } : { before: newer, after: older };
  };
}

function stateOf(version: ReturnType<EntryWalk['versionAt']>): RowState | null {
  return version?.value === undefined ? null : { value: version.value, createdAt: version.createdAt };
}

/** The difference between two states of a key; undefined when there is none. */
export function differenceOf(
  table: bigint,
  before: RowState | null,
  after: RowState | null,
  key: () => Uint8Array,
): RowDifference | undefined {
  if (before === null) return after === null ? undefined : { table, key: key(), change: 'added', before, after };
  if (after === null) return { table, key: key(), change: 'removed', before, after };
  return equalBytes(before.value, after.value) ? undefined : { table, key: key(), change: 'changed', before, after };
}
