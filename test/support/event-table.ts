/** A table of events by itself, without a log: what is written is also kept as a list of events for each key. */
import { expect } from 'chai';
import { keyRef } from '../../src/engine/bytes/bytes.js';
import { U64 } from '../../src/engine/bytes/u64.js';
import { emptyTable, noCounts, restoreTable, stateOf, type Table } from '../../src/engine/catalogue/table.js';
import { findKey } from '../../src/engine/format/items.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import type { TableCounts } from '../../src/engine/format/superblock.js';
import { FORMAT_2 } from '../../src/engine/format/v2/format.js';
import { WriteBatch } from '../../src/engine/log/batch.js';
import { newOperation, type Operation } from '../../src/engine/log/operation.js';
import { Pager } from '../../src/engine/pager/pager.js';
import { StoreFile } from '../../src/engine/pager/store-file.js';
import { Cursor } from '../../src/engine/table/row-cursor.js';
import { tableFormatOf, type WithEntry } from '../../src/engine/table/table-format.js';
import { TreePath } from '../../src/engine/tree/path.js';
import { isEmptyTree } from '../../src/engine/tree/root.js';
import { MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';

/** A put of a value of this many bytes, or without a length a delete. */
export interface KeyedEvent {
  readonly key: Buffer;
  readonly length: number | null;
}

interface ModelEvent {
  readonly position: number;
  readonly value: Buffer | null;
}

const OWN_LOCK = { id: '1-1', isHeld: () => true };
const FORMAT = tableFormatOf(FORMAT_2);

export class EventTable {
  readonly pager: Pager;
  readonly table: Table;
  readonly counts: TableCounts = noCounts();
  /** By key in hex, the newest event last. */
  readonly #model = new Map<string, ModelEvent[]>();
  #position = 0;

  constructor(cachePages: number) {
    const files = new MemoryFiles();
    this.pager = new Pager(files, StoreFile.create(files, STORE_PATH, OWN_LOCK), FORMAT_2, undefined, 2, {
      cachePages,
    });
    this.table = emptyTable(1n, this.counts);
  }

  /** Applies events as one batch, of several on one key the last; one that is not kept is rolled back. */
  apply(events: readonly KeyedEvent[], isKept: boolean): void {
    const position = this.#position + 1;
    const last = new Map(events.map(({ key, length }) => [key.toString('hex'), { key, length }]));
    const before = stateOf(this.table);
    this.pager.beginSavepoint(U64.from(BigInt(position)));
    const writer = FORMAT.writer(this.pager, this.table);
    for (const [, event] of [...last].sort(([, a], [, b]) => Buffer.compare(a.key, b.key))) {
      const value = event.length === null ? null : valueOf(event.key, position, event.length);
      const operation = operationOf(event.key, value, position);
      if (value === null) writer.delete(operation, U64.from(BigInt(position)));
      else writer.put(operation, U64.from(BigInt(position)));
      if (isKept) this.#remember(event.key, { position, value });
    }
    if (isKept) {
      this.pager.releaseSavepoint();
      this.#position = position;
    } else {
      this.pager.rollBack();
      restoreTable(before);
    }
  }

  /** Every key at every position where it changes and just before, its history, scans both ways, and the counts. */
  checkAll(): void {
    for (const [hex, events] of this.#model) {
      const key = Buffer.from(hex, 'hex');
      for (const { position } of events) {
        for (const at of [position - 1, position])
          expect(this.#get(key, at), `${hex} at ${at}`).to.equal(this.#due(hex, at));
      }
      const due = events.filter(({ value }) => value !== null).map(({ position }) => position);
      for (const at of [this.#position, due[due.length >> 1] ?? 0]) this.#checkVersions(key, due, at);
    }
    for (const at of [this.#position, Math.ceil(this.#position / 2), 1]) this.#checkScans(at);
    this.#checkCounts();
  }

  /** The versions of a key up to a position, in both orders. */
  #checkVersions(key: Buffer, due: readonly number[], at: number): void {
    const applied = U64.from(BigInt(this.#position));
    const known = due.filter((position) => position <= at);
    for (const reverse of [true, false]) {
      const range = { at: U64.from(BigInt(at)), applied, reverse };
      const versions = [...FORMAT.versions(this.pager, () => this.table, this.#withEntry(key), range)];
      expect(versions.map(({ createdAt }) => Number(createdAt))).to.deep.equal(reverse ? known : known.toReversed());
    }
  }

  /** Bytes of the file for each event. */
  bytesPerEvent(): number {
    return ((this.pager.pageCount - 2) * PAGE_SIZE) / this.counts.events;
  }

  #remember(key: Buffer, event: ModelEvent): void {
    const hex = key.toString('hex');
    const events = this.#model.get(hex) ?? [];
    if (event.value === null && (events.at(-1)?.value ?? null) === null) return;
    this.#model.set(hex, [...events, event]);
  }

  #due(hex: string, at: number): string | undefined {
    return this.#model
      .get(hex)
      ?.findLast(({ position }) => position <= at)
      ?.value?.toString('hex');
  }

  #get(key: Buffer, at: number): string | undefined {
    const reader = this.#reader();
    return this.#withEntry(key)((leaf, index) =>
      reader.find(leaf, index, U64.from(BigInt(at))) ? Buffer.from(reader.value()).toString('hex') : undefined,
    );
  }

  #checkScans(at: number): void {
    const due = [...this.#model.keys()]
      .sort((a, b) => Buffer.compare(Buffer.from(a, 'hex'), Buffer.from(b, 'hex')))
      .flatMap((hex) => this.#due(hex, at) ?? []).length;
    for (const reverse of [false, true]) {
      const range = { from: undefined, to: undefined, reverse, at: U64.from(BigInt(at)) };
      const rows = [
        ...new Cursor(
          this.pager,
          () => this.table,
          () => U64.from(BigInt(this.#position)),
          range,
        ),
      ];
      expect(rows.length).to.equal(due);
      for (const { key, value } of rows) {
        expect(Buffer.from(value).toString('hex')).to.equal(this.#due(Buffer.from(key).toString('hex'), at));
      }
    }
  }

  #checkCounts(): void {
    const all = [...this.#model.values()];
    const { rows, keys, events, lastChanged, treePages } = this.counts;
    expect({ rows, keys, events, lastChanged: Number(lastChanged) }).to.deep.equal({
      rows: all.filter((list) => list.at(-1)?.value !== null).length,
      keys: all.length,
      events: all.reduce((sum, list) => sum + list.length, 0),
      lastChanged: Math.max(0, ...all.map((list) => list.at(-1)?.position ?? 0)),
    });
    expect(treePages + this.counts.valuePages).to.be.at.most(this.pager.pageCount - 2);
  }

  #reader(): ReturnType<typeof FORMAT.reader> {
    return FORMAT.reader(this.pager, () => this.table);
  }

  #withEntry(key: Buffer): WithEntry {
    return (found) => {
      if (isEmptyTree(this.table.tree)) return undefined;
      const leaf = new TreePath(this.pager, this.table.tree).seek(keyRef(key));
      const index = findKey(leaf, keyRef(key));
      return index < 0 ? undefined : found(leaf, index);
    };
  }
}

/** Bytes that say which event they are of. */
function valueOf(key: Buffer, position: number, length: number): Buffer {
  return Buffer.alloc(length, `${position}/${key.length};`);
}

function operationOf(key: Buffer, value: Buffer | null, position: number): Operation {
  const batch = new WriteBatch(BigInt(position));
  if (value === null) batch.delete(1n, key);
  else batch.put(1n, key, value);
  return batch.readOperation(batch.firstOffset(), newOperation());
}
