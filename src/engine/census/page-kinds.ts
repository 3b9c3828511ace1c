/** What a page of a store is, found out by what leads to it. */
import { CATALOGUE_TREE, HISTORY_TREE, TABLE_TREE } from '../format/page-types.js';

/** The names, in the order of their numbers. `unknown`: it may belong below what cannot be read. */
export const PAGE_KINDS = [
  'unknown',
  'superblock',
  'leaf',
  'internal',
  'history-leaf',
  'history-internal',
  'value',
  'catalogue',
  'free',
  'leaked',
  'unreadable',
] as const;

export type PageKind = (typeof PAGE_KINDS)[number];

/** The number of a kind. */
export function kindNumber(kind: PageKind): number {
  return PAGE_KINDS.indexOf(kind);
}

const OF_TYPES: ReadonlyMap<number, PageKind> = new Map<number, PageKind>([
  [TABLE_TREE.leaf, 'leaf'],
  [TABLE_TREE.internal, 'internal'],
  [HISTORY_TREE.leaf, 'history-leaf'],
  [HISTORY_TREE.internal, 'history-internal'],
  [CATALOGUE_TREE.leaf, 'catalogue'],
  [CATALOGUE_TREE.internal, 'catalogue'],
]);

/** What a page of a tree is by its type. */
export function kindOfType(type: number): PageKind {
  return OF_TYPES.get(type) ?? 'unreadable';
}
