/** What to know about a check beside what it found. */
import type { VerifyReport } from '../../engine/index.js';

export interface VerifyNote {
  readonly code: string;
  readonly message: string;
}

export function* verifyNotes(
  store: string,
  { foreignFile, isCopyUsed, pagesFree }: Pick<VerifyReport, 'foreignFile' | 'isCopyUsed' | 'pagesFree'>,
): Generator<VerifyNote, void> {
  if (foreignFile !== undefined) yield { code: foreignFile.code, message: foreignFile.message };
  if (isCopyUsed) {
    const message = `page 0 of ${store} is damaged or outdated: the copy of it in page 1 was checked in its place`;
    yield { code: 'SUPERBLOCK_COPY_USED', message };
  }
  if (pagesFree === null) {
    const message = `the free map of ${store} cannot be read: pages that are damaged may be free, and the page sums were not compared`;
    yield { code: 'FREE_MAP_UNKNOWN', message };
  }
}
