/** The first pass of a check: every page in the order of the file, by itself. */
import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import type { FindingLog } from './findings.js';
import type { Forest, ScannedPages } from './forest.js';
import type { PageJudge } from './page-problems.js';
import { PageSet } from './page-set.js';
import { CHUNK_PAGES, PageChunk } from './page-file-reader.js';
import type { SumCheck } from './sum-check.js';
import { hasAdvisories, scanChunks } from './threads/shared-scan.js';

/** What a scan through the file found. */
export interface PageScan extends ScannedPages {
  /** Bytes of them. */
  readonly bytes: number;
  /** Pages without a fault. */
  readonly soundPages: number;
}

/**
 * Looks at every whole page of the file by itself, in the order of the file, but not at free ones: their bytes mean
 * nothing. What is wrong is not reported yet: that depends on whether a table reaches the page.
 *
 * @param sums is told of every page that is not free
 * @param onPages told how many pages were looked at so far
 */
export function* scanPages(forest: Forest, sums: SumCheck, onPages: (pages: number) => void): Steps<PageScan> {
  return (yield* scanTogether(forest, sums, onPages)) ?? (yield* scanAlone(forest, sums, onPages));
}

/** With the second thread, where there is one; undefined when it has to be done without. */
function* scanTogether(forest: Forest, sums: SumCheck, onPages: (pages: number) => void): Steps<PageScan | undefined> {
  const { source, judge, free, firstPage, pages, second } = forest;
  if (second === undefined || pages <= firstPage) return undefined;
  const range = { firstPage, pages, sumEnd: sums.end };
  second.give({ ...judge.data, scan: { ...range, free: free.blocks } });
  const chunks = scanChunks(source, judge, { ...range, free }, second.state);
  let step = chunks.next();
  for (; step.done !== true; step = chunks.next()) {
    onPages(step.value);
    yield;
  }
  const own = step.value;
  const other = yield* second.scanned();
  if (other === undefined || own.isShort || other?.isShort === true) return undefined;
  const seen: SeenPages = { soundPages: own.soundPages, suspects: new PageSet() };
  sums.addSum(own, own.added);
  if (other !== null) {
    sums.addSum(other, other.added);
    seen.soundPages += other.soundPages;
  }
  const chunk = new PageChunk(source);
  for (const first of [...own.rest, ...(other?.rest ?? [])].sort((a, b) => a - b)) {
    const end = Math.min(first + CHUNK_PAGES, pages);
    if (lookAt(forest, sums, chunk, first, end, seen) < end) return undefined;
    yield;
  }
  return { pages, bytes: pages * PAGE_SIZE, ...seen };
}

interface SeenPages {
  soundPages: number;
  readonly suspects: PageSet;
}

function* scanAlone(forest: Forest, sums: SumCheck, onPages: (pages: number) => void): Steps<PageScan> {
  const { source, firstPage, pages: total } = forest;
  sums.clear();
  const seen: SeenPages = { soundPages: 0, suspects: new PageSet() };
  const chunk = new PageChunk(source);
  let pageId = Math.min(total, firstPage);
  while (pageId < total) {
    const end = lookAt(forest, sums, chunk, pageId, Math.min(pageId + CHUNK_PAGES, total), seen);
    // The file has become shorter.
    if (end === pageId) break;
    pageId = end;
    onPages(pageId);
    yield;
  }
  return { pages: pageId, bytes: pageId * PAGE_SIZE, ...seen };
}

/** Looks at the pages of a chunk; gives where they end. */
function lookAt(
  { judge, free }: Forest,
  sums: SumCheck,
  chunk: PageChunk,
  first: number,
  end: number,
  seen: SeenPages,
): number {
  const last = first + chunk.load(first, end - first);
  for (let pageId = first; pageId < last; pageId++) {
    if (free.has(pageId)) continue;
    const page = chunk.page(pageId)!;
    if (judge.isTidy(page, pageId)) {
      sums.add(pageId, page, undefined);
      seen.soundPages++;
      continue;
    }
    const fault = judge.findFault(page, pageId);
    sums.add(pageId, page, fault);
    if (fault === undefined) seen.soundPages++;
    if (fault !== undefined || hasAdvisories(judge, page)) seen.suspects.add(pageId);
  }
  return last;
}

/** Pages whose reach is looked up in one step. */
const LOOKUPS_PER_STEP = 2 ** 16;

/** What became of the pages that no tree reached. */
export interface Unreached {
  readonly free: number;
  readonly leaked: number;
  readonly notJudged: number;
}

/** What is known of the pages that no tree reached. */
export interface Knowledge {
  /** From here on they are leaks, unless they are free; those before may belong below a page that cannot be read. */
  readonly leaksFrom: number;
  /** Whether it is known which pages are free. */
  readonly isMapKnown: boolean;
}

/**
 * Goes through the pages that no tree reached. Of one that may belong to a tree nothing is known but what is wrong in
 * it; where it may be free instead, even that means nothing.
 */
export function* sortUnreached(
  { source, judge, reached, free, firstPage, log }: Forest,
  { pages, suspects }: PageScan,
  { leaksFrom, isMapKnown }: Knowledge,
): Steps<Unreached> {
  const chunk = new PageChunk(source);
  const counts = { free: 0, leaked: 0, notJudged: 0 };
  for (let pageId = firstPage; pageId < pages; pageId++) {
    if (pageId % LOOKUPS_PER_STEP === 0) yield;
    if (reached.has(pageId)) continue;
    if (free.has(pageId)) {
      counts[isMapKnown ? 'free' : 'notJudged']++;
    } else if (pageId >= leaksFrom) {
      counts.leaked++;
      log.add('leaked-page', { page: pageId }, { message: 'no table reaches it' });
    } else if (suspects.has(pageId) && !isMapKnown) {
      counts.leaked++;
      log.add('leaked-page', { page: pageId }, { message: 'it is damaged, or free: the free map cannot be read' });
    } else {
      counts.notJudged++;
      if (!suspects.has(pageId)) continue;
      reportSuspect(judge, chunk, pageId, pages, log);
      yield;
    }
  }
  return counts;
}

function reportSuspect(judge: PageJudge, chunk: PageChunk, pageId: number, pages: number, log: FindingLog): void {
  if (chunk.page(pageId) === undefined) chunk.load(pageId, Math.min(CHUNK_PAGES, pages - pageId));
  const page = chunk.page(pageId);
  if (page === undefined) return;
  const fault = judge.findFault(page, pageId);
  for (const { code, ...facts } of fault === undefined ? judge.advisories(page) : [fault]) {
    log.add(code, { page: pageId }, facts);
  }
}
