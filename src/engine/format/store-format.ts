/**
 * What differs between the formats of a store. A format is chosen once, when a store is opened, and handed down; nobody
 * above this folder asks for its number. What all formats share (slots, items, links, checksums) is in the other files
 * of this folder.
 */
import type { KeyRef } from '../bytes/bytes.js';
import type { PageFault, PagePlace } from './page-check.js';
import type { Page } from './page.js';
import type { StoreRecord, Superblock, SuperblockFault } from './superblock.js';
import type { U64 } from '../bytes/u64.js';

export interface StoreFormat {
  /** What the superblock says. */
  readonly version: number;
  readonly superblock: SuperblockFormat;
  readonly pages: PageFormat;
  readonly entries: EntryFormat;
  /** How many tables a store can have. */
  readonly tablesMax: number;
  /** What there is to record of a store before its first commit; absent where the superblock records nothing. */
  readonly newRecord?: StoreRecord;
  /** What a journal beside a store of this format says. */
  readonly journalVersion: number;
}

/** Page 0. */
export interface SuperblockFormat {
  /** The pages that hold it, from 0 on; the first is written first, the last one last. Other pages come after them. */
  readonly pageIds: readonly [number, ...number[]];
  /** The page for a superblock, with its checksum. */
  encode(superblock: Superblock): Buffer;
  /** Reads a page that has no fault. */
  decode(page: Buffer): Superblock;
  /** What is wrong with a page whose magic, length, version and checksum are right. */
  faults(page: Buffer): Iterable<SuperblockFault>;
}

/** What a page says about itself, where pages do. */
export interface PageIdentity {
  readonly type: number;
  readonly pageId: number;
  /** The table that it belongs to; 0 of the catalogue. */
  readonly table: bigint;
  /** The first 16 bits of the store's id. */
  readonly storeTag: number;
}

/** All other pages. */
export interface PageFormat {
  /** Makes this an empty page: no items. */
  initialize(page: Page, identity: PageIdentity): void;
  /** Notes at which position the page was changed last, where pages say so. */
  stamp(page: Page, position: U64): void;
  /** The first fault of a page, in the order header, checksum, slots, items; `undefined` for a sound one. */
  findFault(page: Page, place: PagePlace): PageFault | undefined;
  /** All that is wrong with a page, in the order in which `findFault` looks for it. */
  faults(page: Page, place: PagePlace): PageFault[];
  /** Says that a page is of another table than this one. */
  findOwnerFault(page: Page, table: bigint): PageFault | undefined;
}

/** A value that is about to be written: bytes of a view. The key is in the same view. */
export interface KeyAndValue extends KeyRef {
  readonly valueStart: number;
  readonly valueLength: number;
}

/**
 * The entries of leaves: a key and its versions, newest first. All of it works in place on pages; a version is named by
 * the offset at which it begins.
 */
export interface EntryFormat {
  /** Bytes of an entry with one version. */
  entrySize(keyLength: number, valueLength: number): number;
  /** Writes an entry with one current version, `entrySize` bytes, at `offset` of a page or buffer. */
  writeEntry(target: DataView, offset: number, item: KeyAndValue, at: U64): void;
  /** Bytes that one more version takes. */
  versionSize(valueLength: number): number;
  /** Where in an entry its versions begin, from its start. */
  versionsOffset(keyLength: number): number;
  /** Writes a new first version into the gap at `versions`, and the number of versions in front of it. */
  prepend(target: DataView, versions: number, count: number, item: KeyAndValue, at: U64): void;
  /** Ends the newest version: it is visible below `at`, and no longer from there on. */
  close(page: Page, version: number, at: U64): void;

  versionCount(page: Page, index: number): number;
  newest(page: Page, index: number): number;
  /** The next older version. */
  older(page: Page, version: number): number;
  /** Whether the version is current: nothing has replaced or deleted it. */
  isCurrent(page: Page, version: number): boolean;
  /** Whether the version begins or ends at `at` or later: no batch at `at` can have been given that version before. */
  reaches(page: Page, version: number, at: U64): boolean;
  /** Whether the version began at `at` or before. */
  isKnown(page: Page, version: number, at: U64): boolean;
  /** The version that is visible at `at`; `NO_VERSION` when there is none. */
  findVisible(page: Page, index: number, at: U64): number;
  createdAt(page: Page, version: number): bigint;
  /** Where the version ends; null when that is not known at `applied`. */
  deletedAt(page: Page, version: number, applied: U64): bigint | null;
  /** A copy of the value. */
  copyValue(page: Page, version: number): Buffer;
}

/** No version of an entry is visible. */
export const NO_VERSION = -1;
