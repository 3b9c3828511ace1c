/** Reads a table whose versions are events: of each key the runs of its history, and then its entry. */
import { copyBytes, type KeyRef } from '../bytes/bytes.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { StoreError } from '../errors.js';
import { keyAt, keyLength } from '../format/items.js';
import { PAGE_SIZE } from '../format/layout.js';
import { EVENT_HEADER } from '../format/v2/event-layout.js';
import {
  eventCount,
  eventEnd,
  eventsOffset,
  hasRuns,
  isDeletion,
  isExternal,
  newestEvent,
  positionWords,
  readExternal,
} from '../format/v2/events.js';
import type { PageReader } from '../pager/page-reader.js';
import { Pace, type Steps } from '../steps.js';
import { HistoryKey } from '../table/history-key.js';
import { TreeCursor } from '../tree/cursor.js';
import { KeyEvent, type KeySink } from './key-sink.js';

/** Keys, or runs, read between two steps. */
const ITEMS_PER_STEP = 512;
const ALL = { from: undefined, to: undefined, reverse: false };

/** Gives all keys of a table to a sink. @throws StoreError damage, what the sink throws */
export function* readEvents(pages: PageReader, table: Table, sink: KeySink): Steps<void> {
  const source = new EventSource(pages, table, sink);
  const cursor = new TreeCursor(pages, () => table.tree, ALL);
  const pace = new Pace(ITEMS_PER_STEP);
  for (;;) {
    const leaf = pages.retryOnChange(() => cursor.next());
    if (leaf === undefined) return;
    if (hasRuns(leaf.view, leaf.itemOffset(cursor.index))) yield* source.keyWithRuns(leaf, cursor.index);
    else source.key(leaf, cursor.index);
    if (pace.isDue()) yield;
  }
}

class EventSource {
  readonly #runs: TreeCursor;
  /** The leaf of the run that comes next, which is item `#runs.index` there. */
  #run: Frame | undefined;
  #hasRuns = false;
  readonly #key = new HistoryKey();
  readonly #event = new KeyEvent();
  /** An entry that is out of its page, because runs are read first. */
  readonly #entry = new DataView(new ArrayBuffer(PAGE_SIZE));
  /** Where the events of an item are, the newest first. */
  readonly #offsets: number[] = [];
  /** Of the key that is being read. */
  #keyLength = 0;

  constructor(
    private readonly pages: PageReader,
    private readonly table: Table,
    private readonly sink: KeySink,
  ) {
    this.#runs = new TreeCursor(pages, () => table.history, ALL);
  }

  key(leaf: Frame, index: number): void {
    const key = keyAt(leaf, index);
    this.#keyLength = key.keyLength;
    this.sink.begin(key);
    this.#events(leaf.view, newestEvent(leaf, index), eventCount(leaf.view, leaf.itemOffset(index)), true);
    this.sink.end();
  }

  *keyWithRuns(leaf: Frame, index: number): Steps<void> {
    const length = leaf.itemLength(index);
    copyBytes(leaf.view, leaf.itemOffset(index), this.#entry, 0, length);
    const key: KeyRef = { view: this.#entry, keyStart: 2, keyLength: keyLength(leaf, index) };
    this.#keyLength = key.keyLength;
    this.sink.begin(key);
    yield* this.#readRuns(key);
    this.#events(this.#entry, eventsOffset(key.keyLength), eventCount(this.#entry, 0), true);
    this.sink.end();
  }

  *#readRuns(key: KeyRef): Steps<void> {
    if (!this.#hasRuns) this.#nextRun();
    this.#hasRuns = true;
    this.#key.setPastAll(key);
    let read = 0;
    while (this.#run !== undefined && this.#key.isOfSameKey(this.#run, this.#runs.index)) {
      const { view } = this.#run;
      const marker = newestEvent(this.#run, this.#runs.index);
      const count = eventCount(view, this.#run.itemOffset(this.#runs.index)) - 1;
      this.#events(view, marker + EVENT_HEADER, count, false);
      this.#nextRun();
      if (++read % ITEMS_PER_STEP === 0) yield;
    }
    if (read > 0) return;
    const { id } = this.table;
    throw new StoreError('TREE_CORRUPTED', `older events of a key of table ${id} are missing`, { table: id });
  }

  #nextRun(): void {
    this.#run = this.pages.retryOnChange(() => this.#runs.next());
  }

  #events(view: DataView, first: number, count: number, isEntry: boolean): void {
    let offset = first;
    for (let index = 0; index < count; index++) {
      this.#offsets[index] = offset;
      offset = eventEnd(view, offset);
    }
    for (let index = count - 1; index >= 0; index--) {
      this.sink.event(this.#read(view, this.#offsets[index] as number, isEntry && index === 0));
    }
  }

  #read(view: DataView, offset: number, isNewest: boolean): KeyEvent {
    const at = positionWords(view, offset);
    if (isDeletion(view, offset)) return this.#event.setDeletion(at, isNewest);
    const start = offset + EVENT_HEADER;
    if (!isExternal(view, offset)) return this.#event.setPut(at, isNewest, view, start, eventEnd(view, offset) - start);
    const owner = { table: this.table.id, keyLength: this.#keyLength, position: at.toBigInt() };
    return this.#event.setLongPut(at, isNewest, { pages: this.pages, owner, external: readExternal(view, offset) });
  }
}
