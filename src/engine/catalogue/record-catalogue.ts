/**
 * The tables of a store that records them, for its writer. Records are in the superblock while they fit; then all of
 * them move to the catalogue tree, where they stay, and from where a table is loaded when it is used.
 *
 * Invariants
 *
 * - A table that has changed since the last commit is in memory; nothing else is written by the next one.
 * - Without a catalogue tree all tables are in memory: they fit into one page.
 */
import { NO_PAGE, U64 } from '../bytes/u64.js';
import { byId, type Superblock, type TableEntry } from '../format/superblock.js';
import type { RecordContext } from '../format/v2/record-check.js';
import {
  decodeTable,
  encodeFreeGroup,
  type EncodedRecord,
  encodeRecords,
  encodeTable,
  fitSuperblock,
  TABLE,
} from '../format/v2/records.js';
import { NEW_RECORD } from '../format/v2/superblock.js';
import type { CommittedState, Pager } from '../pager/pager.js';
import type { Steps } from '../steps.js';
import type { TreeRoot } from '../tree/root.js';
import type { WritableCatalogue } from './catalogue.js';
import { catalogueTree, findRecord, recordsOfKind } from './record-tree.js';
import { writeRecords } from './record-writer.js';
import { emptyTable, entryOf, noCounts, restoreTable, stateOf, type Table, tableOf, type TableState } from './table.js';

/** So many tables that have not changed stay in memory, beside those that have. */
const UNCHANGED_MAX = 1024;

type RecordedState = NonNullable<CommittedState['record']>;

/** What the running savepoint goes back to. */
interface Before {
  /** Undefined: there was no such table. */
  readonly state: TableState | undefined;
  readonly wasChanged: boolean;
}

export class RecordCatalogue implements WritableCatalogue {
  readonly #features: RecordedState['features'];
  #storeId: bigint;
  /** Undefined while the records are in the superblock. */
  #tree: TreeRoot | undefined;
  #size: number;
  /** The position of the last commit. */
  #applied: bigint;
  readonly #loaded = new Map<bigint, Table>();
  /** Tables that have changed since the last commit. */
  readonly #changed = new Set<bigint>();
  readonly #before = new Map<bigint, Before>();

  /** @param superblock undefined of a store that is being made */
  constructor(
    private readonly pager: Pager,
    superblock: Superblock | undefined,
  ) {
    const { features, storeId, catalogue, tableCount } = superblock?.record ?? NEW_RECORD;
    this.#features = features;
    this.#storeId = storeId;
    this.#tree = catalogue === null ? undefined : catalogueTree(catalogue);
    this.#size = tableCount;
    this.#applied = superblock?.appliedPosition ?? 0n;
    for (const entry of superblock?.tables ?? []) this.#loaded.set(entry.id, tableOf(entry));
  }

  get size(): number {
    return this.#size;
  }

  has(id: bigint): boolean {
    return this.get(id) !== undefined;
  }

