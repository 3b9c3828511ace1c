/**
 * Pages without trees: a pager of format 2, and what readers and writers find. A page holds a number, an extent of
 * pages one number more in each page.
 */
import { U64 } from '../../src/engine/bytes/u64.js';
import { insertLink, nextLeaf, setNextLeaf } from '../../src/engine/format/items.js';
import { PAGE_SIZE } from '../../src/engine/format/layout.js';
import { TABLE_TREE } from '../../src/engine/format/page-types.js';
import { Page } from '../../src/engine/format/page.js';
import { decodeSuperblock, formatOfSuperblock } from '../../src/engine/format/superblock-page.js';
import type { StoreRecord, Superblock } from '../../src/engine/format/superblock.js';
import { FORMAT_2 } from '../../src/engine/format/v2/format.js';
import type { StoreErrorCode, FileSystem } from '../../src/engine/index.js';
import { Pager } from '../../src/engine/pager/pager.js';
import { recover } from '../../src/engine/pager/recovery.js';
import { SnapshotPager } from '../../src/engine/pager/snapshot-pager.js';
import { StoreFile } from '../../src/engine/pager/store-file.js';
import { readStoredSuperblock } from '../../src/engine/pager/superblock-copies.js';
import { runSteps, type Steps } from '../../src/engine/steps.js';
import { copyOf, withFile } from './crashed-store.js';
import { MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';

export const OWN_LOCK = { id: '1-1', isHeld: (): boolean => true };
export const JOURNAL_PATH = `${STORE_PATH}-journal`;
const STORE_ID = 0x1234_5678_9abc_def0n;
const TABLE = 7n;
export interface OpenedPages {
  readonly pager: Pager;
  readonly superblock: Superblock;
}

/** Opens the pages of a store as a writer does, who puts each commit in place, unless `journalBytes` says otherwise. */
export function openPages(files: FileSystem, cachePages = 32, journalBytes = 0): OpenedPages {
  const storeFile = StoreFile.open(files, STORE_PATH, OWN_LOCK);
  try {
    runSteps(recover(files, storeFile));
    const stored = readStoredSuperblock(storeFile);
    const superblock = decodeSuperblock(stored.page);
    const end = Number(superblock.nextPageId);
    const format = formatOfSuperblock(stored.page);
    const length = storeFile.file().size() / PAGE_SIZE;
    storeFile.setCommittedLength();
    const pager = new Pager(files, storeFile, format, stored, length, { cachePages, journalBytes });
    if (end < length) pager.truncateTo(end);
    return { pager, superblock };
  } catch (error) {
    storeFile.close();
    throw error;
  }
}

/** A store that is to be made. */
export function newPages(files: FileSystem, cachePages = 32, journalBytes = 0): Pager {
  const storeFile = StoreFile.create(files, STORE_PATH, OWN_LOCK);
  const firstPages = FORMAT_2.superblock.pageIds.length;
  const pager = new Pager(files, storeFile, FORMAT_2, undefined, firstPages, { cachePages, journalBytes });
  pager.identify(STORE_ID);
  return pager;
}

/** Commits, as of a position. */
export function commitPages(pager: Pager, position: number): Steps<void> {
  const { features } = FORMAT_2.newRecord as StoreRecord;
  const record = { features, storeId: STORE_ID, catalogue: null, tableCount: 0 };
  return pager.commit({
    appliedPosition: BigInt(position),
    appliedHash: Buffer.alloc(32, position),
    tables: [],
    record,
  });
}

/** Does some work in a savepoint, and commits it. */
export function workAndCommit(pager: Pager, position: number, work: () => void): void {
  pager.beginSavepoint(U64.from(BigInt(position)));
  work();
  pager.releaseSavepoint();
  runSteps(commitPages(pager, position));
}

/** A store with this many pages, committed at position 1: page n holds n. */
export function storeOfPages(count: number): MemoryFiles {
  const files = new MemoryFiles();
  const pager = newPages(files);
  workAndCommit(pager, 1, () => {
    for (let pageId = 2; pageId < count + 2; pageId += 1) makePage(pager, pageId);
  });
  pager.close();
  return files;
}

/** One more commit of a store, opened and closed for it. */
export function commitTo(files: FileSystem, position: number, work: (pager: Pager) => void): void {
  const { pager } = openPages(files);
  workAndCommit(pager, position, () => {
    work(pager);
  });
  pager.close();
}

export function makePage(pager: Pager, content: number): number {
  const frame = pager.allocate(TABLE_TREE.leaf, TABLE);
  insertLink(frame, content);
  pager.release();
  return frame.pageId;
}

export function changePage(pager: Pager, pageId: number, content: number): void {
  const frame = pager.fetch(pageId);
  pager.markDirty(frame);
  setNextLeaf(frame, content);
  pager.release();
}

/** Makes an extent, of pages that look like those of a tree: what is in them is not the pager's business. */
export function makeExtent(pager: Pager, length: number, content: number): number {
  const first = pager.allocateRun(length);
  const pages = Buffer.alloc(length * PAGE_SIZE);
  for (let index = 0; index < length; index += 1) {
    const page = new Page(pages.subarray(index * PAGE_SIZE, (index + 1) * PAGE_SIZE));
    const identity = { type: TABLE_TREE.leaf, pageId: first + index, table: TABLE, storeTag: pager.storeTag };
    FORMAT_2.pages.initialize(page, identity);
    insertLink(page, content + index);
    page.finalize();
  }
  pager.writeDirect(first, pages);
  return first;
}

export function readPage(pager: Pager, pageId: number): number {
  const content = nextLeaf(pager.fetch(pageId));
  pager.release();
  return content;
}

/** What a page holds, as `readDirect` gives it. */
export function readDirectly(pager: Pick<Pager, 'readDirect'>, pageId: number): number {
  const bytes = Buffer.alloc(PAGE_SIZE);
  pager.readDirect(pageId, 1, bytes);
  return contentOf(bytes);
}

export function contentOf(bytes: Buffer): number {
  const page = new Page();
  page.bytes.set(bytes.subarray(0, PAGE_SIZE));
  return nextLeaf(page);
}

/** A copy in which pages are others: a buffer, or `undefined` for garbage. */
export function withPages(files: MemoryFiles, pages: Readonly<Record<number, Buffer | undefined>>): MemoryFiles {
  const bytes = files.get(STORE_PATH);
  for (const [pageId, page] of Object.entries(pages)) {
    const target = bytes.subarray(Number(pageId) * PAGE_SIZE, (Number(pageId) + 1) * PAGE_SIZE);
    if (page === undefined) target.fill(0xee, 100, 700);
    else target.set(page);
  }
  return withFile(files, STORE_PATH, bytes);
}

export const pageOf = (files: MemoryFiles, pageId: number): Buffer =>
  files.get(STORE_PATH).subarray(pageId * PAGE_SIZE, (pageId + 1) * PAGE_SIZE);

export const openReader = (files: MemoryFiles): SnapshotPager =>
  new SnapshotPager(files, StoreFile.open(files, STORE_PATH), 32);

export interface Reading {
  readonly position: number;
  readonly notes: readonly StoreErrorCode[];
  readonly page7: number;
}

/** What a reader finds. */
export function readStore(files: MemoryFiles): Reading {
  const pages = openReader(files);
  try {
    return {
      position: Number(pages.superblock.appliedPosition),
      notes: pages.notes.map(({ code }) => code),
      page7: nextLeaf(pages.fetch(7)),
    };
  } finally {
    pages.close();
  }
}

/** Three stores of the same history: page 7 is 7, then 70, then 71; at rest after each commit. */
export function threeCommits(): MemoryFiles[] {
  const first = storeOfPages(10);
  const second = copyOf(first);
  commitTo(second, 2, (pager) => {
    changePage(pager, 7, 70);
  });
  const third = copyOf(second);
  commitTo(third, 3, (pager) => {
    changePage(pager, 7, 71);
  });
  return [first, second, third];
}
