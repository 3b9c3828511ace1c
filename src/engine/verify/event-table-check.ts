/**
 * Checks a table whose older events are in a history tree. Both trees are walked at once, in the order of the keys, so
 * that the events of a key meet without being remembered.
 */
import { type KeyRef, keyRef } from '../bytes/bytes.js';
import { keyAt } from '../format/items.js';
import { MAX_U64 } from '../bytes/u64.js';
import type { Page } from '../format/page.js';
import { eventCountOffset, isDeletion, newestEvent } from '../format/v2/events.js';
import type { Steps } from '../steps.js';
import { entryTree, historyTree } from './checked-tree.js';
import { checkCounts } from './count-check.js';
import type { Location } from './findings.js';
import type { Forest } from './forest.js';
import { HistoryCursor } from './history-cursor.js';
import { KeyHistory, type ReportItem } from './key-history.js';
import { copyKey, spanFromTo } from '../tree/key-spans.js';
import type { PageChunk } from './page-file-reader.js';
import { reportPositions } from './report-positions.js';
import { TableEvents } from './table-events.js';
import type { TableRecord } from './stored-superblock.js';
import { TreeWalk, type WalkedLeaf } from './tree-walk.js';
import type { ValueCheck } from './value-check.js';

/** What the checks of all tables use, one after the other. */
export interface TableCheckTools {
  /** Where pages of entries, and of older events, are read into. */
  readonly entries: PageChunk;
  readonly history: PageChunk;
  readonly values: ValueCheck;
}

export class EventTableCheck {
  readonly #entries: TreeWalk;
  readonly #runs: HistoryCursor;
  readonly #events: TableEvents;
  readonly #history = new KeyHistory();
  #rows = 0;
  #keys = 0;
  /** Whether entries may be missing since the last one that was looked at. */
  #entriesLost = false;
  /** The last key of runs without an entry. */
  #orphan: KeyRef | undefined;

  constructor(
    private readonly table: TableRecord,
    private readonly forest: Forest,
    { entries, history, values }: TableCheckTools,
  ) {
    this.#entries = new TreeWalk(entryTree(table), forest, entries);
    const runs = new TreeWalk(historyTree(table), forest, history);
    this.#events = new TableEvents(table, forest, values);
    this.#runs = new HistoryCursor(runs, (leaf) => this.#enterLeaf(runs, leaf));
  }

  *steps(): Steps<void> {
    yield* this.#runs.advance();
    for (const leaf of this.#entries.leaves()) {
      if (leaf === undefined) yield;
      else yield* this.#checkEntries(leaf);
    }
    this.#entriesLost ||= this.#entries.lostSinceLeaf;
    while (this.#runs.leaf !== undefined) yield* this.#passOrphan();
    this.#conclude();
  }

  *#checkEntries(leaf: WalkedLeaf): Steps<void> {
    const { page, inOrder, afterLoss } = leaf;
    yield* this.#enterLeaf(this.#entries, leaf);
    this.#keys += page.itemCount - 1;
    this.#entriesLost ||= afterLoss || !inOrder;
    if (this.#areAllAlone(leaf)) {
      this.#rows += page.itemCount - 1;
      this.#entriesLost = false;
      return;
    }
    for (let index = 1; index < page.itemCount; index++) {
      if (!isDeletion(page.view, newestEvent(page, index))) this.#rows++;
      if (!inOrder) continue;
      if (!this.#isAlone(page, index)) {
        yield* this.#joinRuns(page, index);
        continue;
      }
      this.#entriesLost = false;
      if (this.forest.visitor?.seesEntries === true) this.forest.visitor.entry?.(page, index);
    }
  }

  /** Whether no entry of a leaf has older events, or could have, and nobody wants to see the entries. */
  #areAllAlone({ page, inOrder, glance }: WalkedLeaf): boolean {
    if (glance?.areAlone !== true || !inOrder || page.itemCount < 2) return false;
    if (this.forest.visitor?.seesEntries === true) return false;
    return this.#runs.leaf === undefined || this.#runs.compare(keyAt(page, page.itemCount - 1)) > 0;
  }

  /**
   * Whether an entry has one event, a value, and says that there are no others, and no run is left that could be its
   * key's: then there is nothing to be joined. To go through that for each of 1,000,000 took a third of the check.
   */
  #isAlone(page: Page, index: number): boolean {
    const { view } = page;
    const countOffset = eventCountOffset(view, page.itemOffset(index));
    // The whole field: without the bit that says that there are runs.
    if (view.getUint16(countOffset, true) !== 1 || isDeletion(view, countOffset + 2)) return false;
    return this.#runs.leaf === undefined || this.#runs.compare(keyAt(page, index)) > 0;
  }

  /** A leaf of either tree. */
  *#enterLeaf(walk: TreeWalk, leaf: WalkedLeaf): Steps<void> {
    reportPositions(walk, leaf, this.forest);
    if (!this.#events.takeInline(leaf.page, leaf.glance)) yield* this.#events.take(walk, leaf.page);
  }

  /** The runs of an entry's key are the next ones. */
  *#joinRuns(page: Page, index: number): Steps<void> {
    const key = keyAt(page, index);
    const runs = this.#runs;
    while (runs.compare(key) < 0) yield* this.#passOrphan();
    this.#entriesLost = false;
    let forgotten = this.#events.countForgotten(page, index);
    while (runs.leaf !== undefined && runs.compare(key) === 0) {
      const { leaf, afterLoss, index: run } = runs;
      this.#history.addRun({ page: leaf.page, index: run, afterLoss, report: this.#reportOf(key, runs.location) });
      forgotten += this.#events.countForgotten(leaf.page, run);
      this.forest.visitor?.run?.(leaf.page, run);
      yield* runs.advance();
    }
    const report = this.#reportOf(key, this.#entries.location());
    this.#history.end({ page, index, afterLoss: runs.afterLoss, report });
    this.#events.noteForgotten(key, forgotten);
    this.forest.visitor?.entry?.(page, index);
  }

  /** A run of a key that no entry has. */
  *#passOrphan(): Steps<void> {
    const runs = this.#runs;
    const key = runs.key();
    const isSame = this.#orphan !== undefined && runs.compare(this.#orphan) === 0;
    if (!this.#entriesLost && !isSame) {
      this.#orphan = keyRef(copyKey(key));
      const message = 'older events of a key are in it that has no entry';
      const offset = (runs.leaf as WalkedLeaf).page.itemOffset(runs.index);
      this.#reportOf(key, runs.location)('history-key', { message, offset });
    }
    yield* runs.advance();
  }

  #reportOf(key: KeyRef, location: Location): ReportItem {
    return (code, facts) => {
      this.forest.log.add(code, { ...location, keys: spanFromTo(key, key) }, facts);
    };
  }

  #conclude(): void {
    const { log, tally, positions } = this.forest;
    const runs = this.#runs.walk;
    tally.keys += this.#keys;
    const { record } = this.table;
    for (const position of [record?.lastChanged, record?.oldest]) positions.noteRecorded(position ?? MAX_U64);
    const treePages = this.#entries.pages + runs.pages;
    const walked = { ...this.#events.counts, rows: this.#rows, keys: this.#keys, treePages };
    const entries = !this.#entries.isLossy;
    const events = entries && !runs.isLossy;
    checkCounts(this.table, walked, { entries, events, values: events && this.#events.areValuesWhole }, log);
    this.#events.conclude();
  }
}
