/** Counts the entries of format 2, with the runs of older events and the extents of long values. */
import { keyLength } from '../format/items.js';
import type { Page } from '../format/page.js';
import {
  DELETED,
  ENTRY_OVERHEAD_2,
  EVENT_HEADER,
  EVENT_SIZE_OFFSET,
  EXTERNAL,
  MARKER,
} from '../format/v2/event-layout.js';
import {
  eventCount,
  eventCountOffset,
  eventEnd,
  eventsOffset,
  newestEvent,
  positionWords,
  readExternal,
} from '../format/v2/events.js';
import { stampOf } from '../format/v2/pages.js';
import { extentPages, valueOffset } from '../format/v2/value-page.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import { type EntryTally, KeyFigures } from './entry-tally.js';
import { PageAges } from './page-ages.js';
import { PositionCounts, type PositionPart } from './position-counts.js';
import { TableTally } from './table-tally.js';

export class EventTally implements EntryTally {
  readonly countsEvents = true;
  readonly #keys = new KeyFigures();
  readonly #ages: PageAges;
  readonly #positions: PositionCounts | undefined;
  #table = 0n;
  #tally = new TableTally();
  /** Of the key that is being looked at: its bytes, and its versions. */
  #bytes = 0;
  #versions = 0;

  constructor(applied: bigint, countsPositions: boolean) {
    this.#ages = new PageAges(applied);
    this.#positions = countsPositions ? new PositionCounts(applied) : undefined;
  }

  begin(table: bigint, tally: TableTally): void {
    this.#table = table;
    this.#tally = tally;
  }

  page(tree: CheckedTree, page: Page, items: number): void {
    this.#ages.add(stampOf(page), 1);
    this.#tally.addTreePage(tree, page, items);
  }

  run(page: Page, index: number): void {
    const length = page.itemLength(index);
    this.#bytes += length;
    this.#tally.bytes.history += length;
    const key = keyLength(page, index) - page.keySuffix;
    this.#addEvents(page.view, newestEvent(page, index), eventCount(page.view, page.itemOffset(index)), key, false);
  }

  entry(page: Page, index: number): void {
    const { view } = page;
    const countOffset = eventCountOffset(view, page.itemOffset(index));
    const size = view.getUint16(countOffset + 2 + EVENT_SIZE_OFFSET, true);
    // The whole field: without the bit that says that there are runs.
    if (view.getUint16(countOffset, true) === 1 && size < MARKER) this.#addPlain(page, index, countOffset + 2, size);
    else this.#addEntry(page, index);
  }

  positions(): readonly PositionPart[] {
    return this.#positions?.figures() ?? [];
  }

  figures(): ReturnType<EntryTally['figures']> {
    return { age: this.#ages.figures(), ...this.#keys.figures(), headroom: null };
  }

  /** An entry with one value, which is in it, as nearly all are: what `#addEntry` does, in a third of the time. */
  #addPlain(page: Page, index: number, event: number, size: number): void {
    const tally = this.#tally;
    const { bytes } = tally;
    bytes.keys += event - page.itemOffset(index) - ENTRY_OVERHEAD_2;
    bytes.values += size;
    bytes.overhead += ENTRY_OVERHEAD_2 + EVENT_HEADER;
    tally.keys++;
    tally.rows++;
    tally.events++;
    tally.versions++;
    this.#versions++;
    this.#bytes += page.itemLength(index);
    this.#keys.valueBytes.add(size);
    this.#positions?.addPut(page.view, event);
    this.#name(page, index);
  }

  #addEntry(page: Page, index: number): void {
    const { view } = page;
    const tally = this.#tally;
    const { bytes } = tally;
    const key = keyLength(page, index);
    const newest = newestEvent(page, index);
    const afterNewest = eventEnd(view, newest);
    const older = page.itemLength(index) - (afterNewest - page.itemOffset(index));
    this.#bytes += page.itemLength(index);
    this.#addEvents(view, newest, 1, key, true);
    this.#addEvents(view, afterNewest, eventCount(view, page.itemOffset(index)) - 1, key, false);
    this.#addNewest(view, newest);
    bytes.keys += key;
    bytes.history += older;
    bytes.overhead += eventsOffset(key) - key;
    tally.keys++;
    this.#name(page, index);
  }

  /** The bytes of the newest event in its entry. */
  #addNewest(view: DataView, event: number): void {
    const { bytes } = this.#tally;
    const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
    if (size === DELETED) {
      bytes.history += EVENT_HEADER;
      return;
    }
    this.#tally.rows++;
    bytes.overhead += EVENT_HEADER;
    if (size === EXTERNAL) bytes.overhead += eventEnd(view, event) - event - EVENT_HEADER;
    else bytes.values += size;
    this.#keys.valueBytes.add(size === EXTERNAL ? readExternal(view, event).length : size);
  }

  /** Counts events, and the long values that they have. */
  #addEvents(view: DataView, event: number, count: number, key: number, isCurrent: boolean): void {
    const tally = this.#tally;
    for (let left = count; left > 0; left--) {
      const size = view.getUint16(event + EVENT_SIZE_OFFSET, true);
      if (size !== MARKER) tally.events++;
      if (size === DELETED) this.#positions?.addDelete(view, event);
      else if (size !== MARKER) {
        tally.versions++;
        this.#versions++;
        this.#positions?.addPut(view, event);
      }
      if (size === EXTERNAL) this.#addExtent(view, event, key, isCurrent);
      event = eventEnd(view, event);
    }
  }

  #addExtent(view: DataView, event: number, key: number, isCurrent: boolean): void {
    const { length } = readExternal(view, event);
    const pages = extentPages(key, length);
    this.#tally.addExtent(pages, valueOffset(key), length);
    this.#tally.bytes[isCurrent ? 'values' : 'history'] += length;
    this.#ages.add(positionWords(view, event), pages);
    this.#bytes += length;
  }

  #name(page: Page, index: number): void {
    const [bytes, versions] = [this.#bytes, this.#versions];
    this.#bytes = 0;
    this.#versions = 0;
    this.#keys.add(this.#table, page, index, bytes, versions);
  }
}
