/** The events of one table, wherever they are: how many there are, their values, and what its record says of them. */
import type { KeyRef } from '../bytes/bytes.js';
import { compareU64At, U64 } from '../bytes/u64.js';
import { keyAt } from '../format/items.js';
import type { Page } from '../format/page.js';
import type { LeafGlance } from '../format/v2/leaf-glance.js';
import { EVENT_SIZE_OFFSET, EXTERNAL, MARKER } from '../format/v2/event-layout.js';
import { eventCount, eventEnd, newestEvent, positionOf, positionWords, readExternal } from '../format/v2/events.js';
import type { Steps } from '../steps.js';
import type { WalkedCounts } from './count-check.js';
import type { Forest } from './forest.js';
import { spanFromTo, withoutSuffix } from '../tree/key-spans.js';
import type { TableRecord } from './stored-superblock.js';
import type { TreeWalk } from './tree-walk.js';
import type { ValueCheck } from './value-check.js';

/** Counts of events and of their values. */
export type EventCounts = Omit<WalkedCounts, 'rows' | 'keys' | 'treePages'>;

const NEVER = new U64(0, 0);

export class TableEvents {
  readonly counts: EventCounts = { events: 0, valuePages: 0, valueBytes: 0 };
  /** Whether all values could be read that the events tell of. */
  areValuesWhole = true;
  readonly #oldest: U64;
  #newest = NEVER;
  #isForgottenTold = false;

  constructor(
    private readonly table: TableRecord,
    private readonly forest: Forest,
    private readonly values: ValueCheck,
  ) {
    this.#oldest = U64.from(table.record?.oldest ?? 0n);
  }

  /**
   * All events of a leaf that has no values elsewhere, as nearly all have none; false where it has.
   *
   * @param glance what was seen of them already
   */
  takeInline(page: Page, glance: LeafGlance | undefined): boolean {
    if (glance === undefined) return this.#goThrough(page);
    if (glance.hasExternal) return false;
    this.counts.events += glance.events;
    const newest = new U64(glance.newestHigh, glance.newestLow);
    if (newest.compare(this.#newest) > 0) this.#newest = newest;
    return true;
  }

  #goThrough(page: Page): boolean {
    const { view } = page;
    let events = 0;
    let newest = this.#newest;
    for (let index = 1; index < page.itemCount; index++) {
      let event = newestEvent(page, index);
      if (compareU64At(view, event, newest) > 0) newest = positionWords(view, event);
      for (let left = eventCount(view, page.itemOffset(index)); left > 0; left--) {
        const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
        if (size === EXTERNAL) return false;
        if (size !== MARKER) events++;
        event = eventEnd(view, event);
      }
    }
    this.counts.events += events;
    this.#newest = newest;
    return true;
  }

  /** All events of a leaf that a walk is at. */
  *take(walk: TreeWalk, page: Page): Steps<void> {
    const { view } = page;
    for (let index = 1; index < page.itemCount; index++) {
      let event = newestEvent(page, index);
      if (compareU64At(view, event, this.#newest) > 0) this.#newest = positionWords(view, event);
      for (let left = eventCount(view, page.itemOffset(index)); left > 0; left--) {
        const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
        if (size !== MARKER) this.counts.events++;
        if (size === EXTERNAL) yield* this.#takeValue(walk, page, index, event);
        event = eventEnd(view, event);
      }
    }
  }

  *#takeValue(walk: TreeWalk, page: Page, index: number, event: number): Steps<void> {
    const value = readExternal(page.view, event);
    const pages = yield* this.values.check(value, {
      table: this.table.id,
      key: withoutSuffix(keyAt(page, index), page.keySuffix),
      position: positionOf(page.view, event),
      location: (...below) => walk.location(...below),
      offset: event,
    });
    if (pages === undefined) this.areValuesWhole = false;
    this.counts.valuePages += pages ?? 0;
    this.counts.valueBytes += value.length;
  }

  /** How many events of an item are before the position from which on the table can be read, or at it. */
  countForgotten(page: Page, index: number): number {
    const { view } = page;
    if (this.#oldest.compare(NEVER) === 0) return 0;
    let count = 0;
    let event = newestEvent(page, index);
    for (let left = eventCount(view, page.itemOffset(index)); left > 0; left--) {
      const isMarker = view.getUint16(event + EVENT_SIZE_OFFSET, true) === MARKER;
      if (!isMarker && compareU64At(view, event, this.#oldest) <= 0) count++;
      event = eventEnd(view, event);
    }
    return count;
  }

  /** Of what a table has forgotten a key keeps one event: the one that counted when it was forgotten. */
  noteForgotten(key: KeyRef, count: number): void {
    if (count < 2 || this.#isForgottenTold) return;
    this.#isForgottenTold = true;
    const oldest = this.#oldest.toBigInt();
    const message = `the record of table ${this.table.id} says that it can be read from position ${oldest} on, and ${count} events of a key are at that or before`;
    this.#reportRecord(message, key);
  }

  /** Compares the record with the newest event. */
  conclude(): void {
    const { id, record } = this.table;
    const newest = this.#newest.toBigInt();
    if (record === undefined || record.lastChanged >= newest || newest > this.forest.appliedPosition) return;
    const message = `the record of table ${id} says that it was changed last at ${record.lastChanged}, and its newest event is at ${newest}`;
    this.#reportRecord(message);
  }

  #reportRecord(message: string, key?: KeyRef): void {
    const { id, place } = this.table;
    const keys = key === undefined ? {} : { keys: spanFromTo(key, key) };
    this.forest.log.add('record-value', { page: place.page, table: id, ...keys }, { message });
  }
}
