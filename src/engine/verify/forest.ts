/** What the checks of all trees of a store have in common: a page belongs to one of them at most. */
import type { Page } from '../format/page.js';
import type { FindingFacts, FindingLog, Location } from './findings.js';
import type { PageFileReader } from './page-file-reader.js';
import type { PageJudge } from './page-problems.js';
import { PageSet } from './page-set.js';
import { RecordedKeys } from './recorded-keys.js';
import type { PositionCheck } from './position-check.js';
import type { StoreVisitor } from './store-visitor.js';
import type { PageRange } from './superblock-check.js';
import type { LeafHelper } from './threads/leaf-helper.js';
import type { Second } from './threads/second-thread.js';

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
  tables: number;
  leaves: number;
  internals: number;
  keys: number;
  /** The highest page in use. */
  pageIdMax: number;
  /** Whether a page that could not be read, or a pointer that leads astray, may have had more pages below it. */
  blind: boolean;
}

/** What the checks are made with. */
export interface ForestParts extends PageRange {
  readonly nextPageId: bigint;
  readonly source: PageFileReader;
  /** Whole pages in the file. */
  readonly pages: number;
  readonly judge: PageJudge;
  /** What pages say of their store, where they do. */
  readonly storeTag: number;
  readonly positions: PositionCheck;
  readonly appliedPosition: bigint;
  readonly log: FindingLog;
  readonly visitor?: StoreVisitor | undefined;
  /** A thread that looks at pages, too. */
  readonly second?: Second | undefined;
}

/** A page of which something is known before it is known where it belongs. */
export interface SuspectPage {
  readonly pageId: number;
  /** What is to be reported of it, as `page-sum`. */
  readonly facts: FindingFacts;
}

/** What is known of pages that were looked at in the order of the file. */
export interface ScannedPages {
  /** Where those end that were. */
  readonly pages: number;
  /** Those with something wrong in them. */
  readonly suspects: PageSet;
}

export class Forest implements ForestParts {
  readonly source: PageFileReader;
  readonly pages: number;
  readonly firstPage: number;
  readonly end: bigint;
  readonly nextPageId: bigint;
  readonly storeTag: number;
  readonly judge: PageJudge;
  readonly positions: PositionCheck;
  readonly appliedPosition: bigint;
  readonly log: FindingLog;
  readonly visitor: StoreVisitor | undefined;
  readonly second: Second | undefined;
  /** Looks at leaves before a walk comes to them. */
  helper: LeafHelper | undefined;
  readonly reached = new PageSet();
  readonly tally: TreeTally = { tables: 0, leaves: 0, internals: 0, keys: 0, pageIdMax: 0, blind: false };
  readonly recordedKeys: RecordedKeys;
  /** The pages that the free map has, as far as that is known. */
  readonly free = new PageSet();
  /** Reported where it is reached; undefined when there is none, or it was. */
  suspect: SuspectPage | undefined;
  /** Told of each page without a fault that is reached, the first time. */
  onSound: ((pageId: number, page: Page) => void) | undefined;
  #scan: ScannedPages | undefined;
  readonly #roots = new Map<bigint, number>();

  constructor(parts: ForestParts) {
    this.source = parts.source;
    this.pages = parts.pages;
    this.firstPage = parts.firstPage;
    this.end = parts.end;
    this.nextPageId = parts.nextPageId;
    this.storeTag = parts.storeTag;
    this.judge = parts.judge;
    this.positions = parts.positions;
    this.appliedPosition = parts.appliedPosition;
    this.log = parts.log;
    this.visitor = parts.visitor;
    this.second = parts.second;
    this.recordedKeys = new RecordedKeys(parts.log.limit);
  }

  /** Every page was looked at by itself. */
  noteScan(scan: ScannedPages): void {
    this.#scan = scan;
  }

  /** Whether a page was seen to have no fault, and nothing out of place. */
  isKnownSound(pageId: number): boolean {
    const scan = this.#scan;
    return scan !== undefined && pageId < scan.pages && !scan.suspects.has(pageId) && !this.free.has(pageId);
  }

  /** The superblock says that a tree begins at this page. */
  addRoot(root: bigint | number | null | undefined): void {
    if (root === null || root === undefined) return;
    root = BigInt(root);
    this.#roots.set(root, (this.#roots.get(root) ?? 0) + 1);
    if (root < this.pages) this.#use(Number(root));
  }

  /** Whether several trees have this root, by what the superblock says. */
  hasRootTwice(root: number): boolean {
    return (this.#roots.get(BigInt(root)) ?? 0) > 1;
  }

  /**
   * A page of the file belongs to a tree, or to a value.
   *
   * @param isFaulty it is reported for something else
   */
  reach(pageId: number, location: () => Location, isFaulty: boolean): void {
    this.reached.add(pageId);
    this.#use(pageId);
    if (this.free.has(pageId)) {
      this.log.add('free-reached', location(), { message: 'it is in use here, and the free map has it' });
    }
    if (this.suspect?.pageId !== pageId) return;
    if (isFaulty) this.suspect = undefined;
    else this.reportSuspect(location());
  }

  /** Reports the page that is not what it should be, if there is one, and it was not reported. */
  reportSuspect(location?: Location): void {
    const { suspect } = this;
    if (suspect === undefined) return;
    this.log.add('page-sum', location ?? { page: suspect.pageId }, suspect.facts);
    this.suspect = undefined;
  }

  #use(pageId: number): void {
    this.tally.pageIdMax = Math.max(this.tally.pageIdMax, pageId);
  }

  counts(): TreeCounts {
    const { tables, leaves, internals, keys } = this.tally;
    return { tables, leaves, internals, keys, versions: this.positions.versions };
  }
}
