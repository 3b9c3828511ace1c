import type { PageSource } from '../commit/page-source.js';
import { StoreError } from '../errors.js';
import { readChild } from '../format/items.js';
import { INTERNAL } from '../format/layout.js';
import type { TableEntry } from '../format/superblock.js';
import type { Steps } from '../steps.js';

/** Internal pages looked at between two steps. */
const PAGES_A_STEP = 64;

/**
 * Whether a tree points to a page from `end` on. What a crash of this software leaves behind the end of a store nothing
 * points to; a crash of the crate can leave pages there that are in use, and damage is no proof of anything: then the
 * answer is yes.
 */
export function* referencesBeyond(pages: PageSource, tables: readonly TableEntry[], end: number): Steps<boolean> {
  try {
    for (const { root, height } of tables) {
      if (root === null) continue;
      if (root >= end || (yield* treeReferencesBeyond(pages, Number(root), height, end))) return true;
    }
    return false;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'PAGE_CORRUPTED') return true;
    throw error;
  }
}

function* treeReferencesBeyond(pages: PageSource, root: number, height: number, end: number): Steps<boolean> {
  const waiting = [{ pageId: root, level: height }];
  for (let seen = 1; ; seen++) {
    const next = waiting.pop();
    if (next === undefined) return false;
    const { pageId, level } = next;
    if (level <= 1) continue;
    pages.release();
    const page = pages.fetch(pageId);
    // Damage: not an internal page, or a cycle.
    if (page.type !== INTERNAL || seen > end) return true;
    for (let index = 0; index < page.itemCount; index++) {
      const child = readChild(page, index);
      if (child < 1 || child >= end) return true;
      if (level > 2) waiting.push({ pageId: child, level: level - 1 });
    }
    if (seen % PAGES_A_STEP === 0) yield;
  }
}
