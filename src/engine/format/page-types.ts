/** The types of pages after the superblock: which trees they are of, and how keys are compared in them. */

/** The pages of one kind of tree. */
export interface TreeKind {
  /** What it is called in messages: "a leaf of the … tree". */
  readonly name: string;
  readonly leaf: number;
  readonly internal: number;
}

/** The current entries of a table. */
export const TABLE_TREE: TreeKind = { name: 'table', leaf: 0, internal: 1 };
/** The older events of a table's keys: a key there ends in a position, `HISTORY_SUFFIX` bytes. */
export const HISTORY_TREE: TreeKind = { name: 'history', leaf: 4, internal: 5 };
/** The records of a store that do not fit into its superblock. */
export const CATALOGUE_TREE: TreeKind = { name: 'catalogue', leaf: 6, internal: 7 };

/** A page of an extent: bytes of one value, no items. */
export const VALUE_PAGE = 3;

/** Bytes of the position at the end of a history key, big-endian: it is compared after all bytes before it. */
export const HISTORY_SUFFIX = 8;

/** Whether a page of a tree is a leaf. */
export function isLeafType(type: number): boolean {
  return (type & 1) === 0;
}

/** Bytes at the end of a page's keys that are compared after all others. */
export function keySuffixOf(type: number): number {
  return type === HISTORY_TREE.leaf || type === HISTORY_TREE.internal ? HISTORY_SUFFIX : 0;
}

/** What the types are called, by number. */
export const PAGE_TYPE_NAMES = [
  'leaf',
  'internal',
  'free',
  'value',
  'history leaf',
  'history internal',
  'catalogue leaf',
  'catalogue internal',
] as const;

/** What a type is called. */
export function pageTypeName(type: number): string {
  return PAGE_TYPE_NAMES[type] ?? 'unknown';
}
