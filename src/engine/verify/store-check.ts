/** One check of a store: pages, superblock, trees, versions, pages that no tree reaches. */
import type { StoreError, StoreErrorCode } from '../errors.js';
import { PAGE_SIZE, SUPERBLOCK } from '../format/layout.js';
import type { Steps } from '../steps.js';
import type { FindingCode, Severity } from './finding-kinds.js';
import { type Finding, FindingLog } from './findings.js';
import type { Forest, TreeCounts } from './forest.js';
import { walkOnce } from './one-pass.js';
import { PageSet } from './page-set.js';
import type { ShortTable } from './recorded-keys.js';
import { type PageScan, scanPages, sortUnreached, type Unreached } from './page-scan.js';
import type { PageFileReader } from './page-file-reader.js';
import type { PositionCheck } from './position-check.js';
import { checkSuperblock } from './superblock-check.js';
import type { StoreVisitor } from './store-visitor.js';
import { COPY_PAGE, type SuperblockContent } from './stored-superblock.js';
import { SumCheck } from './sum-check.js';
import { type Survey, surveyStore } from './survey.js';
import { checkTables } from './tables-check.js';
import type { Second } from './threads/second-thread.js';

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
  /**
   * Pages that are free, of which nothing is judged; undefined where the format has no free map. Null: it cannot be
   * read, so that pages that look damaged may be free, and the page sums were not compared.
   */
  readonly pagesFree: number | null | undefined;
  /** What was seen in trees; null where none could be looked for. */
  readonly trees: TreeCounts | null;
  /** Whether page 0 cannot be read, or is outdated, and its copy in page 1 was checked in its place. */
  readonly isCopyUsed: boolean;
  /** How many keys the tables record; null where nothing records it, or not all of the records can be read. */
  readonly keysRecorded: number | null;
  /** The tables of which not all keys could be reached, as far as they record how many there are; the first of them. */
  readonly shortTables: readonly ShortTable[];
  /** How many tables there are whose records cannot be read. */
  readonly tablesMissing: number;
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
 * How far a check has come: pages are looked at once on the way through the trees. Where that finds something, all of
 * them are looked at once more in the order of the file, and again on the way through the trees.
 */
export interface VerifyProgress {
  readonly pagesDone: number;
  /** An estimate, which grows where something is found; pages that no tree reaches are looked at only once. */
  readonly pagesTotal: number;
}

export interface CheckOptions {
  readonly quick: boolean;
  readonly findingsMax: number;
  readonly onProgress: (progress: VerifyProgress) => void;
  /** Why the journal that is beside the store is of no use. */
  readonly journalFault?: StoreError | undefined;
  /** Gives who looks on: a new one for each time that the store is gone through. The last one has seen all. */
  readonly watch?: ((pages: number) => StoreVisitor) | undefined;
  readonly second?: Second | undefined;
}

/**
 * Checks a store: what says which pages are free, every page by itself, the superblock, the trees, and then what no
 * tree has reached.
 *
 * @returns undefined when the store was changed meanwhile
 */
export function* checkStore(source: PageFileReader, options: CheckOptions): Steps<StoreReport | undefined> {
  if (options.quick || options.journalFault !== undefined) return yield* checkTwice(source, options);
  const { onProgress } = options;
  let done = 0;
  const report = yield* checkOnce(source, {
    ...options,
    onProgress: (progress) => {
      done = progress.pagesDone;
      onProgress(progress);
    },
  });
  if (report !== SOMETHING) return report;
  return yield* checkTwice(source, {
    ...options,
    onProgress: ({ pagesDone, pagesTotal }) => {
      onProgress({ pagesDone: done + pagesDone, pagesTotal: done + pagesTotal });
    },
  });
}

/** There is something to be found, or may be. */
const SOMETHING = 'something';

/** Looks whether there is anything to be found; where there is nothing, as `checkStore`. */
function* checkOnce(
  source: PageFileReader,
  { onProgress, watch, second }: CheckOptions,
): Steps<StoreReport | undefined | typeof SOMETHING> {
  const log = new FindingLog(1);
  const visitor = watch?.(pagesIn(source));
  const survey = yield* surveyStore(source, log, visitor, second);
  const { stored, forest, listed, freeMap } = survey;
  const { content } = stored;
  const { pages } = forest;
  const sums = new SumCheck(content);
  const free = yield* walkOnce(survey, sums, log, (pagesDone) => {
    onProgress({ pagesDone, pagesTotal: pages });
  });
  if (free === undefined || content === undefined) return SOMETHING;
  checkSuperblock(stored, listed, forest, 1, log);
  if (freeMap === 'known') sums.conclude(forest);
  forest.reportSuspect();
  checkApplied(content, forest.positions, log);
  checkLength(source.size, content, forest.tally.pageIdMax, log);
  if (!log.isEmpty) return SOMETHING;
  if (source.isChanged(stored.page)) return undefined;
  visitor?.end?.(survey);
  const scan = { pages, bytes: pages * PAGE_SIZE, soundPages: pages, suspects: new PageSet() };
  return reportOf(survey, scan, { free, leaked: 0, notJudged: 0 }, false);
}

