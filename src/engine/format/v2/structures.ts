/** The structures of format 2, field by field; docs/FORMAT.md is the authority. */
import { structure } from '../../bytes/field-structure.js';
import { PAGE_TYPE_NAMES } from '../page-types.js';
import { HASH_SIZE } from '../structures.js';

/** The superblock up to its records: page 0, and the same bytes in page 1. */
export const SUPERBLOCK_2_FIELDS = structure({
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
  tableCount: { type: 'u32', label: 'table count', meaning: 'records of tables, wherever they are' },
  commitNumber: { type: 'u64', label: 'commit number', meaning: 'commits since the file was made, the first is 1' },
  compatible: {
    type: 'u32',
    label: 'compatible features',
    meaning: 'bits that older releases may ignore',
    bits: { 1: 'touch log', 2: 'salvaged with losses' },
  },
  readOnly: { type: 'u32', label: 'read-only features', meaning: 'bits that older releases may read past' },
  incompatible: {
    type: 'u32',
    label: 'incompatible features',
    meaning: 'bits that older releases must refuse',
    bits: { 1: 'shared prefixes in leaves', 2: 'page size', 4: 'values in several extents' },
  },
  pageSizeBits: { type: 'u8', label: 'page size', meaning: 'as a power of two: 12' },
  zero1: { type: 'hex', size: 3, label: 'reserved', meaning: 'zero' },
  storeId: { type: 'u64', label: 'store id', meaning: 'which log the store began with' },
  sum0: { type: 'u32', label: 'page sum S0', meaning: 'sum of the checksums of all pages in use' },
  sum1: { type: 'u32', label: 'page sum S1', meaning: 'the same, each times its page id' },
  freePages: { type: 'u32', label: 'free pages', meaning: 'pages that the free map has' },
  catalogueRoot: {
    type: 'u32',
    label: 'catalogue root',
    meaning: 'page of the catalogue tree; 0: records follow here',
    zero: 'none',
  },
  catalogueHeight: { type: 'u8', label: 'catalogue height', meaning: 'levels of the catalogue tree' },
  zero2: { type: 'hex', size: 3, label: 'reserved', meaning: 'zero' },
  recordCount: { type: 'u32', label: 'record count', meaning: 'records that follow' },
  zero3: { type: 'hex', size: 136, label: 'reserved', meaning: 'zero' },
});

/** The beginning of each record: of a table, or of a group of the free map. The body follows. */
export const RECORD_HEADER = structure({
  kind: { type: 'u8', label: 'record kind', meaning: '1 table, 2 free map', names: { 1: 'table', 2: 'free map' } },
  zero: { type: 'u8', label: 'reserved', meaning: 'zero' },
  bodyLength: { type: 'u16', label: 'body length', meaning: 'bytes of the body' },
  id: { type: 'u64', label: 'record id', meaning: 'table id, or the number of the group' },
});

/** The body of a table's record. */
export const TABLE_RECORD = structure({
  root: { type: 'u32', label: 'root page', meaning: 'where its tree begins; 0: none', zero: 'none' },
  historyRoot: {
    type: 'u32',
    label: 'history root',
    meaning: 'where its history tree begins; 0: none',
    zero: 'none',
  },
  height: { type: 'u8', label: 'height', meaning: 'levels of its tree' },
  historyHeight: { type: 'u8', label: 'history height', meaning: 'levels of its history tree' },
  zero1: { type: 'hex', size: 2, label: 'reserved', meaning: 'zero' },
  valuePages: { type: 'u32', label: 'value pages', meaning: 'pages of extents' },
  treePages: { type: 'u32', label: 'tree pages', meaning: 'pages of both trees' },
  zero2: { type: 'hex', size: 4, label: 'reserved', meaning: 'zero' },
  oldest: { type: 'u64', label: 'oldest', meaning: 'the position from which on the table can be read' },
  lastChanged: { type: 'u64', label: 'last changed', meaning: 'the position that changed the table last' },
  rows: { type: 'u64', label: 'rows', meaning: 'keys that have a value now' },
  keys: { type: 'u64', label: 'keys', meaning: 'keys with any event' },
  events: { type: 'u64', label: 'events', meaning: 'puts and deletes, of all keys' },
  valueBytes: { type: 'u64', label: 'value bytes', meaning: 'bytes of the values in extents' },
});

/** The beginning of every other page. */
export const PAGE_HEADER_2_FIELDS = structure({
  magic: { type: 'text', size: 4, label: 'magic', meaning: 'ASCII VDPG' },
  version: { type: 'u8', label: 'page version', meaning: 'the format of the page' },
  type: { type: 'u8', label: 'type', meaning: 'what the page is', names: PAGE_TYPE_NAMES },
  itemCount: { type: 'u16', label: 'item count', meaning: 'slots that follow, that of item 0 included' },
  freeOffset: { type: 'u16', label: 'free offset', meaning: 'the end of the slots' },
  storeTag: { type: 'u16', label: 'store tag', meaning: 'the first two bytes of the store id' },
  pageId: { type: 'u32', label: 'page id', meaning: 'which page this is' },
  table: { type: 'u64', label: 'table', meaning: 'the table that it belongs to; 0 of the catalogue' },
  stamp: { type: 'u64', label: 'stamp', meaning: 'the last position of the group that changed it last' },
});

/** A value page after its header; the bytes follow. */
export const VALUE_HEADER = structure({
  ordinal: { type: 'u32', label: 'ordinal', meaning: 'which page of its extent it is, from 0' },
  valueLength: { type: 'u32', label: 'value length', meaning: 'bytes of the value' },
});

/** An item of a leaf up to its events, newest first. Bit 15 of the count: the history tree has more of the key. */
export const ENTRY_2 = structure({
  keyLength: { type: 'u16', label: 'key length', meaning: 'at most 1024' },
  key: { type: 'text', size: 'keyLength', label: 'key', meaning: '' },
  eventCount: {
    type: 'u16',
    label: 'event count',
    meaning: 'events that follow, newest first; bit 15: older ones elsewhere',
  },
});

/** A put or a delete, or in a history leaf the marker that a run begins with. */
export const EVENT = structure({
  position: { type: 'u64', label: 'position', meaning: 'of the batch' },
  size: {
    type: 'u16',
    label: 'size',
    meaning: 'bytes of the value; FFFF deleted, FFFE external, FFFD marker',
    names: { 0xffff: 'deleted', 0xfffe: 'external', 0xfffd: 'marker' },
  },
});

/** What follows an event whose value is in an extent. */
export const EXTERNAL_VALUE = structure({
  length: { type: 'u32', label: 'value length', meaning: 'bytes of the value' },
  firstPage: { type: 'u32', label: 'first page', meaning: 'where its extent begins' },
  crc: { type: 'crc32', label: 'value checksum', meaning: 'CRC-32 of the value' },
});
