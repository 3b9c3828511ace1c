/** A census of all pages of a store: 15 bytes for each, so that 10 GB take 40 MB. */
import { U64 } from '../bytes/u64.js';
import { itemBytes } from '../format/items.js';
import { PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import type { Page } from '../format/page.js';
import { stampOf } from '../format/v2/pages.js';
import { FRAME_BYTES } from '../stat/table-tally.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import type { FindingCode, Severity } from '../verify/finding-kinds.js';
import type { Location } from '../verify/findings.js';
import type { StoreVisitor, VisitedPage, VisitedValuePage } from '../verify/store-visitor.js';
import type { SuperblockContent, TableRecord } from '../verify/stored-superblock.js';
import type { Survey } from '../verify/survey.js';
import { DamageMarks } from './damage-marks.js';
import { kindNumber, kindOfType, PAGE_KINDS, type PageKind } from './page-kinds.js';
import { PageNumbers } from './page-numbers.js';

/** What the census says of a page. */
export interface PageFacts {
  readonly page: number;
  readonly kind: PageKind;
  readonly table: bigint | null;
  /** How much of it is in use, 0 to 1; null where that is not known, or means nothing. */
  readonly fill: number | null;
  /** The position that changed it last, where pages say so. */
  readonly stamp: bigint | null;
  /** The page that points to it; null where none does. */
  readonly parent: number | null;
  /** What was found in it, the worst first. */
  readonly damage: readonly FindingCode[];
}

/** What was found in pages. */
export interface PageDamage {
  /** For each page the number of the worst finding, as `codeOf` reads it; 0: nothing was found. */
  readonly worst: Uint8Array;
  /** What was found in a page, the worst first. */
  codes(page: number): FindingCode[];
  /** How bad the worst is that was found in a page. */
  severity(page: number): Severity | undefined;
}

/** What is known of all pages of a store. */
export interface PageCensus {
  readonly pages: number;
  readonly damage: PageDamage;
  /** Numbers of `PAGE_KINDS`, one a page. */
  readonly kinds: Uint8Array;
  /** The tables that could be walked through, in that order. */
  readonly records: readonly { readonly id: bigint; readonly root: bigint | null }[];
  /** Whether pages say when they were changed last. */
  readonly hasStamps: boolean;
  /** What the superblock says; undefined where it cannot be read. */
  readonly content: { readonly appliedPosition: bigint; readonly appliedHash: Uint8Array } | undefined;
  kind(page: number): PageKind;
  /** Bytes of a page that are in use; undefined where that is not known. */
  used(page: number): number | undefined;
  /** The index of a page's table in `records`; -1 where it has none. */
  tableIndex(page: number): number;
  /** The position that changed a page last; 0 where that is not known. */
  stamp(page: number): number;
  parent(page: number): number | undefined;
  facts(page: number): PageFacts;
  /** How many pages there are of each kind. */
  counts(): Record<PageKind, number>;
}

const NOBODY = 0xffffffff;
const UNUSED = 0xffff;
const WORD = 2 ** 32;
const NO_TABLE = 0;

export class CensusTaker implements PageCensus, StoreVisitor {
  readonly seesEntries = false;
  readonly damage: DamageMarks;
  readonly kinds: Uint8Array;
  /** Items of pages of trees, and bytes in use of all that have some. */
  readonly items: Uint16Array;
  readonly #used: Uint16Array;
  /** The number of a page's table, from 1 on. */
  readonly #tableNumbers: PageNumbers;
  readonly #parents: Uint32Array;
  /** The two words of each stamp; nearly no store has any with a high one. */
  #stamps: { readonly low: Uint32Array; readonly high: PageNumbers } | undefined;
  /** The tables that were walked through, in that order. */
  readonly records: TableRecord[] = [];
  content: SuperblockContent | undefined;

  constructor(readonly pages: number) {
    this.damage = new DamageMarks(pages);
    this.kinds = new Uint8Array(pages);
    this.items = new Uint16Array(pages);
    this.#used = new Uint16Array(pages).fill(UNUSED);
    this.#tableNumbers = new PageNumbers(pages);
    this.#parents = new Uint32Array(pages).fill(NOBODY);
  }

  get hasStamps(): boolean {
    return this.#stamps !== undefined;
  }

  kind(page: number): PageKind {
    return PAGE_KINDS[this.kinds[page] ?? 0] ?? 'unknown';
  }

  used(page: number): number | undefined {
    const used = this.#used[page] ?? UNUSED;
    return used === UNUSED ? undefined : used;
  }

  tableIndex(page: number): number {
    return this.#tableNumbers.get(page) - 1;
  }

  stamp(page: number): number {
    return this.#stamps === undefined ? 0 : this.#stamps.high.get(page) * WORD + (this.#stamps.low[page] ?? 0);
  }

  parent(page: number): number | undefined {
    const parent = this.#parents[page] ?? NOBODY;
    return parent === NOBODY ? undefined : parent;
  }

  facts(page: number): PageFacts {
    const used = this.used(page);
    return {
      page,
      kind: this.kind(page),
      table: this.records[this.tableIndex(page)]?.id ?? null,
      fill: used === undefined ? null : used / PAGE_SIZE,
      stamp: this.#exactStamp(page),
      parent: this.parent(page) ?? null,
      damage: this.damage.codes(page),
    };
  }

  counts(): Record<PageKind, number> {
    const counts = Object.fromEntries(PAGE_KINDS.map((kind) => [kind, 0])) as Record<PageKind, number>;
    for (let page = 0; page < this.pages; page++) counts[this.kind(page)]++;
    return counts;
  }

  begin(content: SuperblockContent): void {
    this.content = content;
    if (content.record === undefined) return;
    this.#stamps = { low: new Uint32Array(this.pages), high: new PageNumbers(this.pages) };
  }

  *tables(_content: SuperblockContent, tables: Iterable<TableRecord>): Generator<TableRecord, void> {
    for (const table of tables) {
      this.records.push(table);
      yield table;
    }
  }

  treePage(tree: CheckedTree, page: Page, visited: VisitedPage): void {
    this.addPage(tree, page, visited, itemBytes(page));
  }

  /** The same of a page whose items have so many bytes. */
  addPage(tree: CheckedTree, page: Page, visited: VisitedPage, items: number): void {
    const { itemCount } = page;
    this.#note(visited, kindOfType(page.type), FRAME_BYTES + itemCount * SLOT_SIZE + items);
    this.items[visited.pageId] = itemCount;
    this.#tableNumbers.set(visited.pageId, tree.table === undefined ? NO_TABLE : this.records.length);
    if (this.#stamps !== undefined) this.#noteStamp(visited.pageId, stampOf(page));
  }

  faultyPage(tree: CheckedTree, page: Page | undefined, visited: VisitedPage): void {
    this.#note(visited, page === undefined ? 'unreadable' : kindOfType(page.type), UNUSED);
    this.#tableNumbers.set(visited.pageId, tree.table === undefined ? NO_TABLE : this.records.length);
  }

  valuePage({ position, used, isSound, ...visited }: VisitedValuePage): void {
    this.#note(visited, isSound ? 'value' : 'unreadable', isSound ? used : UNUSED);
    this.#tableNumbers.set(visited.pageId, this.records.length);
    if (isSound) this.#noteStamp(visited.pageId, U64.from(position));
  }

  finding(code: FindingCode, location: Location): void {
    this.damage.add(code, location);
    if (code === 'leaked-page') this.kinds[location.page] = kindNumber('leaked');
  }

  end({ stored, forest, freeMap }: Survey): void {
    const superblocks = stored.content === undefined && stored.copy === undefined ? 1 : forest.firstPage;
    this.kinds.fill(kindNumber('superblock'), 0, Math.min(this.pages, superblocks));
    for (let page = forest.firstPage; page < this.pages && freeMap === 'known'; page++) {
      if (this.kinds[page] === 0 && forest.free.has(page)) this.kinds[page] = kindNumber('free');
    }
  }

  #note({ pageId, parent }: VisitedPage, kind: PageKind, used: number): void {
    this.kinds[pageId] = kindNumber(kind);
    this.#used[pageId] = used;
    this.#parents[pageId] = parent;
  }

  #noteStamp(page: number, { lo, hi }: U64): void {
    if (this.#stamps === undefined) return;
    this.#stamps.low[page] = lo;
    this.#stamps.high.set(page, hi);
  }

  #exactStamp(page: number): bigint | null {
    if (this.#stamps === undefined || this.used(page) === undefined) return null;
    return new U64(this.#stamps.high.get(page), this.#stamps.low[page] as number).toBigInt();
  }
}
