/** What copies of stores are asked for, and what they have come to. */
import type { FileSystem } from '../file/files.js';
import type { CopyProgress } from './progress.js';

/** How a store is copied, and where to. */
export interface CopyOptions {
  /** Where the copy goes (default: to the place of the store, keeping its owner, its mode and links to it). */
  readonly output?: string;
  /** Whether `output` may take the place of a file that is there (default false). */
  readonly force?: boolean;
  /** Pages of each store kept in memory, 32 or more (default 256: each is read once, in order). */
  readonly cachePages?: number;
  /** How long to wait for a writer of either store (default 5,000; 0 = do not wait). */
  readonly lockTimeoutMs?: number;
  /** Is told, before anything is written, where the copy goes and about how much room it takes. */
  readonly onBegin?: (plan: CopyPlan) => void;
  /** Is told between steps how far the copy has come. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Where the stores are (default: the file system of the machine). */
  readonly files?: FileSystem;
}

/** How a copy is made that goes to a file of its own. */
export type BackupOptions = Omit<CopyOptions, 'output'>;

/** What a backup has come to. */
export interface BackupSummary {
  /** Where it is, links followed. */
  readonly path: string;
  readonly appliedPosition: bigint;
  readonly pages: number;
  readonly bytes: number;
}

export type UpgradeOptions = CopyOptions;

/** A copy that is about to be made. */
export interface CopyPlan {
  /** Where it goes, links followed. */
  readonly path: string;
  /** As much as the store has, without what is free: a copy is seldom larger. */
  readonly bytes: number;
}

export interface CompactOptions extends CopyOptions {
  /** The oldest position that the copy has to answer: what only older ones need is left out (default: nothing is). */
  readonly keepFrom?: bigint;
  /** The format of the copy (default: that of the store). */
  readonly format?: number;
  /** Only find out what it would come to: nothing is written, and a writer at work is not waited for. */
  readonly dryRun?: boolean;
}

/** How a store is rewound: as it is copied, to where it is told. */
export type RewindOptions = Omit<CopyOptions, 'output'>;

/** What an upgrade has come to. */
export interface UpgradeSummary {
  /** Where it is, links followed. */
  readonly path: string;
  readonly fromFormat: number;
  readonly toFormat: number;
  readonly pagesBefore: number;
  readonly pagesAfter: number;
  readonly appliedPosition: bigint;
}

/** What a copy has come to. */
export interface CopySummary extends UpgradeSummary {
  readonly versionsBefore: number;
  readonly versionsAfter: number;
  /** Keys that nothing was left of. */
  readonly keysDropped: number;
  /** The first position at which all tables can be read. */
  readonly oldest: bigint;
  /** Whether the copy knows the hash of the log. */
  readonly isHashKnown: boolean;
}

/** What a rewind has come to; its keys that were dropped are those that came later. */
export type RewindSummary = CopySummary;
