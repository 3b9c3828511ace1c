/**
 * The tables that a reader sees of a store that records them, however many commits a writer makes meanwhile: as they
 * were when it was opened, with their trees as of the commit that the pages are of.
 *
 * Records are never removed, and a purge leaves in the record from which position on the table can be read. A table
 * that was made since has nothing that can be seen at the reader's position. It is not listed, unless the records were
 * in the catalogue tree when the store was opened: then nobody has a list of what there was.
 */
import type { TableEntry } from '../format/superblock.js';
import type { RecordContext } from '../format/v2/record-check.js';
import { decodeTable, TABLE } from '../format/v2/records.js';
import type { SnapshotPager } from '../pager/snapshot-pager.js';
import type { TreeRoot } from '../tree/root.js';
import type { Catalogue } from './catalogue.js';
import { gone } from './gone.js';
import { catalogueTree, findRecord, recordsOfKind } from './record-tree.js';
import { type Table, tableOf } from './table.js';

/** So many tables are kept in memory. */
const LOADED_MAX = 1024;

export class SnapshotRecords implements Catalogue {
  readonly #openedPosition: bigint;
  /** The tables that there were, ascending by id; undefined where the catalogue tree had them. */
  readonly #opened: ReadonlyMap<bigint, TableEntry> | undefined;
  /** Tables as of a generation of the pages: of those in the catalogue tree the ones that were used. */
  readonly #loaded = new Map<bigint, Table>();
  #generation = -1;
  #tree: TreeRoot | undefined;

  constructor(private readonly pages: SnapshotPager) {
    const { appliedPosition, tables } = pages.superblock;
    this.#openedPosition = appliedPosition;
    this.#renew();
    this.#opened = this.#tree === undefined ? new Map(tables.map((entry) => [entry.id, entry])) : undefined;
  }

  has(id: bigint): boolean {
    return this.#opened === undefined ? this.#find(id) !== undefined : this.#opened.has(id);
  }

  /** With the trees of the table as they are now. */
  get(id: bigint): Table | undefined {
    if (this.#opened?.has(id) === false) return undefined;
    const table = this.#find(id);
    const isLost = table === undefined && this.#opened !== undefined;
    if (isLost || (table?.counts?.oldest ?? 0n) > this.#openedPosition) throw gone(id);
    return table;
  }

  *entries(): Generator<TableEntry, undefined> {
    if (this.#opened !== undefined) {
      yield* this.#opened.values();
      return;
    }
    const tree = (): TreeRoot => catalogueTree(this.pages.superblock.record?.catalogue ?? null);
    for (const { id, body } of recordsOfKind(this.pages, tree, TABLE, () => this.#context)) {
      yield decodeTable(id, body);
    }
  }

  #find(id: bigint): Table | undefined {
    if (this.#generation !== this.pages.generation) this.#renew();
    const loaded = this.#loaded.get(id);
    if (loaded !== undefined || this.#tree === undefined) return loaded;
    const record = findRecord(this.pages, this.#tree, TABLE, id, this.#context);
    if (record === undefined) return undefined;
    const table = tableOf(decodeTable(id, record.body));
    if (this.#loaded.size === LOADED_MAX) this.#loaded.clear();
    this.#loaded.set(id, table);
    return table;
  }

  /** Takes the tables from the superblock of the commit that the pages are of. */
  #renew(): void {
    const { tables, record } = this.pages.superblock;
    this.#generation = this.pages.generation;
    this.#tree = record?.catalogue ? catalogueTree(record.catalogue) : undefined;
    this.#loaded.clear();
    for (const entry of tables) this.#loaded.set(entry.id, tableOf(entry));
  }

  get #context(): RecordContext {
    return this.pages.superblock;
  }
}
