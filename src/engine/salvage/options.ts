/** What a salvage is asked for, and what it has come to. */
import type { FileSystem } from '../file/files.js';
import type { CopyPlan } from '../build/copy-options.js';
import type { Loss } from './losses.js';

export interface SalvageOptions {
  /** Whether the output may take the place of a file that is there (default false). */
  readonly force?: boolean;
  /** How long to wait for a writer of the output (default 5,000; 0 = do not wait). */
  readonly lockTimeoutMs?: number;
  readonly cachePages?: number;
  /** The format of the output: that of the damaged store, or a newer one (default: the same). */
  readonly format?: number;
  /** The table of rows of which it cannot be told (default: tables of their own). */
  readonly assumeTable?: bigint;
  readonly onBegin?: (plan: CopyPlan) => void;
  readonly onProgress?: (progress: SalvageProgress) => void;
  readonly files?: FileSystem;
}

export interface SalvageProgress {
  readonly phase: 'checking' | 'reading' | 'writing' | 'comparing';
  readonly pagesDone: number;
  readonly pagesTotal: number;
}

export interface SalvagedTable {
  /** In the output. */
  readonly id: bigint;
  /** Whether the id is the one that the table had: leaves of format 1 do not say it. */
  readonly isKnown: boolean;
  readonly keys: number;
  readonly versions: number;
  /** How many keys the damaged store counted; undefined where that is not known. */
  readonly keysBefore: number | undefined;
}

export interface SalvageSummary {
  /** Where the output is, links followed. */
  readonly path: string;
  readonly tables: readonly SalvagedTable[];
  readonly appliedPosition: bigint;
  /** Whether the damaged store said its position; otherwise it is the highest that was found. */
  readonly isPositionKnown: boolean;
  /** Whether tables that were purged may be there again: nothing says what was purged. */
  readonly mayHavePurged: boolean;
  readonly lost: readonly Loss[];
  /** How many values were found whose rows are lost: they are there from when they were put, and no longer. */
  readonly valuesAlone: number;
  /** Whether it is marked as salvaged with losses, in a format that can say so, and its log hash is unknown. */
  readonly isMarked: boolean;
  /** Whether a log was given that has all batches up to the position. */
  readonly isLogComplete: boolean;
  readonly pages: number;
}
