/**
 * The log again: what a store knows of its batches, in the order of their positions. An operation is a put where a
 * version begins, and a delete where one ends without another one beginning; within a batch by table, then key.
 */
import { readU64, U64 } from '../bytes/u64.js';
import { WriteBatch } from '../log/batch.js';
import { isHashKnown } from '../log/hash-chain.js';
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import { Pace, stepped, type Steps } from '../steps.js';
import { EntryWalk } from './entry-walk.js';
import { storeEvents } from './key-events.js';
import { PositionSorter } from './position-sorter.js';
import { ENTRIES_PER_STEP, type StoreView, tablesAt } from './view.js';

export interface ChangesOptions {
  /** Only what happened to this table (default: all). The hash of the log is not that of such batches. */
  readonly table?: bigint | undefined;
  /** @internal So many bytes are sorted in memory. */
  readonly partBytes?: number | undefined;
}

/** Batches one by one; undefined now and then on a long way to the next one. */
export type Changes = Generator<WriteBatch | undefined, void>;

/** Operations copied between two steps. */
const OPERATIONS_PER_STEP = 1024;

/** The batches after one position and up to another, empty ones too; the last has its hash where that is known. */
export function* changesBetween(view: StoreView, after: bigint, upTo: bigint, options: ChangesOptions): Changes {
  const sorter = new PositionSorter(view.files, options.partBytes);
  try {
    for (const table of yield* stepped(tablesAt(view, options.table, after))) {
      yield* stepped(gather(view, table, after, upTo, sorter));
    }
    const { position, hash } = view.applied;
    const isKnown = options.table === undefined && upTo === position && isHashKnown(hash, position);
    yield* batchesOf(sorter.sorted(), after, upTo, isKnown ? hash : undefined);
  } finally {
    sorter.close();
  }
}

/** Gives the sorter all that happened to a table. */
function* gather(view: StoreView, table: bigint, after: bigint, upTo: bigint, sorter: PositionSorter): Steps<void> {
  const walk = new EntryWalk(view, table, { from: undefined, to: undefined, at: after, since: after });
  if (!walk.mayHaveChanged()) return;
  const words = U64.from(upTo);
  const pace = new Pace(ENTRIES_PER_STEP);
  for (let found = walk.next(); found !== false; found = walk.next()) {
    if (found === undefined || pace.isDue()) yield;
    if (found === undefined || isUnchanged(walk, words, after)) continue;
    yield* gatherKey(walk, table, after, words, sorter);
  }
}

function isUnchanged(walk: EntryWalk, upTo: U64, after: bigint): boolean {
  const last = walk.versionAt(upTo, after);
  return last !== undefined && last.createdAt <= after;
}

function* gatherKey(walk: EntryWalk, table: bigint, after: bigint, upTo: U64, sorter: PositionSorter): Steps<void> {
  const key = walk.key();
  for (const { position, value } of storeEvents(walk, upTo)) {
    if (position <= after) return;
    yield* sorter.add(position, table, key, value);
    yield;
  }
}

/** @param hash of the last batch */
function* batchesOf(source: OperationIterator, after: bigint, upTo: bigint, hash: Uint8Array | undefined): Changes {
  let isOn = source.next();
  for (let position = after + 1n; position <= upTo; position++) {
    const batch = new WriteBatch(position, position === upTo ? hash : undefined);
    for (; isOn && source.at.compare(batch.at) === 0; isOn = source.next()) {
      const { operation } = source;
      batch.appendCopy(readU64(operation.view, operation.tableOffset), operation);
      if (batch.operationCount % OPERATIONS_PER_STEP === 0) yield undefined;
    }
    yield batch;
  }
}
