/**
 * A leaf entry: key length u16 · key · version count u16 · versions, newest first. A version:
 *
 *     | offset | size | field                                      |
 *     |      0 |    8 | created at, u64                            |
 *     |      8 |    8 | deleted at, u64; 2^64−1 = current, "open"  |
 *     |     16 |    4 | data length, u32                           |
 *     |     20 |    … | data                                       |
 */
export const VERSION_HEADER = { createdAtOffset: 0, deletedAtOffset: 8, lengthOffset: 16, size: 20 } as const;

/** Bytes of an entry beside its key and its versions. */
export const ENTRY_OVERHEAD = 2 + 2;

/** Bytes of an entry with one version. */
export function entrySize(keyLength: number, valueLength: number): number {
  return ENTRY_OVERHEAD + keyLength + VERSION_HEADER.size + valueLength;
}
