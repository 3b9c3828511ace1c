/** Looks for the events of keys: in their entries, and from there in the history tree. */
import type { KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import { compareU64At } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { findKey, keyAt, keyLength } from '../format/items.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';
import {
  copyInlineValue,
  eventCount,
  eventEnd,
  hasRuns,
  isDeletion,
  isExternal,
  newestEvent,
  positionOf,
  positionWords,
  readExternal,
} from '../format/v2/events.js';
import type { PageReader } from '../pager/page-reader.js';
import { EVENT_HEADER } from '../format/v2/event-layout.js';
import { isRunOf } from './history-key.js';
import { HistoryReader } from './history-reader.js';
import { ELSEWHERE, IN_EXTENT, IN_PLACE, type LentRow, NO_ROW, type Placed } from './lent-row.js';
import type { EntryTally } from './row-count.js';
import type { ValueSpan, VersionReader } from './table-format.js';
import { readValue } from './value-reader.js';
import type { Lifetime } from './versions.js';

/** The event that was found is the newest of its key. */
const NONE = -1;
/** Memory that is kept for values that are lent. */
const LENT_MAX = 256 * 1024;

export class EventReader implements VersionReader {
  #history: HistoryReader | undefined;
  /** The event that was found last, and the next newer one in the same page. */
  #page: Frame | undefined;
  #event = NONE;
  #newer = NONE;
  #keyLength = 0;
  /** Memory for values that are lent: to touch new one for each took two thirds of a scan of values of 10 KB. */
  #lent = Buffer.alloc(0);
  readonly #lentRoom = (length: number): Buffer => {
    if (length > LENT_MAX) return Buffer.allocUnsafe(length);
    if (length > this.#lent.length) this.#lent = Buffer.allocUnsafeSlow(Math.min(2 * length, LENT_MAX));
    return this.#lent.subarray(0, length);
  };

  constructor(
    private readonly pages: PageReader,
    private readonly table: () => Table | undefined,
  ) {}

  find(leaf: Frame, index: number, at: U64): boolean {
    return this.seek(leaf, index, at) && !this.isDeletion();
  }

  findInPlace(leaf: Frame, index: number, at: U64, row: LentRow, withValue: boolean): Placed {
    const { view } = leaf;
    const event = newestEvent(leaf, index);
    if (compareU64At(view, event, at) > 0) return ELSEWHERE;
    if (isDeletion(view, event)) return NO_ROW;
    if (withValue && isExternal(view, event)) return ELSEWHERE;
    const value = event + EVENT_HEADER;
    row.place(leaf, index, event, value, eventEnd(view, event) - value);
    return IN_PLACE;
  }

  locate(leaf: Frame, index: number, at: U64, span: ValueSpan): Placed | typeof IN_EXTENT {
    if (this.#seekInLeaf(leaf, index, at)) return this.#placeFound(span);
    return hasRuns(leaf.view, leaf.itemOffset(index)) ? ELSEWHERE : NO_ROW;
  }

  locateOlder(leaf: Frame, key: KeyRef, at: U64, span: ValueSpan): Placed | typeof IN_EXTENT {
    const found = findKey(leaf, key);
    const index = found >= 0 ? found : ~found - 1;
    // What is missing there, or is not as it should be, is told by whoever looks for it by a path.
    if (index < 1 || !isRunOf(leaf, index, key)) return ELSEWHERE;
    const marker = newestEvent(leaf, index);
    if (compareU64At(leaf.view, marker, at) <= 0) return ELSEWHERE;
    this.#keyLength = key.keyLength - HISTORY_SUFFIX;
    this.#seekInRun(leaf, marker, at);
    return this.#placeFound(span);
  }

  countInPlace(leaf: Frame, tally: EntryTally, end: number, at: U64): void {
    const { view } = leaf;
    for (; tally.index < end; tally.index++) {
      const event = newestEvent(leaf, tally.index);
      if (compareU64At(view, event, at) > 0) return;
      if (!isDeletion(view, event)) tally.rows++;
    }
  }

  /** Looks for the newest event of an entry up to a position, be it a deletion; says whether there is one. */
  seek(leaf: Frame, index: number, at: U64): boolean {
    if (this.#seekInLeaf(leaf, index, at)) return true;
    return hasRuns(leaf.view, leaf.itemOffset(index)) && this.#seekHistory(leaf, index, at);
  }

  #seekInLeaf(leaf: Frame, index: number, at: U64): boolean {
    const { view } = leaf;
    const item = leaf.itemOffset(index);
    this.#keyLength = keyLength(leaf, index);
    let event = newestEvent(leaf, index);
    let newer = NONE;
    for (let left = eventCount(view, item); left > 0; left--) {
      if (compareU64At(view, event, at) <= 0) return this.#found(leaf, event, newer);
      newer = event;
      event = eventEnd(view, event);
    }
    return false;
  }

  /** The position of the oldest event of an entry's key. */
  oldest(leaf: Frame, index: number): U64 {
    const { view } = leaf;
    const item = leaf.itemOffset(index);
    if (hasRuns(view, item)) return this.#runs.oldest(this.#table, keyAt(leaf, index));
    let event = newestEvent(leaf, index);
    for (let left = eventCount(view, item); left > 1; left--) event = eventEnd(view, event);
    return positionWords(view, event);
  }

  position(): bigint {
    return positionOf(this.#view, this.#event);
  }

  /** The position of the key's next newer event; undefined when there is none. */
  newerPosition(): U64 | undefined {
    return this.#newer === NONE ? undefined : positionWords(this.#view, this.#newer);
  }

  /** The page of the event. */
  page(): bigint {
    return BigInt((this.#page as Frame).pageId);
  }

  isDeletion(): boolean {
    return isDeletion(this.#view, this.#event);
  }

  value(): Uint8Array {
    return this.#copyValue();
  }

  lendValue(): Uint8Array {
    return this.#copyValue(this.#lentRoom);
  }

  #copyValue(makeRoom?: (length: number) => Buffer): Uint8Array {
    const page = this.#page as Frame;
    if (!isExternal(page.view, this.#event)) return copyInlineValue(page, this.#event);
    const owner = { table: this.#table.id, keyLength: this.#keyLength, position: this.position() };
    return readValue(this.pages, owner, readExternal(page.view, this.#event), makeRoom);
  }

  lifetime(applied: U64): Lifetime {
    const { view } = this.#page as Frame;
    const ends = this.#newer !== NONE && compareU64At(view, this.#newer, applied) <= 0;
    return { createdAt: this.position(), deletedAt: ends ? positionOf(view, this.#newer) : null };
  }

  #seekHistory(leaf: Frame, index: number, at: U64): boolean {
    const run = this.#runs.find(this.#table, keyAt(leaf, index), at);
    return run !== undefined && this.#seekInRun(run.page, run.marker, at);
  }

  /** The oldest event of the run is not later than the position. */
  #seekInRun(page: Frame, marker: number, at: U64): true {
    let newer = marker;
    let event = eventEnd(page.view, marker);
    while (compareU64At(page.view, event, at) > 0) {
      newer = event;
      event = eventEnd(page.view, event);
    }
    return this.#found(page, event, newer);
  }

  #placeFound(span: ValueSpan): Placed | typeof IN_EXTENT {
    const view = this.#view;
    if (isDeletion(view, this.#event)) return NO_ROW;
    if (isExternal(view, this.#event)) return IN_EXTENT;
    span.start = this.#event + EVENT_HEADER;
    span.length = eventEnd(view, this.#event) - span.start;
    return IN_PLACE;
  }

  #found(page: Frame, event: number, newer: number): true {
    this.#page = page;
    this.#event = event;
    this.#newer = newer;
    return true;
  }

  get #runs(): HistoryReader {
    return (this.#history ??= new HistoryReader(this.pages));
  }

  get #table(): Table {
    return this.table() as Table;
  }

  get #view(): DataView {
    return (this.#page as Frame).view;
  }
}
