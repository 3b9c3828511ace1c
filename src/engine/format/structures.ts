/**
 * The structures of format 1: the one place that says where what stands. `layout.ts` and `entry-layout.ts` take their
 * numbers from here, and a test holds docs/FORMAT.md against it.
 */
import { structure } from '../bytes/field-structure.js';

export const HASH_SIZE = 32;

/** The beginning of page 0. Behind it stand the table entries, and at the end of the page the checksum. */
export const SUPERBLOCK_FIELDS = structure({
  magic: { type: 'text', size: 8, label: 'magic', meaning: 'ASCII VDBSTORE' },
  version: { type: 'u32', label: 'version', meaning: 'the format of the store' },
  appliedPosition: { type: 'u64', label: 'applied position', meaning: 'of the last batch applied, 0 before the first' },
  appliedHash: {
    type: 'hex',
    size: HASH_SIZE,
    label: 'applied hash',
    meaning: 'which log was applied; zero above position 0: not known',
  },
  nextPageId: { type: 'u64', label: 'next page id', meaning: 'pages in the file' },
  tableCount: { type: 'u32', label: 'table count', meaning: 'table entries that follow, at most 201' },
});

export const TABLE_ENTRY = structure({
  id: { type: 'u64', label: 'id', meaning: 'table id' },
  root: { type: 'u64', label: 'root page', meaning: 'where its tree begins', max: 'empty tree' },
  height: { type: 'u32', label: 'height', meaning: 'levels of its tree; 1: the root is a leaf' },
});

/** The beginning of every other page. Behind it stand the slots, and at the end of the page the checksum. */
export const PAGE_HEADER_FIELDS = structure({
  magic: { type: 'text', size: 4, label: 'magic', meaning: 'ASCII VDPG' },
  version: { type: 'u8', label: 'page version', meaning: 'the format of the page' },
  type: { type: 'u8', label: 'type', meaning: '0 leaf, 1 internal, 2 free', names: ['leaf', 'internal', 'free'] },
  itemCount: { type: 'u16', label: 'item count', meaning: 'slots that follow, that of item 0 included' },
  freeOffset: { type: 'u16', label: 'free offset', meaning: 'the end of the slots' },
  reserved: { type: 'hex', size: 22, label: 'reserved', meaning: 'zero' },
});

export const SLOT = structure({
  offset: { type: 'u16', label: 'item offset', meaning: 'where the item stands in the page' },
  length: { type: 'u16', label: 'item length', meaning: 'bytes of the item' },
});

/** Item 0 of a leaf. */
export const LEAF_LINK = structure({
  next: { type: 'u64', label: 'next leaf', meaning: 'page id of the leaf to the right', max: 'none' },
});

/** Item 0 of an internal page. */
export const INTERNAL_LINK = structure({
  child: { type: 'u64', label: 'leftmost child', meaning: 'page id; keys below the first separator' },
});

/** The other items of an internal page. */
export const SEPARATOR = structure({
  keyLength: { type: 'u16', label: 'key length', meaning: 'at most 1024' },
  key: { type: 'text', size: 'keyLength', label: 'key', meaning: 'the least key that the child may hold' },
  child: { type: 'u64', label: 'child page id', meaning: 'keys from the separator on' },
});

/** The other items of a leaf. Behind it stand the versions, newest first. */
export const ENTRY = structure({
  keyLength: { type: 'u16', label: 'key length', meaning: 'at most 1024' },
  key: { type: 'text', size: 'keyLength', label: 'key', meaning: '' },
  versionCount: { type: 'u16', label: 'version count', meaning: 'versions that follow, newest first' },
});

export const VERSION = structure({
  createdAt: { type: 'u64', label: 'created at', meaning: 'position that wrote it' },
  deletedAt: { type: 'u64', label: 'deleted at', meaning: 'position that replaced or deleted it', max: 'current' },
  size: { type: 'u32', label: 'data length', meaning: 'bytes of the value' },
  value: { type: 'text', size: 'size', label: 'data', meaning: 'the value' },
});

/** The end of every page. */
export const CHECKSUM = structure({
  crc: { type: 'crc32', label: 'checksum', meaning: 'CRC-32 of all bytes of the page before it' },
});
