/**
 * The bytes of format 1, little-endian. A store is a whole number of pages; page N starts at byte N × 4096.
 *
 * Superblock (page 0)                      Every other page
 * | offset | size | field            |     | offset | size | field                         |
 * |      0 |    8 | magic VDBSTORE   |     |      0 |    4 | magic VDPG                    |
 * |      8 |    4 | format version   |     |      4 |    1 | page version                  |
 * |     12 |    8 | applied position |     |      5 |    1 | type: 0 leaf, 1 internal      |
 * |     20 |   32 | applied hash     |     |      6 |    2 | item count                    |
 * |     52 |    8 | next page id     |     |      8 |    2 | free offset = 32 + 4 × items  |
 * |     60 |    4 | table count      |     |     10 |   22 | reserved, zero                |
 * |     64 |   20 | each table entry |     |     32 |    4 | each slot: offset, length u16 |
 * |   4092 |    4 | CRC-32           |     |      … |    … | free space, then the items    |
 *                                          |   4092 |    4 | CRC-32                        |
 *
 * docs/FORMAT.md is the authority; a test holds these numbers against it.
 */
export const PAGE_SIZE = 4096;
/** Where the CRC-32 of a page stands, the superblock's too: it covers every byte before it. */
export const CRC_OFFSET = 4092;
export const PAGE_VERSION = 1;

export const SUPERBLOCK = {
  magic: 'VDBSTORE',
  version: 1,
  magicOffset: 0,
  versionOffset: 8,
  appliedPositionOffset: 12,
  appliedHashOffset: 20,
  nextPageIdOffset: 52,
  tableCountOffset: 60,
  tablesOffset: 64,
  tableEntrySize: 20,
} as const;

export const HASH_SIZE = 32;
/** As many table entries as fit between the superblock's fields and its checksum. */
export const MAX_TABLES = Math.floor((CRC_OFFSET - SUPERBLOCK.tablesOffset) / SUPERBLOCK.tableEntrySize);

/** `VDPG`, read as a little-endian u32. */
export const PAGE_MAGIC = 0x47504456;
export const PAGE_HEADER = {
  magicOffset: 0,
  versionOffset: 4,
  typeOffset: 5,
  itemCountOffset: 6,
  freeOffsetOffset: 8,
  size: 32,
} as const;
export const SLOT_SIZE = 4;

export const LEAF = 0;
export const INTERNAL = 1;

/** Item 0 of every tree page: one page id, the next leaf or the leftmost child. */
export const LINK_SIZE = 8;
/** Bytes that a page has for items and their slots beside item 0 and its slot. */
export const PAGE_CAPACITY = CRC_OFFSET - PAGE_HEADER.size - LINK_SIZE - SLOT_SIZE;

/** Longest key, in bytes. */
export const MAX_KEY_LENGTH = 1024;
/**
 * No tree is higher: every internal page has at least two children, and 2^23 leaves of the longest keys are 32 GiB. A
 * recorded height beyond it is damage, and a whole path fits the smallest cache.
 */
export const MAX_HEIGHT = 24;
