/** What the superblock of a store says, whatever its format, and what can be wrong with it. */
import type { Fault } from '../bytes/fault.js';

/** Where one table's tree begins. An empty tree has no root and height 0; height 1 = the root is a leaf. */
export interface TableEntry {
  readonly id: bigint;
  readonly root: bigint | null;
  readonly height: number;
  /** Absent where the format keeps none. */
  readonly record?: TableRecord;
}

/** What a store counts of a table. Formats whose superblock has no room for it have none. */
export interface TableCounts {
  /** Pages of both trees. */
  treePages: number;
  /** Pages of values that are kept outside the trees. */
  valuePages: number;
  /** The position from which on the table can be read. */
  oldest: bigint;
  /** The position that changed the table last. */
  lastChanged: bigint;
  /** Keys that have a value now. */
  rows: number;
  /** Keys with any event. */
  keys: number;
  events: number;
  /** Bytes of values that are kept outside the trees. */
  valueBytes: number;
}

/** What a store records of a table beside where its tree begins. An empty history has no root and height 0. */
export interface TableRecord extends TableCounts {
  readonly historyRoot: number | null;
  readonly historyHeight: number;
}

/** What a store of a later format than 1 says about itself as a whole. */
export interface StoreRecord {
  /** How many commits there have been. */
  readonly commitNumber: bigint;
  readonly features: { readonly compatible: number; readonly readOnly: number; readonly incompatible: number };
  readonly storeId: bigint;
  readonly pageSums: { readonly sum0: number; readonly sum1: number };
  readonly freePages: number;
  /** The tree of the records that do not fit into the superblock; null while they do. */
  readonly catalogue: { readonly root: number; readonly height: number } | null;
  /** How many tables there are, those in the catalogue tree included. */
  readonly tableCount: number;
  /** Groups of the free map; empty when they are in the catalogue tree. */
  readonly freeGroups: readonly FreeGroup[];
}

/** Pages that a group of the free map is about. */
export const PAGES_PER_GROUP = 8192;

/** The free pages among neighbours: a bit each, the least first, without zero bytes at the end. */
export interface FreeGroup {
  readonly group: number;
  readonly bits: Buffer;
}

export interface Superblock {
  readonly appliedPosition: bigint;
  /** 32 bytes; zero at a position above 0 means unknown. */
  readonly appliedHash: Uint8Array;
  readonly nextPageId: bigint;
  /** Of a store with a catalogue tree: none. */
  readonly tables: readonly TableEntry[];
  /** Absent in format 1. */
  readonly record?: StoreRecord;
}

export type SuperblockFault = Fault<SuperblockFaultCode>;

export type SuperblockFaultCode =
  | 'superblock-magic'
  | 'superblock-truncated'
  | 'superblock-version'
  | 'superblock-crc'
  | 'feature-unknown'
  | 'page-size'
  | 'next-page-range'
  | 'record-count'
  | 'record-kind'
  | 'record-event'
  | 'record-length'
  | 'record-order'
  | 'record-value'
  | 'free-range'
  | 'table-count'
  | 'applied-position'
  | 'table-duplicate'
  | 'root-shared';

/** Makes a fault of a superblock that is one. */
export function superblockFault(
  code: SuperblockFaultCode,
  offset: number,
  expected: string,
  found: number | bigint | string,
): SuperblockFault {
  const message = `the superblock is damaged: ${code} at byte ${offset}: expected ${expected}, found ${found}`;
  return { code, offset, expected, found, message };
}

export function byId(a: { readonly id: bigint }, b: { readonly id: bigint }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
