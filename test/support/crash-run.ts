/** What the histories of a crash harness have in common. */
import type { FormatNumber } from './any-format.js';
import type { CrashFollower } from './crash-follower.js';
import type { CrashHistory } from './crash-history.js';
import type { CrashPoints } from './crash-points.js';
import type { MemoryFiles } from './memory-files.js';
import type { Random } from './random.js';

export interface RunCounts {
  /** Whole histories, each of a store of its own. */
  histories: number;
  commits: number;
  /** Files in which parts of a commit group have waited. */
  sortFiles: number;
  /** Operations that were made to fail, and batches that were rolled back for one. */
  faults: number;
  rollbacks: number;
  /** Commits that a follower has told of, before they returned or after. */
  followed: number;
}

export interface CrashRun {
  readonly random: Random;
  readonly format: FormatNumber;
  readonly points: CrashPoints;
  readonly counts: RunCounts;
  /** A history of a store that has nothing yet. */
  readonly newHistory: () => CrashHistory;
  /** Who follows a store, if anybody does. */
  readonly follow: (files: MemoryFiles) => CrashFollower | undefined;
}
