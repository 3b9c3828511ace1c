/** A table of an open store: its trees, and what is counted of it. */
import { HISTORY_TREE, TABLE_TREE } from '../format/page-types.js';
import type { TableCounts, TableEntry } from '../format/superblock.js';
import { NO_PAGE } from '../bytes/u64.js';
import { emptyTree, type TreeRoot } from '../tree/root.js';

export interface Table {
  readonly id: bigint;
  /** The entries of all keys. */
  readonly tree: TreeRoot;
  /** Older events of the keys; empty where the format keeps all versions in the entries. */
  readonly history: TreeRoot;
  /** Absent where the format counts nothing. */
  readonly counts: TableCounts | undefined;
}

/** A table without pages. */
export function emptyTable(id: bigint, counts?: TableCounts): Table {
  return {
    id,
    tree: emptyTree(id, TABLE_TREE, counts),
    history: emptyTree(id, HISTORY_TREE, counts),
    counts,
  };
}

/** The table that an entry describes. */
export function tableOf({ id, root, height, record }: TableEntry): Table {
  const counts = record && countsOf(record);
  const pageId = root === null ? NO_PAGE : Number(root);
  const farRoot = root !== null && root > BigInt(Number.MAX_SAFE_INTEGER) ? root : undefined;
  const history = emptyTree(id, HISTORY_TREE, counts);
  if (record !== undefined) {
    history.root = record.historyRoot ?? NO_PAGE;
    history.height = record.historyHeight;
  }
  return { id, tree: { ...emptyTree(id, TABLE_TREE, counts), root: pageId, height, farRoot }, history, counts };
}

/** The entry that describes a table as it is now. */
export function entryOf({ id, tree, history, counts }: Table): TableEntry {
  const entry = { id, root: tree.farRoot ?? (tree.root === NO_PAGE ? null : BigInt(tree.root)), height: tree.height };
  if (counts === undefined) return entry;
  const historyRoot = history.root === NO_PAGE ? null : history.root;
  return { ...entry, record: { ...counts, historyRoot, historyHeight: history.height } };
}

/** A table as it was, to go back to: undefined counts stay so. */
export interface TableState {
  readonly table: Table;
  readonly entry: TableEntry;
}

/** What `restoreTable` goes back to. */
export function stateOf(table: Table): TableState {
  return { table, entry: entryOf(table) };
}

/** Makes a table again what it was. */
export function restoreTable({ table, entry }: TableState): Table {
  const before = tableOf(entry);
  Object.assign(table.tree, { root: before.tree.root, height: before.tree.height });
  Object.assign(table.history, { root: before.history.root, height: before.history.height });
  if (table.counts !== undefined) Object.assign(table.counts, before.counts);
  return table;
}

/** Counts of a table in which nothing was written yet. */
export function noCounts(): TableCounts {
  return {
    treePages: 0,
    valuePages: 0,
    oldest: 0n,
    lastChanged: 0n,
    rows: 0,
    keys: 0,
    events: 0,
    valueBytes: 0,
  };
}

function countsOf(record: TableCounts): TableCounts {
  const { treePages, valuePages, oldest, lastChanged, rows, keys, events, valueBytes } = record;
  return { treePages, valuePages, oldest, lastChanged, rows, keys, events, valueBytes };
}
