import { PAGE_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import type { FindingLog } from './findings.js';
import { advisoryFaults } from '../format/advisory-faults.js';
import { findFault } from './page-problems.js';
import { PageSet } from './page-set.js';
import { CHUNK_PAGES, PageChunk, type PageFileReader } from './page-file-reader.js';

/** What a scan through the file found. */
export interface PageScan {
  /** The file's beginning, up to one page. */
  readonly superblock: Buffer;
  /** Pages that were looked at, the superblock included. */
  readonly pages: number;
  /** Bytes of them. */
  readonly bytes: number;
  /** Tree pages that can be read. */
  readonly soundPages: number;
  /** Pages with something wrong in them. */
  readonly suspects: PageSet;
}

/**
 * Looks at every whole page of the file by itself, in the order of the file. What is wrong is not reported yet: that
 * depends on whether a table reaches the page.
 *
 * @param onPages told how many pages were looked at so far
 */
export function* scanPages(source: PageFileReader, onPages: (pages: number) => void): Steps<PageScan> {
  const total = Math.floor(source.size / PAGE_SIZE);
  const superblock = readSuperblock(source);
  const suspects = new PageSet();
  const chunk = new PageChunk(source);
  let soundPages = 0;
  let pageId = Math.min(total, 1);
  while (pageId < total) {
    const count = chunk.load(pageId, Math.min(CHUNK_PAGES, total - pageId));
    // The file has become shorter.
    if (count === 0) break;
    for (const end = pageId + count; pageId < end; pageId++) {
      const page = chunk.page(pageId)!;
      const fault = findFault(page);
      if (fault === undefined) soundPages++;
      if (fault !== undefined || advisoryFaults(page).length > 0) suspects.add(pageId);
    }
    onPages(pageId);
    yield;
  }
  return { superblock, pages: pageId, bytes: pageId * PAGE_SIZE, soundPages, suspects };
}

function readSuperblock(source: PageFileReader): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE);
  return bytes.subarray(0, source.read(0, 1, bytes));
}

/** Pages whose reach is looked up in one step. */
const LOOKUPS_PER_STEP = 2 ** 16;

/** What became of the pages that no tree reached. */
export interface Unreached {
  readonly leaked: number;
  readonly notJudged: number;
}

/**
 * Goes through the pages that no tree reached. From `leaksFrom` on they are leaks; those before it may belong below a
 * page that cannot be read, so that nothing is known but what is wrong in them.
 */
export function* sortUnreached(
  source: PageFileReader,
  { pages, suspects }: PageScan,
  reached: PageSet,
  leaksFrom: number,
  log: FindingLog,
): Steps<Unreached> {
  const chunk = new PageChunk(source);
  let leaked = 0;
  let notJudged = 0;
  for (let pageId = 1; pageId < pages; pageId++) {
    if (pageId % LOOKUPS_PER_STEP === 0) yield;
    if (reached.has(pageId)) continue;
    if (pageId >= leaksFrom) {
      leaked++;
      log.add('leaked-page', { page: pageId }, { message: 'no table reaches it' });
    } else {
      notJudged++;
      if (!suspects.has(pageId)) continue;
      reportSuspect(chunk, pageId, pages, log);
      yield;
    }
  }
  return { leaked, notJudged };
}

function reportSuspect(chunk: PageChunk, pageId: number, pages: number, log: FindingLog): void {
  if (chunk.page(pageId) === undefined) chunk.load(pageId, Math.min(CHUNK_PAGES, pages - pageId));
  const page = chunk.page(pageId);
  if (page === undefined) return;
  const fault = findFault(page);
  for (const { code, ...facts } of fault === undefined ? advisoryFaults(page) : [fault]) {
    log.add(code, { page: pageId }, facts);
  }
}
