/** Which exit code an error ends a command with. */
import type { StoreErrorCode } from '../engine/index.js';

/** The exit codes that scripts rely on. */
export const EXIT = {
  ok: 0,
  cleanNo: 1,
  usage: 2,
  damaged: 3,
  refused: 4,
  busy: 5,
  system: 6,
  bug: 70,
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const WORST_FIRST: readonly ExitCode[] = [EXIT.damaged, EXIT.cleanNo, EXIT.bug, EXIT.refused, EXIT.system, EXIT.busy];

/**
 * Orders the exit codes of several stores, the worst first: a damaged store is worse than one that could not be looked
 * at.
 */
export function bySeverity(a: ExitCode, b: ExitCode): number {
  return WORST_FIRST.indexOf(a) - WORST_FIRST.indexOf(b);
}

/** Which exit code each error of the engine ends a command with; a new code does not compile until it is here. */
export const STORE_EXIT_CODES: Readonly<Record<StoreErrorCode, ExitCode>> = {
  NOT_A_STORE: EXIT.damaged,
  UNSUPPORTED_VERSION: EXIT.damaged,
  SUPERBLOCK_CORRUPTED: EXIT.damaged,
  PAGE_CORRUPTED: EXIT.damaged,
  TREE_CORRUPTED: EXIT.damaged,
  STORE_TRUNCATED: EXIT.damaged,
  JOURNAL_FOREIGN: EXIT.damaged,
  JOURNAL_CORRUPTED: EXIT.damaged,
  SUPERBLOCK_COPY_USED: EXIT.damaged,
  STORE_TORN: EXIT.damaged,

  NON_SEQUENTIAL_BATCH: EXIT.refused,
  KEY_TOO_LONG: EXIT.refused,
  ENTRY_TOO_LARGE: EXIT.refused,
  VALUE_TOO_LARGE: EXIT.refused,
  BATCH_TOO_LARGE: EXIT.refused,
  TOO_MANY_TABLES: EXIT.refused,
  POSITION_BEYOND_APPLIED: EXIT.refused,
  POSITION_FORGOTTEN: EXIT.refused,
  POSITIONS_EXHAUSTED: EXIT.refused,
  TORN_VERSION: EXIT.refused,
  INVALID_LOG_LINE: EXIT.refused,
  LOG_GAP: EXIT.refused,
  LOG_MISMATCH: EXIT.refused,
  LINE_TOO_LONG: EXIT.refused,
  READ_ONLY: EXIT.refused,
  FEATURE_UNSUPPORTED: EXIT.refused,
  FORMAT_MISMATCH: EXIT.refused,
  PAGE_BEYOND_END: EXIT.refused,
  STORE_HAS_LINKS: EXIT.refused,
  STORE_NAME_TOO_LONG: EXIT.refused,
  STORE_TOO_LARGE: EXIT.refused,
  STORE_IS_MOUNT_POINT: EXIT.refused,
  SIDE_FILE_FOREIGN: EXIT.refused,
  SNAPSHOT_GONE: EXIT.refused,
  OUTPUT_EXISTS: EXIT.refused,
  OUTPUT_IS_INPUT: EXIT.refused,

  STORE_CHANGING: EXIT.busy,
  STORE_LOCKED: EXIT.busy,
  STORE_REPLACED: EXIT.busy,
  LOCK_LOST: EXIT.busy,

  STORE_NOT_FOUND: EXIT.system,
  STORE_EXISTS: EXIT.system,
  FILE_NOT_FOUND: EXIT.system,
  FILE_EXISTS: EXIT.system,
  NOT_A_FILE: EXIT.system,
  IO_ERROR: EXIT.system,
  STORE_FAILED: EXIT.system,

  INVALID_ARGUMENT: EXIT.bug,
  STORE_CLOSED: EXIT.bug,
  COPY_DIFFERS: EXIT.bug,
};
