/**
 * The numbers of format 2 that its description names, once more and on their own: nothing here comes from src/engine,
 * so that what one misunderstands, the other does not repeat. Offsets of fields are where they are read or written.
 */
export const PAGE_BYTES = 4096;
export const CRC_AT = 4092;
export const PAGE_HEADER_BYTES = 32;
export const SLOT_BYTES = 4;
/** What a page has for items and their slots beside item 0: 4,096 − 32 − 4 − the 12 bytes of item 0 and its slot. */
export const PAGE_ROOM = 4048;
/** Pages 0 and 1 are the two superblocks. */
export const FIRST_PAGE = 2;

export const KEY_BYTES_MAX = 1024;
/** The position of a run's oldest event, after the key of every item of a history tree. */
export const FROM_BYTES = 8;
export const HEIGHT_MAX = 24;

export const PAGE_TYPE = {
  leaf: 0,
  internal: 1,
  value: 3,
  historyLeaf: 4,
  historyInternal: 5,
  catalogueLeaf: 6,
  catalogueInternal: 7,
} as const;

/** Bit 15 of an entry's event count: the history tree has runs of this key. */
export const RUNS_FLAG = 0x8000;
/**
 * The marker is written as an event is, and counted as one. (The description can be read the other way: the count of
 * the events past the marker. It would be 0 then.)
 */
export const MARKERS_COUNTED = 1;
/** Key length, key, event count, and one event with its value: more than this makes the value external. */
export const INLINE_ENTRY_MAX = 1998;
export const RUN_BYTES_MAX = 2016;
export const SIZE_DELETED = 0xffff;
export const SIZE_EXTERNAL = 0xfffe;
export const SIZE_MARKER = 0xfffd;
export const EXTERNAL_BYTES = 12;

export const VALUE_HEADER_BYTES = 40;
/** What a value page holds of the byte stream: key length, key, value. */
export const VALUE_PAGE_ROOM = 4052;
export const VALUE_BYTES_MAX = 67_108_864;

export const RECORDS_AT = 256;
export const RECORD_HEADER_BYTES = 12;
export const RECORD_KIND = { table: 1, freeMap: 2 } as const;
export const TABLE_RECORD_BYTES = 72;
export const GROUP_PAGES = 8192;
export const RECORD_KEY_BYTES = 9;

/** Compatible feature 2: salvaged with losses. It is the only one that a store of the first release may have. */
export const KNOWN_FEATURES = { compatible: 2, readOnlyCompatible: 0, incompatible: 0 } as const;

/** Bytes of an event as if its value were inline: key length, key, event count, position, size, value. */
export const singleEntryBytes = (keyBytes: number, valueBytes: number): number => 14 + keyBytes + valueBytes;

export const valuePages = (keyBytes: number, valueBytes: number): number =>
  Math.ceil((2 + keyBytes + valueBytes) / VALUE_PAGE_ROOM);

export const pageOf = (file: Buffer, pageId: number): Buffer =>
  file.subarray(pageId * PAGE_BYTES, (pageId + 1) * PAGE_BYTES);

export const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

/** A history tree compares the key first and only then the position: one `memcmp` over both would mix `a` and `ab`. */
export function compareHistoryKeys(left: Buffer, right: Buffer): number {
  const [leftKey, rightKey] = [left.subarray(0, -FROM_BYTES), right.subarray(0, -FROM_BYTES)];
  return leftKey.compare(rightKey) || left.subarray(-FROM_BYTES).compare(right.subarray(-FROM_BYTES));
}
