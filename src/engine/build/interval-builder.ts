/** Builds a table whose versions are intervals, all of a key in its entry. What does not fit there is refused. */
import { copyBytes, type KeyRef } from '../bytes/bytes.js';
import { type U64, writeU64 } from '../bytes/u64.js';
import { entryOf, type Table } from '../catalogue/table.js';
import { VERSION_HEADER } from '../format/entry-layout.js';
import { PAGE_SIZE } from '../format/layout.js';
import type { TableEntry } from '../format/superblock.js';
import { versionSize, versionsOffset, writeVersion } from '../format/v1/intervals.js';
import type { PageSink } from '../pager/page-sink.js';
import { entryTooLarge } from '../table/write-errors.js';
import { BulkLoader } from '../tree/bulk-loader.js';
import { MAX_ITEM_LENGTH } from '../tree/writer.js';
import type { KeyEvent } from './key-sink.js';
import type { TableBuilder } from './table-builder.js';

/** An entry that is put together, from its end to its beginning: the newest version comes first. */
const draft = new DataView(new ArrayBuffer(PAGE_SIZE));

export class IntervalBuilder implements TableBuilder {
  readonly #entries: BulkLoader;
  #key!: KeyRef;
  /** Bytes of the versions so far, those that the draft has no room for included. */
  #length = 0;
  #versions = 0;
  #isOpen = false;
  #newest!: U64;

  /** @param table without pages */
  constructor(
    sink: PageSink,
    private readonly table: Table,
  ) {
    this.#entries = new BulkLoader(sink, table.tree);
  }

  begin(key: KeyRef): void {
    this.#key = key;
    this.#length = 0;
    this.#versions = 0;
    this.#isOpen = false;
  }

  event(event: KeyEvent): void {
    this.#newest = event.at;
    if (this.#isOpen && this.#fits) writeU64(draft, this.#start + VERSION_HEADER.deletedAtOffset, event.at);
    this.#isOpen = !event.isDeletion;
    if (event.isDeletion) return;
    this.#length += versionSize(event.valueLength);
    this.#versions++;
    // Of a value that is too long here not even the bytes are asked for.
    if (this.#fits) writeVersion(draft, this.#start, event, event.at);
  }

  end(): void {
    const header = versionsOffset(this.#key.keyLength);
    const length = header + this.#length;
    if (!this.#fits) throw entryTooLarge(this.table.id, this.#key, length, MAX_ITEM_LENGTH, this.#versions);
    const start = this.#start - header;
    const { view, keyStart, keyLength } = this.#key;
    draft.setUint16(start, keyLength, true);
    copyBytes(view, keyStart, draft, start + 2, keyLength);
    draft.setUint16(start + 2 + keyLength, this.#versions, true);
    this.#entries.append(draft, start, length, this.#newest);
  }

  finish(): TableEntry {
    this.#entries.finish();
    return entryOf(this.table);
  }

  get #fits(): boolean {
    return versionsOffset(this.#key.keyLength) + this.#length <= MAX_ITEM_LENGTH;
  }

  /** Where in the draft the newest version is. */
  get #start(): number {
    return draft.byteLength - this.#length;
  }
}
