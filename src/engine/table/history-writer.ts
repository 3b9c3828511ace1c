/**
 * Appends to the history tree of a table: runs of the older events of a key. A run is an item
 *
 *     key · position of its oldest event, big-endian · event count u16 · marker · events, newest first
 *
 * and its marker says the position of the key's next newer event, wherever that is. Events come to a key's history in
 * the order of their positions, and never change there: the last run of the key is extended while it has room, and new
 * ones follow it.
 */
import { copyBytes, type KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import { findKey, keyLength } from '../format/items.js';
import { PAGE_CAPACITY, PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';
import { EVENT_HEADER, RUN_MAX } from '../format/v2/event-layout.js';
import { eventCountOffset, eventEnd, eventsOffset, positionWords, writeMarker } from '../format/v2/events.js';
import type { Pager } from '../pager/pager.js';
import { isEmptyTree, type TreeRoot } from '../tree/root.js';
import { type ChooseCuts, inTwo } from '../tree/split.js';
import { TreeWriter } from '../tree/writer.js';
import { HistoryKey } from './history-key.js';

/** Events of one key, newest first: bytes `start` to `end` (exclusive) of a view. */
export interface OlderEvents {
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

/** A run that is put together before there is room for it. */
const draft = new DataView(new ArrayBuffer(PAGE_SIZE));

export class HistoryWriter {
  readonly #tree: TreeWriter;
  /** Past all runs of the key that is being appended to. */
  readonly #end = new HistoryKey();

  constructor(
    pager: Pager,
    private readonly root: TreeRoot,
  ) {
    this.#tree = new TreeWriter(pager, root, true);
  }

  /**
   * Appends events of a key that are older than all others in its entry, and newer than all in the history.
   *
   * @param until the position of the key's next newer event
   */
  append(key: KeyRef, events: OlderEvents, until: U64): void {
    if (isEmptyTree(this.root)) this.#tree.createRoot();
    const end = this.#end.setPastAll(key);
    const pending = new PendingEvents(events, until);
    while (pending.count > 0) {
      const leaf = this.#tree.seek(end);
      const index = ~findKey(leaf, end);
      const isAfterRun = index > 1 && this.#end.isOfSameKey(leaf, index - 1);
      if (isAfterRun) this.#extend(leaf, index - 1, pending);
      if (pending.count > 0) this.#insert(leaf, index, isAfterRun, pending);
    }
  }

  /** Puts as many events in front of the last run as it and its page have room for. */
  #extend(leaf: Frame, index: number, pending: PendingEvents): void {
    const taken = pending.take(Math.min(RUN_MAX - leaf.itemLength(index), leaf.freeBytes));
    if (taken === undefined) return;
    this.#tree.markDirty(leaf);
    const marker = eventsOffset(keyLength(leaf, index));
    const length = taken.end - taken.start;
    const item = leaf.growItem(index, marker + EVENT_HEADER, length);
    copyBytes(taken.view, taken.start, leaf.view, item + marker + EVENT_HEADER, length);
    const count = eventCountOffset(leaf.view, item);
    leaf.view.setUint16(count, leaf.view.getUint16(count, true) + taken.count, true);
    writeMarker(leaf.view, item + marker, taken.until);
  }

  /** Adds a run with as many events as fit it, as item `index`. */
  #insert(leaf: Frame, index: number, isAfterRun: boolean, pending: PendingEvents): void {
    const length = this.#writeRun(pending);
    this.#tree.markDirty(leaf);
    if (length + SLOT_SIZE <= leaf.freeBytes) {
      copyBytes(draft, 0, leaf.view, leaf.insertItem(index, length), length);
      return;
    }
    const item = { index, replaces: false, view: draft, offset: 0, length };
    this.#tree.split(leaf, item, isAfterRun ? afterRun : afterLast);
  }

  #writeRun(pending: PendingEvents): number {
    const { keyLength: length } = this.#end;
    const marker = eventsOffset(length);
    const header = marker + EVENT_HEADER;
    const taken = pending.take(RUN_MAX - header)!;
    draft.setUint16(0, length, true);
    copyBytes(this.#end.view, 0, draft, 2, length - HISTORY_SUFFIX);
    HistoryKey.writePosition(draft, 2 + length - HISTORY_SUFFIX, taken.from);
    draft.setUint16(2 + length, taken.count + 1, true);
    writeMarker(draft, marker, taken.until);
    copyBytes(taken.view, taken.start, draft, header, taken.end - taken.start);
    return header + taken.end - taken.start;
  }
}

/** A run after all items of its page begins the next one: nothing is copied, and the page stays as full as it is. */
const afterLast: ChooseCuts = (items, position) =>
  position === items.length - 1 ? [position] : inTwo(items, position);

/** A key that is changed again and again leaves full pages, too, where other keys follow it. */
const afterRun: ChooseCuts = (items, position) => {
  const before = items.slice(0, position).reduce((bytes, { length }) => bytes + length + SLOT_SIZE, 0);
  return before >= PAGE_CAPACITY / 2 ? [position] : afterLast(items, position);
};

/** Some of the events, to be put into one run. */
interface TakenEvents extends OlderEvents {
  readonly count: number;
  /** The positions of the oldest of them, and of the key's event after them. */
  readonly from: U64;
  readonly until: U64;
}

/** The events that are still to be placed; the oldest are taken first. */
class PendingEvents {
  /** How many are left: the oldest is `#offsets[count - 1]`. */
  count: number;
  #end: number;
  readonly #offsets: number[] = [];

  constructor(
    private readonly events: OlderEvents,
    private readonly until: U64,
  ) {
    const { view, start, end } = events;
    for (let event = start; event < end; event = eventEnd(view, event)) this.#offsets.push(event);
    this.count = this.#offsets.length;
    this.#end = end;
  }

  /** Takes as many as `room` bytes hold; undefined when that is none. */
  take(room: number): TakenEvents | undefined {
    const { view } = this.events;
    const end = this.#end;
    let first = this.count;
    while (first > 0 && end - this.#offsets[first - 1]! <= room) first--;
    if (first === this.count) return undefined;
    const from = positionWords(view, this.#offsets[this.count - 1]!);
    const until = first === 0 ? this.until : positionWords(view, this.#offsets[first - 1]!);
    const count = this.count - first;
    const start = this.#offsets[first]!;
    this.count = first;
    this.#end = start;
    return { view, start, end, count, from, until };
  }
}
