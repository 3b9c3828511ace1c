/** A table of a format-2 store: entries with their newest events, runs with the older ones, values in extents. */
import { deletedEvent, eventItem, externalEvent, inlineEvent, marker, u16, u32, u64, u64be } from './encode.js';
import {
  FROM_BYTES,
  INLINE_ENTRY_MAX,
  MARKERS_COUNTED,
  PAGE_TYPE,
  RUN_BYTES_MAX,
  RUNS_FLAG,
  singleEntryBytes,
  VALUE_HEADER_BYTES,
  VALUE_PAGE_ROOM,
  valuePages,
} from './layout.js';
import type { PageWriter } from './write-pages.js';
import { type LeafItem2, type TreePlan, writeTree } from './write-tree.js';

export interface EventSpec2 {
  readonly position: bigint;
  /** Null: deleted. */
  readonly value: Uint8Array | null;
}

export interface KeySpec2 {
  readonly key: Uint8Array;
  /** Newest first. None: the key takes its place in a leaf and is then left out, so that leaves can be empty. */
  readonly events: readonly EventSpec2[];
  /** How many of them stay with the key (default all); the others are in runs. */
  readonly inline?: number;
}

export interface TableSpec2 {
  readonly id: bigint;
  /** Ascending. None: a table without trees, as a purge leaves it. */
  readonly keys: readonly KeySpec2[];
  /** Default: what fits. */
  readonly entriesPerLeaf?: number;
  readonly runsPerLeaf?: number;
  readonly eventsPerRun?: number;
  /** Default 0. */
  readonly oldest?: bigint;
  /** Default: the position of the newest event. */
  readonly lastChanged?: bigint;
}

/** What holds for all trees of a store. */
export type StorePlan = Pick<TreePlan, 'fanout' | 'stamp' | 'emptyStamp'>;

/** Writes the table's pages, and gives the body of its record. */
export function writeTable(pages: PageWriter, table: TableSpec2, plan: StorePlan): Buffer {
  const values = new ValueWriter(pages, table.id);
  const entries = table.keys.map((key) => entryItem(key, values));
  const runs = table.keys.flatMap((key) => runItems(key, table.eventsPerRun ?? Infinity, values));
  const of = { ...plan, owner: table.id };
  const [entriesMax, runsMax] = [table.entriesPerLeaf ?? Infinity, table.runsPerLeaf ?? Infinity];
  const history = writeTree(pages, {
    ...of,
    kind: 'history',
    items: runs,
    itemsPerLeaf: runsMax,
    separate: divideRuns,
  });
  const current = writeTree(pages, {
    ...of,
    kind: 'current',
    items: entries,
    itemsPerLeaf: entriesMax,
    separate: divide,
  });
  const events = table.keys.flatMap((key) => key.events);
  return Buffer.concat([
    u32(current.root),
    u32(history.root),
    Buffer.from([current.height, history.height, 0, 0]),
    u32(values.pageCount),
    u32(current.pages + history.pages),
    u32(0),
    u64(table.oldest ?? 0n),
    u64(table.lastChanged ?? largestPosition(events)),
    u64(BigInt(table.keys.filter((key) => isRow(key.events[0])).length)),
    u64(BigInt(table.keys.filter((key) => key.events.length > 0).length)),
    u64(BigInt(events.length)),
    u64(BigInt(values.byteCount)),
  ]);
}

const isRow = (newest: EventSpec2 | undefined): boolean => newest !== undefined && newest.value !== null;

const largestPosition = (events: readonly EventSpec2[]): bigint =>
  events.reduce((largest, { position }) => (position > largest ? position : largest), 0n);

function entryItem({ key, events, inline }: KeySpec2, values: ValueWriter): LeafItem2 {
  const staying = events.slice(0, inline ?? events.length);
  const itemKey = Buffer.from(key);
  if (staying.length === 0) return { itemKey, bytes: null, position: 0n };
  const counted = staying.length | (staying.length < events.length ? RUNS_FLAG : 0);
  const encoded = staying.map((event) => values.encode(key, event));
  return { itemKey, bytes: eventItem(key, counted, encoded), position: largestPosition(staying) };
}

/** Oldest first, each as long as it may be. */
function runItems({ key, events, inline }: KeySpec2, eventsMax: number, values: ValueWriter): LeafItem2[] {
  const older = events.slice(inline ?? events.length).reverse();
  const runs: { events: EventSpec2[]; encoded: Buffer[] }[] = [];
  let room = 0;
  for (const event of older) {
    const encoded = values.encode(key, event);
    const last = runs.at(-1);
    if (last === undefined || last.events.length >= eventsMax || encoded.length > room) {
      runs.push({ events: [event], encoded: [encoded] });
      room = RUN_BYTES_MAX - (2 + key.length + FROM_BYTES + 2 + marker(0n).length + encoded.length);
    } else {
      last.events.unshift(event);
      last.encoded.unshift(encoded);
      room -= encoded.length;
    }
  }
  return runs.map((run, index) => {
    const itemKey = Buffer.concat([key, u64be(run.events.at(-1)!.position)]);
    const newer = (runs[index + 1]?.events ?? events.slice(0, inline)).at(-1)!.position;
    const listed = [marker(newer), ...run.encoded];
    return { itemKey, bytes: eventItem(itemKey, listed.length - 1 + MARKERS_COUNTED, listed), position: newer };
  });
}

/** The shortest key that is above the left one and not above the right one. */
export function divide(left: Buffer, right: Buffer): Buffer {
  for (let length = 0; length < right.length; length += 1) {
    const shortened = right.subarray(0, length);
    if (left.compare(shortened) < 0) return shortened;
  }
  return right;
}

/** Within a key its position divides; where keys differ, the shortened key and eight zero bytes do. */
function divideRuns(left: Buffer, right: Buffer): Buffer {
  const [leftKey, rightKey] = [left.subarray(0, -FROM_BYTES), right.subarray(0, -FROM_BYTES)];
  if (leftKey.equals(rightKey)) return right;
  return Buffer.concat([divide(leftKey, rightKey), Buffer.alloc(FROM_BYTES)]);
}

/** Encodes events; a value that is too long for an item becomes an extent. */
class ValueWriter {
  pageCount = 0;
  byteCount = 0;

  constructor(
    private readonly pages: PageWriter,
    private readonly table: bigint,
  ) {}

  encode(key: Uint8Array, { position, value }: EventSpec2): Buffer {
    if (value === null) return deletedEvent(position);
    if (singleEntryBytes(key.length, value.length) <= INLINE_ENTRY_MAX) return inlineEvent(position, value);
    const count = valuePages(key.length, value.length);
    const firstPage = this.pages.allocate(count);
    const stream = Buffer.concat([u16(key.length), key, value]);
    for (let ordinal = 0; ordinal < count; ordinal += 1) {
      const header = { id: firstPage + ordinal, type: PAGE_TYPE.value, owner: this.table, stamp: position };
      this.pages.write(header, (page) => {
        page.writeUInt32LE(ordinal, 32);
        page.writeUInt32LE(value.length, 36);
        stream.copy(page, VALUE_HEADER_BYTES, ordinal * VALUE_PAGE_ROOM, (ordinal + 1) * VALUE_PAGE_ROOM);
      });
    }
    this.pageCount += count;
    this.byteCount += value.length;
    return externalEvent(position, value, firstPage);
  }
}
