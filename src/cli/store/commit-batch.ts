/** Applies one batch and commits it. */
import { StoreError, WriteBatch, type BTreeStore } from '../../engine/index.js';
import type { Progress } from '../output/progress.js';
import { inSlices, TimeSlice } from '../time-slice.js';

/** An empty batch for the next position of the log; with `asserted` only if that is the one. */
export function nextBatch(store: BTreeStore, asserted?: bigint): WriteBatch {
  const next = store.appliedPosition + 1n;
  if (asserted === undefined || asserted === next) return new WriteBatch(next);
  const facts = { expected: next, found: asserted };
  throw new StoreError('NON_SEQUENTIAL_BATCH', `the next position is ${next}, not ${asserted}`, facts);
}

/** Applies a batch and makes it last. Returns its position. */
export async function commitBatch(store: BTreeStore, batch: WriteBatch, progress?: Progress): Promise<bigint> {
  const show = async () => progress?.show(() => 'committing');
  await inSlices(store.applySteps([batch]), new TimeSlice(), show);
  await inSlices(store.checkpointSteps(), new TimeSlice(), show);
  return batch.position;
}
