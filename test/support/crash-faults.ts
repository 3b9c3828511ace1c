/** Stores on disks that fail, and crash some time after. */
import { type BTreeStore, Replayer, StoreError } from '../../src/engine/index.js';
import { utf8 } from './bytes.js';
import { contentOf, contentsAfterEach } from './crash-contents.js';
import { CrashOutcome } from './crash-outcome.js';
import { openToChange, type State } from './crash-points.js';
import type { CrashRun } from './crash-run.js';
import { toWriteBatch } from './engine-rows.js';
import { formatLine } from './log-lines.js';
import { CHANGING, clearFaults, type Fault, injectFault, MemoryFiles } from './memory-files.js';
import type { Batch } from './model.js';
import type { Random } from './random.js';

/**
 * A store on a disk that fails at some operation, up to its first error: it must be told as one, leave the store as
 * before or as after the commit that it struck, and be over when the store is opened again.
 */
export function faultyHistory({ random, format, points, counts, newHistory }: CrashRun): void {
  const history = newHistory();
  const files = new MemoryFiles();
  const allowed: State[] = [undefined];
  const fault = randomFault(random);
  const commits = random.between(2, format === 1 ? 4 : 6);
  let tally = { failed: 0 };
  let store: BTreeStore | undefined;
  try {
    for (let commit = 0; commit < commits; commit += 1) {
      store ??= openToChange(files, format, random);
      points.committing(files);
      if (commit === commits - 1) tally = injectFault(files, fault);
      const { model } = history.branch();
      const batches = history.nextCommit();
      const replays = random.chance(0.5);
      // A replay commits the batches before the one at which the disk failed.
      if (replays) allowed.push(...contentsAfterEach(model, batches.slice(0, -1)));
      allowed.push(contentOf(history.model));
      if (replays) replayAtOnce(store, batches);
      else commitAtOnce(store, batches);
      allowed.splice(0, allowed.length - 1);
      if (random.chance(0.5)) continue;
      store.close();
      store = undefined;
    }
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'IO_ERROR') throw error;
    if (tally.failed === 0) points.violation(`an error without a fault: ${error.message}`);
  }
  counts.faults += tally.failed > 0 ? 1 : 0;
  // For half of the stores the disk gets well before they are closed.
  if (random.chance(0.5)) clearFaults(files);
  closeInAnyCase(store);
  clearFaults(files);
  points.crash(files, allowed);
  const asItIs = files.crash(random, new CrashOutcome(random, Infinity, 'everything'));
  points.tally.points += 1;
  points.check(asItIs, allowed);
}

function randomFault(random: Random): Fault {
  return {
    kinds: random.chance(0.8) ? CHANGING : [...CHANGING, 'open', 'read', 'size', 'close'],
    nth: 1 + Math.floor(80 * random.next() ** 2),
    forEver: random.chance(0.5),
    errno: random.pick(['EIO', 'ENOSPC']),
    writtenShare: random.pick([0, 0, random.next()]),
  };
}

function commitAtOnce(store: BTreeStore, batches: readonly Batch[]): void {
  store.applyAll(batches.map(toWriteBatch));
  store.sync();
}

/** As one group, each batch of which waits in a file. */
function replayAtOnce(store: BTreeStore, batches: readonly Batch[]): void {
  const replayer = new Replayer(store, { partBytes: 1 });
  for (const batch of batches) replayer.push(utf8(formatLine(batch)));
  replayer.finish();
}

function closeInAnyCase(store: BTreeStore | undefined): void {
  try {
    store?.close();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
