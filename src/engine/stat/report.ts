/** What `stat` says about a store. What is null is not known: it is not recorded, and nothing was counted. */
import type { StoreError } from '../errors.js';

/** Pages by kind. */
export interface PageFigures {
  readonly total: number | null;
  /** Of the tree of entries. */
  readonly leaf: number | null;
  readonly internal: number | null;
  /** Of the tree of older events. */
  readonly historyLeaf: number | null;
  readonly historyInternal: number | null;
  /** Of long values. */
  readonly value: number | null;
}

/** The bytes of pages by what they are for; their sum is the bytes of the pages. */
export interface ByteFigures {
  /** Keys, each once. */
  readonly keys: number;
  /** Values that are visible now. */
  readonly values: number;
  /** Versions and deletions that are not, with all that belongs to them. */
  readonly history: number;
  /** Headers, slots, separators, and what else leads to the others. */
  readonly overhead: number;
  /** In pages that are in use. */
  readonly free: number;
}

/** What there is in a table, or in several. */
export interface Figures {
  /** Keys that have a value now. */
  readonly rows: number | null;
  /** Keys, deleted ones included. */
  readonly keys: number | null;
  /** Values of all keys, those of the past included. */
  readonly versions: number | null;
  /** Versions and deletions, as format 2 counts them; null in format 1. */
  readonly events: number | null;
  readonly pages: PageFigures;
  readonly bytes: ByteFigures | null;
  /** How much of the bytes of its pages is not free, 0 to 1; null without pages, too. */
  readonly fill: number | null;
}

export interface TableFigures extends Figures {
  readonly id: bigint;
  /** Levels of the tree of entries, and of that of older events. */
  readonly height: number;
  readonly historyHeight: number;
  /** The position from which on the table can be read; 0: from the first on. */
  readonly oldest: bigint;
  /** The position that changed it last, where that is recorded. */
  readonly lastChanged: bigint | null;
}

/** Pages that are of no table. */
export interface StorePages {
  readonly superblock: number;
  readonly catalogue: number | null;
  readonly free: number;
  /** Pages that nothing points to; null also when only one table was looked at. */
  readonly leaked: number | null;
}

/** How many pages of tables were changed last at a position from `from` to `to`, both included. */
export interface AgeFigures {
  readonly from: bigint;
  readonly to: bigint;
  readonly pages: number;
}

/** How many there are of a size from `from` to `to`, both included. */
export interface SpreadStep {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** How pages and keys differ. */
export interface SpreadFigures {
  /** Pages of tables: of ten equal steps from empty to full how many are in each. */
  readonly fill: readonly number[];
  /** Keys, by how many versions they have. */
  readonly versions: readonly SpreadStep[];
  /** Rows, by the bytes of their values. */
  readonly valueBytes: readonly SpreadStep[];
}

/** A key that takes much room, or has many versions. */
export interface EntryFigures {
  readonly table: bigint;
  readonly key: Uint8Array;
  /** Its entry, its older events, and its long values. */
  readonly bytes: number;
  readonly versions: number;
}

/** A key of format 1, whose versions must all fit one page. */
export interface HeadroomFigures {
  readonly table: bigint;
  readonly key: Uint8Array;
  /** Its entry, and what that can have. */
  readonly bytes: number;
  readonly bytesMax: number;
  /** Bytes of its newest value. */
  readonly valueBytes: number;
  /** How often it can be updated with values of that size. */
  readonly updatesLeft: number;
}

export interface StatReport {
  readonly format: number;
  /** Whether this is only what is recorded. */
  readonly isFast: boolean;
  readonly pages: number;
  readonly bytes: number;
  readonly appliedPosition: bigint;
  /** 32 bytes; zero at a position above 0: not known. */
  readonly appliedHash: Uint8Array;
  /** Whether the store was salvaged, and something was lost. */
  readonly isSalvaged: boolean;
  readonly storePages: StorePages;
  readonly tables: readonly TableFigures[];
  /** The sum of the tables. */
  readonly total: Figures;
  /** From the oldest to the newest; null where pages do not say when they were changed. */
  readonly age: readonly AgeFigures[] | null;
  /** The largest first. */
  readonly largest: readonly EntryFigures[] | null;
  /** The keys with the most versions. */
  readonly hottest: readonly EntryFigures[] | null;
  readonly spread: SpreadFigures | null;
  /** Those with the fewest updates left first; null where the number of versions has no limit. */
  readonly headroom: readonly HeadroomFigures[] | null;
  /** Whether page 0 cannot be read, or is outdated, and its copy in page 1 is used. */
  readonly isCopyUsed: boolean;
  /** That something of somebody else's has the journal's name. */
  readonly foreignFile: StoreError | undefined;
}