/** Every page by itself first, then the trees: what is wrong is told by where it belongs. */
function* checkTwice(source: PageFileReader, options: CheckOptions): Steps<StoreReport | undefined> {
  const { quick, findingsMax, onProgress, journalFault, second } = options;
  const visitor = options.watch?.(pagesIn(source));
  const log = new FindingLog(findingsMax, visitor?.finding?.bind(visitor));
  if (journalFault !== undefined)
    log.add(JOURNAL_CODES[journalFault.code] ?? 'journal-unusable', { page: 0 }, { message: journalFault.message });
  const survey = yield* surveyStore(source, log, visitor, second);
  const { stored, forest, listed, freeMap } = survey;
  const { content } = stored;
  const { pages } = forest;
  const pagesTotal = quick ? pages : 2 * pages;
  const sums = new SumCheck(content);
  const scan = yield* scanPages(forest, sums, (pagesDone) => {
    onProgress({ pagesDone, pagesTotal });
  });
  forest.noteScan(scan);
  checkSuperblock(stored, listed, forest, scan.soundPages, log);
  if (freeMap === 'known') sums.conclude(forest);
  if (!quick) {
    yield* checkTables(survey.tables(), forest, (pagesReached) => {
      onProgress({ pagesDone: pages + pagesReached, pagesTotal });
    });
  }
  forest.reportSuspect();
  if (content !== undefined) {
    checkApplied(content, forest.positions, log);
    checkLength(source.size, content, forest.tally.pageIdMax, log);
  }
  const unreached = yield* checkUnreached(survey, scan, quick);
  const isWhole = !quick && log.severities().corrupt === 0;
  if (content !== undefined && isWhole && unreached.leaked > 0) checkTrace(content, forest.positions, log);
  if (source.isChanged(stored.page)) return undefined;
  visitor?.end?.(survey);
  return reportOf(survey, scan, unreached, quick);
}

function pagesIn({ size }: PageFileReader): number {
  return Math.floor(size / PAGE_SIZE);
}

/** Of what is no store, no page is worth a word. */
function* checkUnreached({ stored, forest, freeMap }: Survey, scan: PageScan, quick: boolean): Steps<Unreached> {
  const { content } = stored;
  if (content === undefined && scan.soundPages === 0) {
    return { free: 0, leaked: 0, notJudged: Math.max(0, scan.pages - forest.firstPage) };
  }
  const isMapKnown = freeMap !== 'unknown';
  return yield* sortUnreached(forest, scan, { leaksFrom: leaksFrom(forest, content, quick), isMapKnown });
}

function reportOf(
  { stored, forest, freeMap }: Survey,
  scan: PageScan,
  unreached: Unreached,
  quick: boolean,
): StoreReport {
  const { content } = stored;
  const { source, pages, reached, positions, log } = forest;
  const isWhole = !quick && content !== undefined;
  return {
    bytes: source.size,
    bytesChecked: scan.bytes,
    pages,
    pagesChecked: scan.pages,
    pagesReached: reached.size,
    pagesLeaked: unreached.leaked,
    pagesNotJudged: unreached.notJudged,
    pagesFree: { none: undefined, unknown: null, known: unreached.free }[freeMap],
    trees: isWhole ? forest.counts() : null,
    isCopyUsed: content?.pageId === COPY_PAGE,
    keysRecorded: isWhole ? forest.recordedKeys.total : null,
    shortTables: isWhole ? forest.recordedKeys.short : [],
    tablesMissing: forest.recordedKeys.tablesMissing,
    appliedPosition: content?.appliedPosition ?? null,
    tornTo: positions.tornTo,
    severities: log.severities(),
    codes: log.codes(),
    findings: log.findings(),
  };
}

/**
 * What torn pages have in common is the superblock: a single one is to blame itself; if there are several, it may be
 * out of date.
 */
function checkApplied(
  { appliedPosition }: SuperblockContent,
  { tornPages, tornTo }: PositionCheck,
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
function checkTrace({ appliedPosition }: SuperblockContent, { hasApplied }: PositionCheck, log: FindingLog): void {
  if (hasApplied || appliedPosition === 0n) return;
  const message = `the applied position is ${appliedPosition}, and no version begins or ends there`;
  const offset = SUPERBLOCK.appliedPositionOffset;
  log.add('applied-untraced', { page: 0 }, { message, offset, found: appliedPosition });
}

/** Holds the length of the file against what the superblock says, and both against the highest page that is in use. */
function checkLength(bytes: number, { nextPageId }: SuperblockContent, pageIdMax: number, log: FindingLog): void {
  const pages = Math.floor(bytes / PAGE_SIZE);
  if (nextPageId <= pageIdMax) {
    const message = `the next page id is ${nextPageId}, and page ${pageIdMax} is in use`;
    log.add('next-page-id', { page: 0 }, { message, expected: `${pageIdMax + 1} or more`, found: nextPageId });
  }
  if (nextPageId > pages) {
    const message = `the superblock counts ${nextPageId} pages, the file has ${pages}`;
    log.add('file-truncated', { page: 0 }, { message, expected: nextPageId, found: pages });
  } else if (bytes % PAGE_SIZE !== 0) {
    const message = `the file has ${bytes % PAGE_SIZE} bytes after its last whole page`;
    log.add('ragged-tail', { page: 0 }, { message, expected: pages * PAGE_SIZE, found: bytes });
  }
}

/** From which page on those that no tree has reached are known to belong to none. */
function leaksFrom({ tally, firstPage }: Forest, content: SuperblockContent | undefined, quick: boolean): number {
  if (content === undefined) return Infinity;
  if (!quick && !tally.blind) return firstPage;
  return content.nextPageId > tally.pageIdMax ? Number(content.nextPageId) : Infinity;
}
