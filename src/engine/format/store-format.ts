/**
 * What differs between the formats of a store. A format is chosen once, when a store is opened, and handed down; nobody
 * above this folder asks for its number. What all formats share (slots, items, links, checksums) is in the other files
 * of this folder.
 */
import type { AdvisoryFault } from './advisory-faults.js';
import type { PageFault, PagePlace } from './page-check.js';
import type { Page } from './page.js';
import type { LeafGlance } from './v2/leaf-glance.js';
import type { StoreRecord, Superblock, SuperblockFault, SuperblockFaultCode } from './superblock.js';
import type { U64 } from '../bytes/u64.js';

export interface StoreFormat {
  /** What the superblock says. */
  readonly version: number;
  readonly superblock: SuperblockFormat;
  readonly pages: PageFormat;
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
  /** The faults of such a page after which nothing that it says can be read. */
  readonly fatalFaults: ReadonlySet<SuperblockFaultCode>;
  /** What is wrong with a page whose magic, length, version and checksum are right. */
  faults(page: Buffer): Iterable<SuperblockFault>;
  /** What is in such a page twice or for nothing, and not as it should be; no reader looks at it. */
  advisoryFaults(page: Buffer): Iterable<AdvisoryFault>;
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
  /** Whether anything on the page may be of a later position: false only where the page says that nothing is. */
  changedAfter(page: Page, position: U64): boolean;
  /** The first fault of a page, in the order header, checksum, slots, items; `undefined` for a sound one. */
  findFault(page: Page, place: PagePlace): PageFault | undefined;
  /** The first fault of what a page says before its items: header, checksum, and the link in item 0. */
  findHeadFault(page: Page, place: PagePlace): PageFault | undefined;
  /** As `findFault`, of a page of any type that the format has, also one without items. */
  findFaultOfAny(page: Page, place: PagePlace): PageFault | undefined;
  /** Whether the header of a page with items is sound, and its checksum right. */
  hasSoundHeader(page: Page, place: PagePlace): boolean;
  /**
   * Whether it is seen at a glance that a page has no fault, and nothing out of place; false says nothing.
   *
   * @param glance is told what else was seen, if the answer is yes
   */
  isTidy(page: Page, place: PagePlace, glance?: LeafGlance): boolean;
  /** All that is wrong with a page of any type, in the order in which `findFaultOfAny` looks for it. */
  faults(page: Page, place: PagePlace): PageFault[];
  /** Says that a page is of another table than this one. */
  findOwnerFault(page: Page, table: bigint): PageFault | undefined;
  /** What is in a page twice or for nothing, and not as it should be; no reader looks at it. */
  advisoryFaults(page: Page): Iterable<AdvisoryFault>;
}
