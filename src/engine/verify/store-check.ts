import type { StoreError, StoreErrorCode } from '../errors.js';
import { PAGE_SIZE, SUPERBLOCK } from '../format/layout.js';
import type { Steps } from '../steps.js';
import type { FindingCode, Severity } from './finding-kinds.js';
import { type Finding, FindingLog } from './findings.js';
import { Forest, type TreeCounts } from './forest.js';
import { scanPages, sortUnreached } from './page-scan.js';
import type { PageFileReader } from './page-file-reader.js';
import { checkSuperblock, type SuperblockRecord } from './superblock-check.js';
import type { VersionCheck } from './version-check.js';

/** What is wrong with a journal, by the error that it ends in. */
const JOURNAL_CODES: Readonly<Partial<Record<StoreErrorCode, FindingCode>>> = {
  JOURNAL_CORRUPTED: 'journal-damaged',
  UNSUPPORTED_VERSION: 'journal-version',
};

/** What a check found, and how much it has looked at. */
export interface StoreReport {
  /** Bytes of the file, and those in pages that were looked at. */
  readonly bytes: number;
  readonly bytesChecked: number;
  /** Whole pages of the file, the superblock included, and those that were looked at. */
  readonly pages: number;
  readonly pagesChecked: number;
  /** Pages that a table reaches, that none does, and of which that could not be told. */
  readonly pagesReached: number;
  readonly pagesLeaked: number;
  readonly pagesNotJudged: number;
  /** What was seen in trees; null where none could be looked for. */
  readonly trees: TreeCounts | null;
  /** Null when the superblock cannot be read. */
  readonly appliedPosition: bigint | null;
  /** The highest position beyond the applied one that a crash left in a version. */
  readonly tornTo: bigint | null;
  /** How many findings there are in all. */
  readonly severities: Readonly<Record<Severity, number>>;
  readonly codes: Readonly<Partial<Record<FindingCode, number>>>;
  /** The worst of them. */
  readonly findings: readonly Finding[];
}

/**
 * How far a check has come: pages are looked at once in the order of the file, and once more on the way through the
 * trees.
 */
export interface VerifyProgress {
  readonly pagesDone: number;
  /** An estimate: pages that no tree reaches are looked at only once. */
  readonly pagesTotal: number;
}

export interface CheckOptions {
  readonly quick: boolean;
  readonly findingsMax: number;
  readonly onProgress: (progress: VerifyProgress) => void;
  /** Why the journal that lies beside the store is of no use. */
  readonly journalFault?: StoreError | undefined;
}

/**
 * Checks the pages of a store, then its superblock, then its trees, and then what no tree has reached.
 *
 * @returns undefined when the store was changed meanwhile
 */
export function* checkStore(source: PageFileReader, options: CheckOptions): Steps<StoreReport | undefined> {
  const { quick, findingsMax, onProgress, journalFault } = options;
  const log = new FindingLog(findingsMax);
  if (journalFault !== undefined)
    log.add(JOURNAL_CODES[journalFault.code] ?? 'journal-unusable', { page: 0 }, { message: journalFault.message });
  const pages = Math.floor(source.size / PAGE_SIZE);
  const pagesTotal = quick ? pages : 2 * pages;
  const scan = yield* scanPages(source, (pagesDone) => {
    onProgress({ pagesDone, pagesTotal });
  });
  const superblock = checkSuperblock(scan.superblock, pages, scan.soundPages, log);
  const forest = new Forest(source, superblock, pages, log);
  if (!quick) {
    yield* forest.steps((pagesReached) => {
      onProgress({ pagesDone: pages + pagesReached, pagesTotal });
    });
  }
  if (superblock !== undefined) {
    checkApplied(superblock, forest.versions, log);
    checkLength(source.size, superblock, forest.tally.pageIdMax, log);
  }
  // Of what is no store, no page is worth a word.
  const isNoStore = superblock === undefined && scan.soundPages === 0;
  const unreached = isNoStore
    ? { leaked: 0, notJudged: Math.max(0, scan.pages - 1) }
    : yield* sortUnreached(source, scan, forest.reached, leaksFrom(forest, superblock, quick), log);
  const isWhole = !quick && log.severities().corrupt === 0;
  if (superblock !== undefined && isWhole && unreached.leaked > 0) checkTrace(superblock, forest.versions, log);
  if (source.isChanged(scan.superblock)) return undefined;
  return {
    bytes: source.size,
    bytesChecked: scan.bytes,
    pages,
    pagesChecked: scan.pages,
    pagesReached: forest.reached.size,
    pagesLeaked: unreached.leaked,
    pagesNotJudged: unreached.notJudged,
    trees: quick || superblock === undefined ? null : forest.counts(),
    appliedPosition: superblock?.appliedPosition ?? null,
    tornTo: forest.versions.tornTo,
    severities: log.severities(),
    codes: log.codes(),
    findings: log.findings(),
  };
}

/** What torn pages have in common is the superblock: a single one is to blame itself, of several it may be behind. */
function checkApplied(
  { appliedPosition }: SuperblockRecord,
  { tornPages, tornTo }: VersionCheck,
  log: FindingLog,
): void {
  if (tornPages < 2) return;
  const message = `the applied position is ${appliedPosition}, ${tornPages} pages hold what came later, up to ${tornTo}`;
  const facts = { message, offset: SUPERBLOCK.appliedPositionOffset, expected: `${tornTo} or more` };
  log.add('applied-behind', { page: 0 }, { ...facts, found: appliedPosition });
}

/**
 * A commit of which only the superblock and new pages reached the file leaves pages that nothing points to, and no
 * version of its position. So does a batch that changed nothing beside pages that leak for another reason.
 */
function checkTrace({ appliedPosition }: SuperblockRecord, { hasApplied }: VersionCheck, log: FindingLog): void {
  if (hasApplied || appliedPosition === 0n) return;
  const message = `the applied position is ${appliedPosition}, and no version begins or ends there`;
  const offset = SUPERBLOCK.appliedPositionOffset;
  log.add('applied-untraced', { page: 0 }, { message, offset, found: appliedPosition });
}

/** Holds the length of the file against what the superblock says, and both against the highest page that is in use. */
function checkLength(bytes: number, { nextPageId }: SuperblockRecord, pageIdMax: number, log: FindingLog): void {
  const pages = Math.floor(bytes / PAGE_SIZE);
  if (nextPageId <= pageIdMax) {
    const message = `the next page id is ${nextPageId}, and page ${pageIdMax} is in use`;
    log.add('next-page-id', { page: 0 }, { message, expected: `${pageIdMax + 1} or more`, found: nextPageId });
  }
  if (nextPageId > pages) {
    const message = `the superblock counts ${nextPageId} pages, the file has ${pages}`;
    log.add('file-truncated', { page: 0 }, { message, expected: nextPageId, found: pages });
  } else if (bytes % PAGE_SIZE !== 0) {
    const message = `the file has ${bytes % PAGE_SIZE} bytes behind its last whole page`;
    log.add('ragged-tail', { page: 0 }, { message, expected: pages * PAGE_SIZE, found: bytes });
  }
}

/** From which page on those that no tree has reached are known to belong to none. */
function leaksFrom({ tally }: Forest, superblock: SuperblockRecord | undefined, quick: boolean): number {
  if (superblock === undefined) return Infinity;
  if (!quick && !tally.blind) return 1;
  return superblock.nextPageId > tally.pageIdMax ? Number(superblock.nextPageId) : Infinity;
}
