/** Offsets in leaf entries and their versions; structures.ts has the fields. */
import { ENTRY, VERSION } from './structures.js';

/** Where in an item its key begins, after the key's length. */
export const KEY_OFFSET = ENTRY.offsets.key;

export const VERSION_HEADER = {
  createdAtOffset: VERSION.offsets.createdAt,
  deletedAtOffset: VERSION.offsets.deletedAt,
  lengthOffset: VERSION.offsets.size,
  size: VERSION.fixedSize,
} as const;

/** Bytes of an entry beside its key and its versions. */
export const ENTRY_OVERHEAD = ENTRY.fixedSize;
