/**
 * Reads a table whose versions are intervals: each gives a put where it begins, and a deletion where it ends, unless
 * the next newer one begins there. Empty intervals, which no position sees, give nothing.
 */
import { compareU64Between, isMaxU64At, readWords } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { VERSION_HEADER } from '../format/entry-layout.js';
import { keyAt } from '../format/items.js';
import { newestVersion, olderVersion, versionCount } from '../format/v1/intervals.js';
import type { PageReader } from '../pager/page-reader.js';
import { Pace, type Steps } from '../steps.js';
import { TreeCursor } from '../tree/cursor.js';
import { KeyEvent, type KeySink } from './key-sink.js';

/** Keys read between two steps. */
const KEYS_PER_STEP = 512;
const ALL = { from: undefined, to: undefined, reverse: false };
const { createdAtOffset, deletedAtOffset, size: HEADER } = VERSION_HEADER;

const event = new KeyEvent();
/** Where the versions of a key are that are not empty, the newest first. */
const offsets: number[] = [];

/** Gives all keys of a table that any position sees to a sink. @throws StoreError damage, what the sink throws */
export function* readIntervals(pages: PageReader, table: Table, sink: KeySink): Steps<void> {
  const cursor = new TreeCursor(pages, () => table.tree, ALL);
  const pace = new Pace(KEYS_PER_STEP);
  for (;;) {
    const leaf = pages.retryOnChange(() => cursor.next());
    if (leaf === undefined) return;
    readKey(leaf, cursor.index, sink);
    if (pace.isDue()) yield;
  }
}

function readKey(leaf: Frame, index: number, sink: KeySink): void {
  const { view } = leaf;
  const count = findVersions(leaf, index);
  if (count === 0) return;
  sink.begin(keyAt(leaf, index));
  for (let nth = count - 1; nth >= 0; nth--) {
    const offset = offsets[nth] as number;
    const end = offset + deletedAtOffset;
    const isOpen = isMaxU64At(view, end);
    const isLast = nth === 0;
    const start = offset + HEADER;
    sink.event(
      event.setPut(
        readWords(view, offset + createdAtOffset),
        isLast && isOpen,
        view,
        start,
        olderVersion(leaf, offset) - start,
      ),
    );
    const newer = isLast ? -1 : (offsets[nth - 1] as number) + createdAtOffset;
    const isReplaced = newer >= 0 && compareU64Between(view, end, view, newer) === 0;
    if (!isOpen && !isReplaced) sink.event(event.setDeletion(readWords(view, end), isLast));
  }
  sink.end();
}

function findVersions(leaf: Frame, index: number): number {
  let count = 0;
  let offset = newestVersion(leaf, index);
  for (let left = versionCount(leaf, index); left > 0; left--) {
    const isEmpty = compareU64Between(leaf.view, offset + createdAtOffset, leaf.view, offset + deletedAtOffset) === 0;
    if (!isEmpty) offsets[count++] = offset;
    offset = olderVersion(leaf, offset);
  }
  return count;
}
