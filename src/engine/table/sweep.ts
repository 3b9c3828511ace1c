/** Moves the older events of a leaf's entries to the history tree, so that only the newest of each key stay. */
import { copyBytes } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import { insertLink, keyAt, keyLength, nextLeaf } from '../format/items.js';
import { SLOT_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { HAS_RUNS } from '../format/v2/event-layout.js';
import { eventCount, eventEnd, hasRuns, newestEvent, positionWords } from '../format/v2/events.js';
import { inTwo, type PendingItem } from '../tree/split.js';
import type { TreeWriter } from '../tree/writer.js';
import type { HistoryWriter } from './history-writer.js';

/** The leaf as it was. Only ever used within one sweep. */
const before = new Page();

export class Sweep {
  constructor(private readonly history: HistoryWriter) {}

  /**
   * Sweeps a leaf, and gives it an entry with one new event.
   *
   * @param tree the writer whose last seek was to the leaf, which is marked dirty
   * @param pending the entry; where it replaces one, all events of that are older ones now
   * @param at the position of its event
   */
  run(tree: TreeWriter, leaf: Frame, pending: PendingItem, at: U64): void {
    before.copyFrom(leaf);
    const fits = this.#keepNewest(leaf, pending);
    // The leaf is not looked at any more: what follows may need its frame.
    if (!fits && !tree.split(leaf, { ...pending, replaces: false }, inTwo)) {
      throw new Error(`the newest events of page ${leaf.pageId} do not fit two pages`);
    }
    for (let index = 1; index < before.itemCount; index++) {
      const newest = newestEvent(before, index);
      if (pending.replaces && index === pending.index) this.#append(index, newest, at);
      else this.#append(index, eventEnd(before.view, newest), positionWords(before.view, newest));
    }
  }

  /** Fills the leaf with the newest event of each entry; says whether the pending one found room, too. */
  #keepNewest(leaf: Frame, pending: PendingItem): boolean {
    const next = nextLeaf(before);
    leaf.clear();
    insertLink(leaf, next);
    for (let index = 1; index < before.itemCount; index++) {
      if (!pending.replaces || index !== pending.index) appendNewest(leaf, index);
    }
    if (pending.length + SLOT_SIZE > leaf.freeBytes) return false;
    const offset = leaf.insertItem(pending.index, pending.length);
    copyBytes(pending.view, pending.offset, leaf.view, offset, pending.length);
    return true;
  }

  #append(index: number, start: number, until: U64): void {
    const end = before.itemOffset(index) + before.itemLength(index);
    if (start < end) this.history.append(keyAt(before, index), { view: before.view, start, end }, until);
  }
}

/** Adds an entry of the leaf as it was, with its newest event alone. */
function appendNewest(leaf: Page, index: number): void {
  const { view } = before;
  const item = before.itemOffset(index);
  const newest = newestEvent(before, index);
  const length = eventEnd(view, newest) - item;
  const offset = leaf.insertItem(leaf.itemCount, length);
  copyBytes(view, item, leaf.view, offset, length);
  const isOlder = eventCount(view, item) > 1 || hasRuns(view, item);
  leaf.view.setUint16(offset + 2 + keyLength(before, index), isOlder ? 1 | HAS_RUNS : 1, true);
}
