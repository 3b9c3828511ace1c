/**
 * A look at all pages in the order of the file, by two threads: each takes the next pages that nobody has. Checksums
 * add up in any order. Pages that are not all in order are left to whoever can say what is wrong with them.
 */
import { RunningSum } from '../../format/v2/page-sum.js';
import type { Page } from '../../format/page.js';
import { CHUNK_PAGES, PageChunk, type PageFileReader } from '../page-file-reader.js';
import type { PageJudge } from '../page-problems.js';
import type { PageSet } from '../page-set.js';
import type { SharedState } from './shared-state.js';

/** The pages to be looked at. */
export interface ScanRange {
  readonly firstPage: number;
  readonly pages: number;
  /** Where those end that are added up. */
  readonly sumEnd: number;
  readonly free: PageSet;
}

/** What a thread has seen. */
export interface ChunkScan {
  readonly sum0: number;
  readonly sum1: number;
  /** Pages that were added up, and pages in order. */
  readonly added: number;
  readonly soundPages: number;
  /** Where the chunks begin of which nothing is said: something is not in order. */
  readonly rest: readonly number[];
  /** Whether the file has become shorter. */
  readonly isShort: boolean;
}

/** Looks at chunks until there are none that nobody has taken; pauses after each, where it has come to. */
export function* scanChunks(
  source: PageFileReader,
  judge: PageJudge,
  range: ScanRange,
  state: SharedState,
): Generator<number, ChunkScan> {
  const chunk = new PageChunk(source);
  const running = new RunningSum();
  const rest: number[] = [];
  let [soundPages, added, isShort] = [0, 0, false];
  for (;;) {
    const first = range.firstPage + state.takeChunk() * CHUNK_PAGES;
    if (first >= range.pages) break;
    const end = Math.min(first + CHUNK_PAGES, range.pages);
    isShort ||= chunk.load(first, end - first) < end - first;
    if (isShort) break;
    if (isInOrder(chunk, judge, first, end, range.free)) {
      for (let pageId = first; pageId < end; pageId++) {
        if (range.free.has(pageId)) continue;
        soundPages++;
        if (pageId >= range.sumEnd) continue;
        running.add(pageId, chunk.page(pageId)!.storedCrc);
        added++;
      }
    } else rest.push(first);
    yield end;
  }
  const { sum0, sum1 } = running.sum;
  return { sum0, sum1, added, soundPages, rest, isShort };
}

function isInOrder(chunk: PageChunk, judge: PageJudge, first: number, end: number, free: PageSet): boolean {
  for (let pageId = first; pageId < end; pageId++) {
    if (free.has(pageId)) continue;
    const page = chunk.page(pageId)!;
    if (judge.isTidy(page, pageId)) continue;
    if (judge.findFault(page, pageId) !== undefined || hasAdvisories(judge, page)) return false;
  }
  return true;
}

/** Whether something in a page without a fault is not as it should be. */
export function hasAdvisories(judge: PageJudge, page: Page): boolean {
  for (const _ of judge.advisories(page)) return true;
  return false;
}
