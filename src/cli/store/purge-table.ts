/** Purges a table and commits that. */
import type { BTreeStore, Steps } from '../../engine/index.js';
import { nextBatch } from './commit-batch.js';

/** What a purge did. */
export interface Purged {
  readonly position: bigint;
  readonly pagesFreed: number;
}

/** Applies a batch with one purge, in steps, and makes it last. */
export function* purgeTable(store: BTreeStore, table: bigint): Steps<Purged> {
  const batch = nextBatch(store).purge(table);
  yield* store.applySteps([batch]);
  const { pagesFreed } = store;
  yield* store.checkpointSteps();
  return { position: batch.position, pagesFreed };
}