  get(id: bigint): Table | undefined {
    const loaded = this.#loaded.get(id);
    if (loaded !== undefined || this.#tree === undefined) return loaded;
    const record = findRecord(this.pager, this.#tree, TABLE, id, this.#context);
    if (record === undefined) return undefined;
    if (this.#loaded.size - this.#changed.size >= UNCHANGED_MAX) this.#forgetUnchanged();
    const table = tableOf(decodeTable(id, record.body));
    this.#loaded.set(id, table);
    return table;
  }

  touch(id: bigint): Table | undefined {
    const table = this.get(id);
    if (table !== undefined) this.#remember(id, table);
    return table;
  }

  add(id: bigint): Table {
    this.#remember(id, undefined);
    const table = emptyTable(id, noCounts());
    this.#loaded.set(id, table);
    this.#size++;
    return table;
  }

  /** The record stays: it says from which position on the table can be read. */
  purge(id: bigint, at: bigint): void {
    const table = this.touch(id);
    if (table === undefined) return;
    for (const tree of [table.tree, table.history]) Object.assign(tree, { root: NO_PAGE, height: 0 });
    Object.assign(table.counts as object, { ...noCounts(), oldest: at, lastChanged: at });
  }

  begin(): void {
    this.#before.clear();
  }

  rollBack(): void {
    for (const [id, { state, wasChanged }] of this.#before) {
      if (!wasChanged) this.#changed.delete(id);
      if (state !== undefined) {
        this.#loaded.set(id, restoreTable(state));
      } else {
        this.#loaded.delete(id);
        this.#size--;
      }
    }
    this.#before.clear();
  }

  #remember(id: bigint, table: Table | undefined): void {
    if (this.#before.has(id)) return;
    this.#before.set(id, { state: table && stateOf(table), wasChanged: this.#changed.has(id) });
    this.#changed.add(id);
  }

  *entries(): Generator<TableEntry, undefined> {
    const changed = this.#inMemory(this.#tree === undefined ? this.#loaded.keys() : this.#changed);
    let next = 0;
    for (const record of this.#storedRecords()) {
      while (next < changed.length && (changed[next] as TableEntry).id < record.id) yield changed[next++] as TableEntry;
      if (changed[next]?.id === record.id) yield changed[next++] as TableEntry;
      else yield decodeTable(record.id, record.body);
    }
    yield* changed.slice(next);
  }

  identify(storeId: bigint): void {
    this.#storeId = storeId;
    this.pager.identify(storeId);
  }

  *save(applied: bigint): Steps<Pick<CommittedState, 'tables' | 'record'>> {
    const state = { features: this.#features, storeId: this.#storeId, tableCount: this.#size };
    if (this.#tree === undefined) {
      const tables = this.#inMemory(this.#loaded.keys());
      if (fitSuperblock(encodeRecords(tables, this.pager.freeGroups()))) {
        return { tables, record: { ...state, catalogue: null } };
      }
    }
    const { root, height } = yield* this.#saveTree(applied);
    return { tables: [], record: { ...state, catalogue: { root, height } } };
  }

  setCommitted(): void {
    this.#changed.clear();
    if (this.#tree !== undefined && this.#loaded.size > UNCHANGED_MAX) this.#forgetUnchanged();
  }

  /** Brings the catalogue tree up to date, whole or not at all. */
  *#saveTree(applied: bigint): Steps<TreeRoot> {
    const { pager } = this;
    const tree = this.#tree ?? catalogueTree(null);
    const before = { root: tree.root, height: tree.height };
    const at = U64.from(applied);
    let isSaved = false;
    pager.beginSavepoint(at);
    try {
      yield* writeRecords(pager, tree, this.#changedTables(), at);
      // Free pages at the end are cut off by the commit, but not when the tree has grown past them just now.
      for (let pages = -1; pages !== pager.pageCount;) {
        pages = pager.pageCount;
        yield* writeRecords(pager, tree, this.#changedGroups(), at);
      }
      isSaved = true;
    } finally {
      if (isSaved) pager.releaseSavepoint();
      else pager.rollBack();
      if (!isSaved) Object.assign(tree, before);
    }
    this.#tree = tree;
    this.#applied = applied;
    return tree;
  }

  /** What the tree does not have yet. */
  #changedTables(): Iterable<EncodedRecord> {
    return this.#inMemory(this.#tree === undefined ? this.#loaded.keys() : this.#changed).map(encodeTable);
  }

  /** The same of the free map; a group that has no free pages any more is without bytes. */
  #changedGroups(): Iterable<EncodedRecord> {
    const groups = this.#tree === undefined ? this.pager.freeGroups() : this.pager.changedFreeGroups();
    return groups.map(encodeFreeGroup);
  }

  /** The entries of tables that are in memory, ascending by id. */
  #inMemory(ids: Iterable<bigint>): TableEntry[] {
    return [...ids].map((id) => entryOf(this.#loaded.get(id) as Table)).sort(byId);
  }

  #storedRecords(): Iterable<EncodedRecord> {
    const tree = this.#tree;
    return tree === undefined
      ? []
      : recordsOfKind(
          this.pager,
          () => tree,
          TABLE,
          () => this.#context,
        );
  }

  get #context(): RecordContext {
    return { appliedPosition: this.#applied, nextPageId: BigInt(this.pager.pageCount) };
  }

  #forgetUnchanged(): void {
    for (const id of this.#loaded.keys()) if (!this.#changed.has(id)) this.#loaded.delete(id);
  }
}
