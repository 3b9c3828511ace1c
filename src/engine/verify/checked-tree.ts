/** The trees of a store as what says where they begin describes them. */
import { CATALOGUE_TREE, HISTORY_TREE, keySuffixOf, TABLE_TREE, type TreeKind } from '../format/page-types.js';
import type { Location } from './findings.js';
import { type Bounds, spanOf } from '../tree/key-spans.js';
import type { TableRecord } from './stored-superblock.js';

/** A tree to be checked: where it is said to begin, and how many levels it is said to have. */
export interface CheckedTree {
  /** In messages: `table 1`. */
  readonly name: string;
  readonly kind: TreeKind;
  /** What its pages say that they belong to. */
  readonly owner: bigint;
  /** The table; undefined of a tree of the store itself. */
  readonly table: bigint | undefined;
  /** Null: it has no pages. */
  readonly root: bigint | null;
  readonly height: number;
  /** Whether its leaves lead to further pages: those of a leaf that cannot be read are then not known. */
  readonly leadsFurther: boolean;
  /** The page that says all that. */
  readonly recordedIn: number;
}

/** The tree of a table's entries. */
export function entryTree(record: TableRecord): CheckedTree {
  const { id, root, height, place } = record;
  const whose = { name: `table ${id}`, kind: TABLE_TREE, owner: id, table: id };
  return { ...whose, root, height, leadsFurther: hasValuePages(record), recordedIn: place.page };
}

/** The tree of a table's older events; empty where the format has none. */
export function historyTree(table: TableRecord): CheckedTree {
  const { id, record, place } = table;
  const root = record?.historyRoot ?? null;
  return {
    name: `the history of table ${id}`,
    kind: HISTORY_TREE,
    owner: id,
    table: id,
    root: root === null ? null : BigInt(root),
    height: record?.historyHeight ?? 0,
    leadsFurther: hasValuePages(table),
    recordedIn: place.page,
  };
}

function hasValuePages({ record }: TableRecord): boolean {
  return record !== undefined && record.valuePages > 0;
}

/** The tree of a store's records. */
export function catalogueTree(
  { root, height }: { readonly root: number; readonly height: number },
  recordedIn: number,
): CheckedTree {
  const whose = { name: 'the catalogue', kind: CATALOGUE_TREE, owner: 0n, table: undefined };
  return { ...whose, root: BigInt(root), height, leadsFurther: true, recordedIn };
}

/** The table of a tree, and its keys between bounds, for a finding; nothing of a tree that has no table's keys. */
export function keysIn(
  { table, kind }: CheckedTree,
  bounds: Bounds | undefined,
): Pick<Location, 'table' | 'keys' | 'isHistory'> {
  if (table === undefined) return {};
  const whose = kind === HISTORY_TREE ? { table, isHistory: true as const } : { table };
  return bounds === undefined ? whose : { ...whose, keys: spanOf(bounds, keySuffixOf(kind.leaf)) };
}
