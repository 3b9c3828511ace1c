/** Stores that are fed by replays, and crash meanwhile. */
import { Replayer } from '../../src/engine/index.js';
import { utf8 } from './bytes.js';
import { contentsAfterEach } from './crash-contents.js';
import type { CrashHistory } from './crash-history.js';
import { openToChange, type State } from './crash-points.js';
import type { CrashRun } from './crash-run.js';
import { formatLine } from './log-lines.js';
import { CHANGING, type FileOperation, MemoryFiles } from './memory-files.js';
import type { Batch } from './model.js';
import type { Random } from './random.js';

const LINES = 24;

/** A replay commits whenever a group is full, and parts of the group wait in a file until then. */
export function replayedHistory({ random, format, points, counts, newHistory, follow }: CrashRun): void {
  const history = newHistory();
  const files = new MemoryFiles();
  let allowed: readonly State[] = [undefined];
  const follower = follow(files);
  files.onOperation = (operation) => {
    if (isSortFile(operation)) counts.sortFiles += 1;
    if (CHANGING.includes(operation.kind)) points.crash(files, follower?.look(allowed) ?? allowed);
  };
  for (let replay = 0; replay < 4 && !points.isEnough(); replay += 1) {
    const store = openToChange(files, format, random);
    const replayer = new Replayer(store, {
      partBytes: random.between(1000, 8000),
      groupBytes: random.between(10_000, 60_000),
    });
    let [committed] = allowed;
    const { model } = history.branch();
    const batches = someLines(random, history);
    const contents = contentsAfterEach(model, batches);
    for (const [index, batch] of batches.entries()) {
      if (points.isEnough()) break;
      points.committing(files);
      allowed = [committed, contents[index]];
      replayer.push(utf8(formatLine(batch)));
      if (replayer.summary.toPosition !== batch.position) continue;
      committed = contents[index];
      counts.commits += 1;
    }
    replayer.finish();
    allowed = allowed.slice(1);
    counts.commits += 1;
    store.close();
    points.crash(files, allowed);
  }
  follower?.close();
  counts.followed += follower?.times ?? 0;
}

function someLines(random: Random, history: CrashHistory): Batch[] {
  const batches: Batch[] = [];
  while (batches.length < LINES) {
    const isWhole = history.model.format !== 1 && random.chance(0.15);
    batches.push(...(isWhole ? history.nextCommit() : [history.next()]));
  }
  return batches;
}

const isSortFile = ({ kind, path }: FileOperation): boolean => kind === 'create' && path.includes('-sort-');
