/** What a salvage is asked for, and what it has come to. */
import type { CopyOptions } from '../build/copy-options.js';
import type { Loss } from './losses.js';

/** How a store is saved: as it is copied, to where it is told. */
export interface SalvageOptions extends Omit<CopyOptions, 'output' | 'onProgress'> {
  /** The format of the output: that of the damaged store, or a newer one (default: the same). */
  readonly format?: number;
  /** The table of rows of which it cannot be told (default: tables of their own). */
  readonly assumeTable?: bigint;
  readonly onProgress?: (progress: SalvageProgress) => void;
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
