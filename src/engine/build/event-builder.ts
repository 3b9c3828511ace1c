/**
 * Builds a table whose versions are events. A key with little history has all of it in its entry; of any other only the
 * newest event is there, and the older ones are in runs of its history tree, which are as long as their pages have room
 * for.
 */
import { copyBytes, type KeyRef } from '../bytes/bytes.js';
import { U64 } from '../bytes/u64.js';
import { entryOf, type Table } from '../catalogue/table.js';
import { PAGE_CAPACITY, PAGE_SIZE } from '../format/layout.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';
import type { TableCounts, TableEntry } from '../format/superblock.js';
import { EVENT_HEADER, HAS_RUNS, RUN_MAX } from '../format/v2/event-layout.js';
import {
  DELETION,
  type EventData,
  eventSize,
  eventsOffset,
  fitsInline,
  writeEvent,
  writeMarker,
} from '../format/v2/events.js';
import type { PageSink } from '../pager/page-sink.js';
import { HistoryKey } from '../table/history-key.js';
import { ValueWriter } from '../table/value-writer.js';
import { BulkLoader } from '../tree/bulk-loader.js';
import type { KeyEvent } from './key-sink.js';
import type { TableBuilder } from './table-builder.js';

/** The longest entry that has older events: a scan of current rows passes over them. */
const ENTRY_MAX = PAGE_CAPACITY / 8;

/** An item that is put together. */
const draft = new DataView(new ArrayBuffer(PAGE_SIZE));
/** Events of the key that are not placed yet, the oldest first. Tables are built one after the other. */
const pending = new DataView(new ArrayBuffer(2 * PAGE_SIZE));

export class EventBuilder implements TableBuilder {
  readonly #entries: BulkLoader;
  readonly #runs: BulkLoader;
  readonly #values: ValueWriter;
  readonly #counts: TableCounts;
  #key!: KeyRef;
  #hasRuns = false;
  #lastChanged: U64;
  /** Of the events in `pending`: where each begins, and which position it has. */
  readonly #offsets: number[] = [];
  readonly #positions: U64[] = [];
  #count = 0;
  #end = 0;

  /** @param table without pages, counting what is known of it beside its pages and keys */
  constructor(
    sink: PageSink,
    private readonly table: Table,
  ) {
    this.#counts = table.counts as TableCounts;
    this.#lastChanged = U64.from(this.#counts.lastChanged);
    this.#entries = new BulkLoader(sink, table.tree);
    this.#runs = new BulkLoader(sink, table.history);
    this.#values = new ValueWriter(sink, table.id, this.#counts);
  }

  begin(key: KeyRef): void {
    this.#key = key;
    this.#hasRuns = false;
  }

  event(event: KeyEvent): void {
    const data = event.isDeletion ? DELETION : this.#dataOf(event);
    const size = eventSize(data);
    while (this.#count > 0 && this.#end + size > RUN_MAX - this.#runHeader) this.#placeRun(this.#count, event.at);
    writeEvent(pending, this.#end, data, event.at);
    this.#offsets[this.#count] = this.#end;
    this.#positions[this.#count] = event.at;
    this.#count++;
    this.#end += size;
    this.#counts.events++;
    if (!event.isNewest) return;
    this.#counts.keys++;
    if (!event.isDeletion) this.#counts.rows++;
    if (event.at.compare(this.#lastChanged) > 0) this.#lastChanged = event.at;
  }

  end(): void {
    const newest = this.#positions[this.#count - 1] as U64;
    const fits = !this.#hasRuns && eventsOffset(this.#key.keyLength) + this.#end <= ENTRY_MAX;
    while (!fits && this.#count > 1) this.#placeRun(this.#count - 1, newest);
    const count = this.#count;
    const header = eventsOffset(this.#key.keyLength);
    this.#writeKey(0);
    draft.setUint16(header - 2, this.#hasRuns ? count | HAS_RUNS : count, true);
    const length = this.#writeNewestFirst(header, count);
    this.#entries.append(draft, 0, length, newest);
    this.#count = 0;
    this.#end = 0;
  }

  finish(): TableEntry {
    this.#entries.finish();
    this.#runs.finish();
    this.#counts.lastChanged = this.#lastChanged.toBigInt();
    return entryOf(this.table);
  }

  /** Bytes of a run before its events. */
  get #runHeader(): number {
    return eventsOffset(this.#key.keyLength + HISTORY_SUFFIX) + EVENT_HEADER;
  }

  #dataOf(event: KeyEvent): EventData {
    const { valueLength } = event;
    const { view, keyStart, keyLength } = this.#key;
    const valueView = event.valueView;
    const { valueStart } = event;
    if (fitsInline(keyLength, valueLength)) {
      return { size: valueLength, view: valueView, start: valueStart, length: valueLength };
    }
    return this.#values.write({ view, keyStart, keyLength, valueView, valueStart, valueLength }, event.at);
  }

  /**
   * Puts the oldest events into a run: as many as the page has room for, or a new page.
   *
   * @param count of how many at most
   * @param until the position of the event after these
   */
  #placeRun(count: number, until: U64): void {
    const header = this.#runHeader;
    const { room } = this.#runs;
    const isRoomForOne = header + this.#endOf(0) <= room;
    const limit = (isRoomForOne ? Math.min(RUN_MAX, room) : RUN_MAX) - header;
    let taken = 1;
    while (taken < count && this.#endOf(taken) <= limit) taken++;
    const marker = taken < this.#count ? (this.#positions[taken] as U64) : until;
    this.#writeKey(HISTORY_SUFFIX);
    HistoryKey.writePosition(draft, 2 + this.#key.keyLength, this.#positions[0] as U64);
    draft.setUint16(header - EVENT_HEADER - 2, taken + 1, true);
    writeMarker(draft, header - EVENT_HEADER, marker);
    this.#runs.append(draft, 0, this.#writeNewestFirst(header, taken), marker);
    this.#hasRuns = true;
    this.#forget(taken);
  }

  #endOf(index: number): number {
    return index + 1 < this.#count ? (this.#offsets[index + 1] as number) : this.#end;
  }

  #writeKey(suffix: number): void {
    const { view, keyStart, keyLength } = this.#key;
    draft.setUint16(0, keyLength + suffix, true);
    copyBytes(view, keyStart, draft, 2, keyLength);
  }

  /** Writes the oldest events into the draft; gives where they end. */
  #writeNewestFirst(offset: number, count: number): number {
    let target = offset;
    for (let index = count - 1; index >= 0; index--) {
      const start = this.#offsets[index] as number;
      const length = this.#endOf(index) - start;
      copyBytes(pending, start, draft, target, length);
      target += length;
    }
    return target;
  }

  #forget(count: number): void {
    const start = this.#endOf(count - 1);
    copyBytes(pending, start, pending, 0, this.#end - start);
    this.#count -= count;
    this.#end -= start;
    for (let index = 0; index < this.#count; index++) {
      this.#offsets[index] = (this.#offsets[index + count] as number) - start;
      this.#positions[index] = this.#positions[index + count] as U64;
    }
  }
}
