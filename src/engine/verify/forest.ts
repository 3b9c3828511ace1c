import type { Steps } from '../steps.js';
import type { FindingLog } from './findings.js';
import { PageSet } from './page-set.js';
import { PageChunk, type PageFileReader } from './page-file-reader.js';
import { storeEnd, type SuperblockRecord } from './superblock-check.js';
import { TreeCheck } from './tree-check.js';
import { VersionCheck } from './version-check.js';

/** What was seen in the trees of a store. */
export interface TreeCounts {
  readonly tables: number;
  readonly leaves: number;
  readonly internals: number;
  readonly keys: number;
  readonly versions: number;
}

/** What was seen in trees so far. */
export interface TreeTally {
  leaves: number;
  internals: number;
  keys: number;
  /** The highest page in use. */
  pageIdMax: number;
  /** Whether a page that could not be read, or a pointer that leads astray, may have had more pages below it. */
  blind: boolean;
}

/** The trees of a store, and what their checks have in common. */
export class Forest {
  /** Where the store ends: no page pointer reaches it. */
  readonly end: bigint;
  readonly reached = new PageSet();
  readonly versions: VersionCheck;
  readonly tally: TreeTally;
  /** Where pages are read into, one tree after the other. */
  readonly chunk: PageChunk;

  /**
   * @param superblock undefined when it cannot be read
   * @param pages whole pages in the file
   */
  constructor(
    source: PageFileReader,
    private readonly superblock: SuperblockRecord | undefined,
    readonly pages: number,
    readonly log: FindingLog,
  ) {
    this.chunk = new PageChunk(source);
    this.end = storeEnd(superblock?.nextPageId ?? 0n, pages);
    this.versions = new VersionCheck(superblock?.appliedPosition ?? 0n);
    const roots = superblock?.tables.map(({ root }) => root).filter((root) => root < pages) ?? [];
    const pageIdMax = Math.max(0, ...roots.map(Number));
    const blind = superblock === undefined || superblock.tablesLost;
    this.tally = { leaves: 0, internals: 0, keys: 0, pageIdMax, blind };
  }

  /** Checks one tree after the other. `onReached` is told how many pages they have reached. */
  *steps(onReached: (pages: number) => void): Steps<void> {
    for (const table of this.superblock?.tables ?? []) {
      const steps = new TreeCheck(table, this).steps();
      while (steps.next().done !== true) {
        onReached(this.reached.size);
        yield;
      }
    }
  }

  /** Whether several tables have this root. */
  hasRootTwice(root: bigint): boolean {
    return (this.superblock?.tables ?? []).filter((table) => table.root === root).length > 1;
  }

  counts(): TreeCounts {
    const { leaves, internals, keys } = this.tally;
    const tables = this.superblock?.tables.length ?? 0;
    return { tables, leaves, internals, keys, versions: this.versions.versions };
  }
}
