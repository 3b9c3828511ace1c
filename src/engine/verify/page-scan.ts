/** The first pass of a check: every page in the order of the file, by itself. */
import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import type { FindingLog } from './findings.js';
import type { Forest, ScannedPages } from './forest.js';
import type { PageJudge } from './page-problems.js';
import { PageSet } from './page-set.js';
import { CHUNK_PAGES, PageChunk } from './page-file-reader.js';
import type { SumCheck } from './sum-check.js';

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
export function* scanPages(
  { source, judge, free, firstPage, pages: total }: Forest,
  sums: SumCheck,
  onPages: (pages: number) => void,
): Steps<PageScan> {
  const suspects = new PageSet();
  const chunk = new PageChunk(source);
  let soundPages = 0;
  let pageId = Math.min(total, firstPage);
  while (pageId < total) {
    const count = chunk.load(pageId, Math.min(CHUNK_PAGES, total - pageId));
    // The file has become shorter.
    if (count === 0) break;
    for (const end = pageId + count; pageId < end; pageId++) {
      if (free.has(pageId)) continue;
      const page = chunk.page(pageId)!;
      if (judge.isTidy(page, pageId)) {
        sums.add(pageId, page, undefined);
        soundPages++;
        continue;
      }
      const fault = judge.findFault(page, pageId);
      sums.add(pageId, page, fault);
      if (fault === undefined) soundPages++;
      if (fault !== undefined || hasAdvisories(judge, page)) suspects.add(pageId);
    }
    onPages(pageId);
    yield;
  }
  return { pages: pageId, bytes: pageId * PAGE_SIZE, soundPages, suspects };
}

function hasAdvisories(judge: PageJudge, page: Parameters<PageJudge['advisories']>[0]): boolean {
  for (const _ of judge.advisories(page)) return true;
  return false;
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
