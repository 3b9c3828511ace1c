/**
 * The numbers of format 1 that the engine works with. A store is a whole number of pages; page N starts at byte N ×
 * 4096. Where what stands is said in structures.ts, and the authority is docs/FORMAT.md.
 */
import { CHECKSUM, LEAF_LINK, PAGE_HEADER_FIELDS, SLOT, SUPERBLOCK_FIELDS, TABLE_ENTRY } from './structures.js';

export const PAGE_SIZE = 4096;
/** Where the CRC-32 of a page stands, the superblock's too: it covers every byte before it. */
export const CRC_OFFSET = PAGE_SIZE - CHECKSUM.fixedSize;

export const SUPERBLOCK = {
  magic: 'VDBSTORE',
  magicOffset: SUPERBLOCK_FIELDS.offsets.magic,
  versionOffset: SUPERBLOCK_FIELDS.offsets.version,
  appliedPositionOffset: SUPERBLOCK_FIELDS.offsets.appliedPosition,
  appliedHashOffset: SUPERBLOCK_FIELDS.offsets.appliedHash,
  nextPageIdOffset: SUPERBLOCK_FIELDS.offsets.nextPageId,
  tableCountOffset: SUPERBLOCK_FIELDS.offsets.tableCount,
  tablesOffset: SUPERBLOCK_FIELDS.fixedSize,
  tableEntrySize: TABLE_ENTRY.fixedSize,
} as const;

export { HASH_SIZE } from './structures.js';
/** As many table entries as fit between the superblock's fields and its checksum. */
export const MAX_TABLES = Math.floor((CRC_OFFSET - SUPERBLOCK.tablesOffset) / SUPERBLOCK.tableEntrySize);

/** `VDPG`, read as a little-endian u32. */
export const PAGE_MAGIC = 0x47504456;
export const PAGE_HEADER = {
  magicOffset: PAGE_HEADER_FIELDS.offsets.magic,
  versionOffset: PAGE_HEADER_FIELDS.offsets.version,
  typeOffset: PAGE_HEADER_FIELDS.offsets.type,
  itemCountOffset: PAGE_HEADER_FIELDS.offsets.itemCount,
  freeOffsetOffset: PAGE_HEADER_FIELDS.offsets.freeOffset,
  reservedOffset: PAGE_HEADER_FIELDS.offsets.reserved,
  size: PAGE_HEADER_FIELDS.fixedSize,
} as const;
export const SLOT_SIZE = SLOT.fixedSize;
/** Where in a slot the item's length stands; its offset comes first. */
export const SLOT_LENGTH_OFFSET = SLOT.offsets.length;
/** As many slots as fit a page, were all items empty. */
export const MAX_ITEMS = Math.floor((CRC_OFFSET - PAGE_HEADER.size) / SLOT_SIZE);

export const LEAF = 0;
export const INTERNAL = 1;

/** Item 0 of every tree page: one page id, the next leaf or the leftmost child. */
export const LINK_SIZE = LEAF_LINK.fixedSize;
/** Bytes that a page has for items and their slots beside item 0 and its slot. */
export const PAGE_CAPACITY = CRC_OFFSET - PAGE_HEADER.size - LINK_SIZE - SLOT_SIZE;

/** Longest key, in bytes. */
export const MAX_KEY_LENGTH = 1024;
/**
 * No tree is higher: every internal page has at least two children, and 2^23 leaves of the longest keys are 32 GiB. A
 * recorded height beyond it is damage, and a whole path fits the smallest cache.
 */
export const MAX_HEIGHT = 24;
