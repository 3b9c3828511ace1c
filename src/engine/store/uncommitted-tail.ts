import type { PageReader } from '../pager/page-reader.js';
import { StoreError } from '../errors.js';
import { readChild } from '../format/items.js';
import { INTERNAL } from '../format/layout.js';
import type { TableEntry } from '../format/superblock.js';
import type { Steps } from '../steps.js';

/** Internal pages looked at between two steps. */
const PAGES_PER_STEP = 64;

/**
 * What trees tell of the pages past the end of a store: `unused`, nothing points to them, as after a crash of this
 * software; `used`, as a crash of the crate can leave them; `unknown` where damage hides it.
 */
export type TailUse = 'unused' | 'used' | 'unknown';

/**
 * Looks for pointers to pages past the end of a store.
 *
 * @param end the first page past the end that the superblock tells of
 * @param pageCount whole pages of the file
 */
export function* tailUse(
  pages: PageReader,
  tables: readonly TableEntry[],
  end: number,
  pageCount: number,
): Steps<TailUse> {
  try {
    for (const { root, height } of tables) {
      if (root === null) continue;
      const use = root >= end ? useOf(root, pageCount) : yield* treeUse(pages, Number(root), height, end, pageCount);
      if (use !== 'unused') return use;
    }
    return 'unused';
  } catch (error) {
    if (error instanceof StoreError && error.code === 'PAGE_CORRUPTED') return 'unknown';
    throw error;
  }
}

function useOf(pageId: bigint | number, pageCount: number): TailUse {
  return pageId >= 1 && pageId < pageCount ? 'used' : 'unknown';
}

function* treeUse(pages: PageReader, root: number, height: number, end: number, pageCount: number): Steps<TailUse> {
  const waiting = [{ pageId: root, level: height }];
  for (let seen = 1; ; seen++) {
    const next = waiting.pop();
    if (next === undefined) return 'unused';
    const { pageId, level } = next;
    if (level <= 1) continue;
    pages.release();
    const page = pages.fetch(pageId);
    // Damage: not an internal page, or a cycle.
    if (page.type !== INTERNAL || seen > end) return 'unknown';
    for (let index = 0; index < page.itemCount; index++) {
      const child = readChild(page, index);
      if (child < 1 || child >= end) return useOf(child, pageCount);
      if (level > 2) waiting.push({ pageId: child, level: level - 1 });
    }
    if (seen % PAGES_PER_STEP === 0) yield;
  }
}
