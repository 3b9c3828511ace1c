/** The page of format 2 that docs/FORMAT.md shows byte by byte, made by the code that writes pages. */
import { crc32 } from '../../../src/engine/bytes/crc32.js';
import { NO_PAGE, U64 } from '../../../src/engine/bytes/u64.js';
import { insertLink } from '../../../src/engine/format/items.js';
import { Page } from '../../../src/engine/format/page.js';
import { HISTORY_SUFFIX, HISTORY_TREE, TABLE_TREE } from '../../../src/engine/format/page-types.js';
import { HAS_RUNS } from '../../../src/engine/format/v2/event-layout.js';
import {
  DELETION,
  type EventData,
  eventSize,
  eventsOffset,
  externalEvent,
  writeEvent,
  writeMarker,
} from '../../../src/engine/format/v2/events.js';
import { PAGES_2 } from '../../../src/engine/format/v2/pages.js';
import { ENTRY_2, EVENT } from '../../../src/engine/format/v2/structures.js';
import { HistoryKey } from '../../../src/engine/table/history-key.js';

/** What the page says about itself. */
export const IDENTITY = { pageId: 5, storeTag: 0x9a3c, table: 1n } as const;
const NEXT_LEAF = 6;
const STAMP = 18n;

/** What to write at an offset, and how many bytes of it. */
interface Piece {
  readonly length: number;
  readonly write: (view: DataView, offset: number) => void;
}

/** A leaf: a key that was deleted, one with older events in the history tree, one with its value in an extent. */
export function workedPage(): Page {
  const value = Buffer.alloc(5000, 'kmb');
  const cover = externalEvent({ length: value.length, firstPage: 9, crc: crc32(value) });
  const page = emptyLeaf(TABLE_TREE.leaf, NEXT_LEAF);
  addItem(page, Buffer.from('GB'), 2, [event(16n, DELETION), event(2n, text('UK, GBP'))]);
  addItem(page, Buffer.from('HR'), 1 | HAS_RUNS, [event(18n, text('Croatia, EUR'))]);
  addItem(page, Buffer.from('cover'), 1, [event(7n, cover)]);
  page.finalize();
  return page;
}

/** A history leaf with one run, of the second key. */
export function workedRun(): Page {
  const key = Buffer.from(`HR${'\0'.repeat(HISTORY_SUFFIX)}`);
  HistoryKey.writePosition(viewOf(key), key.length - HISTORY_SUFFIX, U64.from(13n));
  const page = emptyLeaf(HISTORY_TREE.leaf, NO_PAGE);
  addItem(page, key, 2, [marker(18n), event(13n, text('Croatia, HRK'))]);
  page.finalize();
  return page;
}

function emptyLeaf(type: number, next: number): Page {
  const page = new Page();
  PAGES_2.initialize(page, { ...IDENTITY, type });
  PAGES_2.stamp(page, U64.from(STAMP));
  insertLink(page, next);
  return page;
}

function addItem(page: Page, key: Buffer, count: number, events: readonly Piece[]): void {
  const length = events.reduce((total, piece) => total + piece.length, eventsOffset(key.length));
  const item = page.insertItem(page.itemCount, length);
  page.view.setUint16(item, key.length, true);
  page.bytes.set(key, item + ENTRY_2.offsets.key);
  page.view.setUint16(item + ENTRY_2.offsets.eventCount + key.length, count, true);
  let offset = item + eventsOffset(key.length);
  for (const piece of events) {
    piece.write(page.view, offset);
    offset += piece.length;
  }
}

function event(position: bigint, data: EventData): Piece {
  return {
    length: eventSize(data),
    write(view, offset) {
      writeEvent(view, offset, data, U64.from(position));
    },
  };
}

function marker(until: bigint): Piece {
  return {
    length: EVENT.fixedSize,
    write(view, offset) {
      writeMarker(view, offset, U64.from(until));
    },
  };
}

function text(value: string): EventData {
  const bytes = Buffer.from(value);
  return { size: bytes.length, view: viewOf(bytes), start: 0, length: bytes.length };
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
