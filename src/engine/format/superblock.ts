/** What the superblock of a store says, whatever its format, and what can be wrong with it. */
import type { Fault } from '../bytes/fault.js';

/** Where one table's tree begins. An empty tree has no root and height 0; height 1 = the root is a leaf. */
export interface TableEntry {
  readonly id: bigint;
  readonly root: bigint | null;
  readonly height: number;
}

export interface Superblock {
  readonly appliedPosition: bigint;
  /** 32 bytes; zero at a position above 0 means unknown. */
  readonly appliedHash: Uint8Array;
  readonly nextPageId: bigint;
  readonly tables: readonly TableEntry[];
}

export type SuperblockFault = Fault<SuperblockFaultCode>;

export type SuperblockFaultCode =
  | 'superblock-magic'
  | 'superblock-truncated'
  | 'superblock-version'
  | 'superblock-crc'
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
