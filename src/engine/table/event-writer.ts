/**
 * Changes a table whose versions are events: a put or a delete is written in front of the other events of its key, and
 * nothing that was there is changed. A leaf that has no room is swept, its older events going to the history tree, if
 * what is current leaves an eighth of it free; otherwise it is split.
 *
 * Operations come in ascending order of their keys, those on one key in the order of their positions.
 */
import { copyBytes } from '../bytes/bytes.js';
import { compareU64At, U64 } from '../bytes/u64.js';
import type { Frame } from '../cache/frame.js';
import type { Table } from '../catalogue/table.js';
import { findKey, keyLength } from '../format/items.js';
import { PAGE_CAPACITY, PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import type { TableCounts } from '../format/superblock.js';
import { EVENT_COUNT_MASK, VALUE_MAX } from '../format/v2/event-layout.js';
import {
  DELETION,
  eventCountOffset,
  type EventData,
  eventEnd,
  eventSize,
  eventsOffset,
  fitsInline,
  isDeletion,
  newestEvent,
  singleEntrySize,
  writeEvent,
  writeSingleEntry,
} from '../format/v2/events.js';
import type { Operation } from '../log/operation.js';
import type { Pager } from '../pager/pager.js';
import { isEmptyTree } from '../tree/root.js';
import { inTwo } from '../tree/split.js';
import { TreeWriter } from '../tree/writer.js';
import { HistoryWriter } from './history-writer.js';
import { Sweep } from './sweep.js';
import type { TableWriter } from './table-format.js';
import { ValueWriter } from './value-writer.js';
import { tornVersion, valueTooLarge } from './write-errors.js';

/** A leaf with more current bytes than this is split, not swept: it would soon be full again. */
const SWEEP_MAX = (PAGE_CAPACITY * 7) / 8;

/** An entry that is put together before there is room for it: more than a page, when it is about to be swept. */
const draft = new DataView(new ArrayBuffer(2 * PAGE_SIZE));

/** The value of a put, where it is: one object serves one operation after the other. */
class InlineValue implements EventData {
  size = 0;
  view: DataView = draft;
  start = 0;
  length = 0;

  of({ valueView, valueStart, valueLength }: Operation): this {
    this.size = valueLength;
    this.view = valueView;
    this.start = valueStart;
    this.length = valueLength;
    return this;
  }
}

export class EventWriter implements TableWriter {
  readonly #tree: TreeWriter;
  #sweep: Sweep | undefined;
  readonly #values: ValueWriter;
  readonly #counts: TableCounts;
  readonly #inline = new InlineValue();
  #lastChanged: U64;

  constructor(
    private readonly pager: Pager,
    private readonly table: Table,
    counts: TableCounts,
  ) {
    this.#tree = new TreeWriter(pager, table.tree);
    this.#values = new ValueWriter(pager, table.id, counts);
    this.#counts = counts;
    this.#lastChanged = U64.from(counts.lastChanged);
  }

  put(operation: Operation, at: U64): void {
    if (isEmptyTree(this.table.tree)) this.#tree.createRoot();
    const leaf = this.#tree.seek(operation);
    const index = findKey(leaf, operation);
    if (index >= 0) this.#refuseTorn(leaf, index, operation, at);
    const data = this.#dataOf(operation, at);
    const isNew = index < 0 || isDeletion(leaf.view, newestEvent(leaf, index));
    if (index < 0) this.#insert(leaf, ~index, operation, data, at);
    else this.#prepend(leaf, index, operation, data, at);
    if (index < 0) this.#counts.keys++;
    if (isNew) this.#counts.rows++;
    this.#count(at);
  }

  delete(operation: Operation, at: U64): void {
    if (isEmptyTree(this.table.tree)) return;
    const leaf = this.#tree.seek(operation);
    const index = findKey(leaf, operation);
    if (index < 0) return;
    this.#refuseTorn(leaf, index, operation, at);
    if (isDeletion(leaf.view, newestEvent(leaf, index))) return;
    this.#prepend(leaf, index, operation, DELETION, at);
    this.#counts.rows--;
    this.#count(at);
  }

  /** The value of a put as its event has it; one that is too long for that is written to an extent. */
  #dataOf(operation: Operation, at: U64): EventData {
    if (fitsInline(operation.keyLength, operation.valueLength)) return this.#inline.of(operation);
    if (operation.valueLength > VALUE_MAX) throw valueTooLarge(this.table.id, operation, VALUE_MAX);
    return this.#values.write(operation, at);
  }

  #insert(leaf: Frame, index: number, operation: Operation, data: EventData, at: U64): void {
    const length = singleEntrySize(operation.keyLength, data);
    this.#tree.markDirty(leaf);
    if (length + SLOT_SIZE <= leaf.freeBytes) {
      writeSingleEntry(leaf.view, leaf.insertItem(index, length), operation, data, at, false);
      return;
    }
    if (this.#isWorthSweeping(leaf, index, length, false)) {
      this.#sweepLeaf(leaf, index, false, operation, data, at);
      return;
    }
    writeSingleEntry(draft, 0, operation, data, at, false);
    const item = { index, replaces: false, view: draft, offset: 0, length };
    if (!this.#tree.split(leaf, item, inTwo)) this.#sweepLeaf(leaf, index, false, operation, data, at);
  }

  /** Puts an event in front of the others of an entry. */
  #prepend(leaf: Frame, index: number, operation: Operation, data: EventData, at: U64): void {
    const gap = eventSize(data);
    const head = eventsOffset(operation.keyLength);
    this.#tree.markDirty(leaf);
    if (gap <= leaf.freeBytes) {
      const item = leaf.growItem(index, head, gap);
      countOneMore(leaf.view, item);
      writeEvent(leaf.view, item + head, data, at);
      return;
    }
    const single = singleEntrySize(operation.keyLength, data);
    if (leaf.itemCount === 2 || this.#isWorthSweeping(leaf, index, single, true)) {
      this.#sweepLeaf(leaf, index, true, operation, data, at);
      return;
    }
    const length = leaf.itemLength(index) + gap;
    const old = leaf.itemOffset(index);
    copyBytes(leaf.view, old, draft, 0, head);
    copyBytes(leaf.view, old + head, draft, head + gap, length - gap - head);
    countOneMore(draft, 0);
    writeEvent(draft, head, data, at);
    const item = { index, replaces: true, view: draft, offset: 0, length };
    if (!this.#tree.split(leaf, item, inTwo)) this.#sweepLeaf(leaf, index, true, operation, data, at);
  }

  /** Whether the newest events of a leaf, with one entry of `length` bytes new, leave enough of it free. */
  #isWorthSweeping(leaf: Frame, index: number, length: number, replaces: boolean): boolean {
    let live = length + SLOT_SIZE;
    for (let other = 1; other < leaf.itemCount; other++) {
      if (replaces && other === index) continue;
      live += SLOT_SIZE + currentSize(leaf, other);
    }
    return live <= SWEEP_MAX;
  }

  #sweepLeaf(leaf: Frame, index: number, replaces: boolean, operation: Operation, data: EventData, at: U64): void {
    const length = singleEntrySize(operation.keyLength, data);
    writeSingleEntry(draft, 0, operation, data, at, replaces);
    // Of many tables with few keys most need none.
    this.#sweep ??= new Sweep(new HistoryWriter(this.pager, this.table.history));
    this.#sweep.run(this.#tree, leaf, { index, replaces, view: draft, offset: 0, length }, at);
  }

  #count(at: U64): void {
    this.#counts.events++;
    if (at.compare(this.#lastChanged) <= 0) return;
    this.#lastChanged = at;
    this.#counts.lastChanged = at.toBigInt();
  }

  /**
   * An event from this position on or later was left behind by a crash of another writer: what the log says and what
   * the page says cannot both be true.
   */
  #refuseTorn(leaf: Frame, index: number, operation: Operation, at: U64): void {
    if (compareU64At(leaf.view, newestEvent(leaf, index), at) < 0) return;
    throw tornVersion(this.table.id, leaf.pageId, operation, at);
  }
}

/** Bytes that an entry would have with its newest event alone. */
function currentSize(leaf: Frame, index: number): number {
  const newest = newestEvent(leaf, index);
  return eventsOffset(keyLength(leaf, index)) + eventEnd(leaf.view, newest) - newest;
}

function countOneMore(view: DataView, item: number): void {
  const offset = eventCountOffset(view, item);
  const count = view.getUint16(offset, true);
  if ((count & EVENT_COUNT_MASK) === EVENT_COUNT_MASK) throw new Error('an entry has as many events as it can count');
  view.setUint16(offset, count + 1, true);
}
