/**
 * The tables of a store that records them, for its writer. Records are in the superblock while they fit; then all of
 * them move to the catalogue tree, where they stay, and from where a table is loaded when it is used.
 *
 * Invariants
 *
 * - A table that differs from its record is in memory; nothing else is written by the next commit.
 * - Without a catalogue tree all tables are in memory: they fit into one page.
 * - With one, memory does not grow with the number of tables: when many have changed their records are written before
 *   the commit, within the savepoint.
 */
import { NO_PAGE, U64 } from '../bytes/u64.js';
import type { Superblock, TableCounts, TableEntry } from '../format/superblock.js';
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
import { runSteps, type Steps } from '../steps.js';
import type { TreeRoot } from '../tree/root.js';
import type { WritableCatalogue } from './catalogue.js';
import { LoadedTables } from './loaded-tables.js';
import { catalogueTree, findRecord, recordsOfKind } from './record-tree.js';
import { writeRecords } from './record-writer.js';
import { emptyTable, noCounts, type Table, tableOf } from './table.js';

type RecordedState = NonNullable<CommittedState['record']>;

/** What the running savepoint goes back to, beside the tables. */
interface Start {
  readonly size: number;
  readonly position: bigint;
  readonly catalogue: RecordedState['catalogue'];
}

export class RecordCatalogue implements WritableCatalogue {
  readonly #features: RecordedState['features'];
  #storeId: bigint;
  /** Undefined while the records are in the superblock. */
  #tree: TreeRoot | undefined;
  /** Whether the free map of the last commit is in the tree. */
  #freeMapInTree: boolean;
  #size: number;
  /** No record is of a later position. */
  #position: bigint;
  readonly #loaded = new LoadedTables();
  #start: Start;

  /** @param superblock undefined of a store that is being made */
  constructor(
    private readonly pager: Pager,
    superblock: Superblock | undefined,
  ) {
    const { features, storeId, catalogue, tableCount } = superblock?.record ?? NEW_RECORD;
    this.#features = features;
    this.#storeId = storeId;
    this.#tree = catalogue === null ? undefined : catalogueTree(catalogue);
    this.#freeMapInTree = catalogue !== null;
    this.#size = tableCount;
    this.#position = superblock?.appliedPosition ?? 0n;
    this.#start = this.#now();
    for (const entry of superblock?.tables ?? []) this.#loaded.load(tableOf(entry));
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
    const table = tableOf(decodeTable(id, record.body));
    this.#loaded.load(table);
    return table;
  }

  touch(id: bigint): Table | undefined {
    this.#makeRoom(id);
    const table = this.get(id);
    if (table !== undefined) this.#loaded.markChanged(table);
    return table;
  }

  add(id: bigint): Table {
    this.#makeRoom(id);
    const table = emptyTable(id, noCounts());
    this.#loaded.add(table);
    this.#size++;
    return table;
  }

  /** The record stays: it says from which position on the table can be read. */
  purge(id: bigint, at: bigint): void {
    const table = this.touch(id);
    if (table === undefined) return;
    for (const tree of [table.tree, table.history]) Object.assign(tree, { root: NO_PAGE, height: 0 });
    Object.assign(table.counts as TableCounts, { ...noCounts(), oldest: at, lastChanged: at });
  }

  begin(last: bigint): void {
    this.#loaded.beginSavepoint();
    this.#start = this.#now();
    this.#position = last;
  }

  rollBack(): void {
    this.#loaded.rollBack();
    const { size, position, catalogue } = this.#start;
    this.#size = size;
    this.#position = position;
    this.#tree = catalogue === null ? undefined : catalogueTree(catalogue);
  }

  *entries(): Generator<TableEntry, undefined> {
    const loaded = this.#unwritten();
    let next = 0;
    for (const { id, body } of this.#storedTables()) {
      while (next < loaded.length && (loaded[next] as TableEntry).id < id) yield loaded[next++] as TableEntry;
      if (loaded[next]?.id === id) yield loaded[next++] as TableEntry;
      else yield decodeTable(id, body);
    }
    yield* loaded.slice(next);
  }

  identify(storeId: bigint): void {
    this.#storeId = storeId;
    this.pager.identify(storeId);
  }

  *save(applied: bigint): Steps<Pick<CommittedState, 'tables' | 'record'>> {
    const state = { features: this.#features, storeId: this.#storeId, tableCount: this.#size };
    if (this.#tree === undefined) {
      const tables = this.#unwritten();
      if (fitSuperblock(encodeRecords(tables, this.pager.freeGroups()))) {
        return { tables, record: { ...state, catalogue: null } };
      }
    }
    const { root, height } = yield* this.#saveTree(applied);
    return { tables: [], record: { ...state, catalogue: { root, height } } };
  }

  setCommitted(): void {
    this.#loaded.setWritten();
    this.#freeMapInTree = this.#tree !== undefined;
    if (this.#freeMapInTree) this.#loaded.forgetUnchanged();
  }

  /** Brings the catalogue tree up to date, whole or not at all. */
  *#saveTree(applied: bigint): Steps<TreeRoot> {
    const { pager } = this;
    const before = this.#now();
    const tree = this.#tree ?? catalogueTree(null);
    const at = U64.from(applied);
    let isSaved = false;
    pager.beginSavepoint(at);
    try {
      yield* writeRecords(pager, tree, this.#unwritten().map(encodeTable), at);
      // Free pages at the end are cut off by the commit, but not when the tree has grown past them just now.
      for (let pages = -1; pages !== pager.pageCount;) {
        pages = pager.pageCount;
        yield* writeRecords(pager, tree, this.#unwrittenGroups(), at);
      }
      isSaved = true;
    } finally {
      if (isSaved) pager.releaseSavepoint();
      else pager.rollBack();
      this.#tree = isSaved ? tree : before.catalogue === null ? undefined : catalogueTree(before.catalogue);
    }
    return tree;
  }

  /** To be called before a table changes or is added: makes room in memory for it. */
  #makeRoom(id: bigint): void {
    if (this.#loaded.hasRoom(id)) return;
    const tree = this.#tree ?? catalogueTree(null);
    const records = this.#loaded.flush(this.#tree !== undefined).map(encodeTable);
    runSteps(writeRecords(this.pager, tree, records, U64.from(this.#position)));
    this.#tree = tree;
  }

  /** The entries of tables that the tree does not have, or not as they are. */
  #unwritten(): TableEntry[] {
    return this.#loaded.entries(this.#tree === undefined ? 'all' : 'changed');
  }

  /** The same of the free map; a group that has no free pages any more is without bytes. */
  #unwrittenGroups(): EncodedRecord[] {
    const groups = this.#freeMapInTree ? this.pager.changedFreeGroups() : this.pager.freeGroups();
    return groups.map(encodeFreeGroup);
  }

  #storedTables(): Iterable<EncodedRecord> {
    const tree = this.#tree;
    if (tree === undefined) return [];
    return recordsOfKind(
      this.pager,
      () => tree,
      TABLE,
      () => this.#context,
    );
  }

  #now(): Start {
    const tree = this.#tree;
    const catalogue = tree === undefined ? null : { root: tree.root, height: tree.height };
    return { size: this.#size, position: this.#position, catalogue };
  }

  get #context(): RecordContext {
    return { appliedPosition: this.#position, nextPageId: BigInt(this.pager.pageCount) };
  }
}
