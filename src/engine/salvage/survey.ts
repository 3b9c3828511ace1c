/** What a damaged store says of itself: superblock, tables, free pages, as far as they can be read. */
import { MAX_U64, NO_PAGE, U64 } from '../bytes/u64.js';
import type { Page } from '../format/page.js';
import { CATALOGUE_TREE } from '../format/page-types.js';
import type { TableEntry } from '../format/superblock.js';
import { findRecordItemFault, recordPlace } from '../format/v2/catalogue-item.js';
import type { RecordContext } from '../format/v2/record-check.js';
import { decodeFreeGroup, decodeTable, TABLE } from '../format/v2/records.js';
import type { Steps } from '../steps.js';
import { addGroup } from '../verify/free-pages.js';
import { PageSet } from '../verify/page-set.js';
import type { SuperblockContent } from '../verify/stored-superblock.js';
import type { PageCensus } from './page-census.js';
import { TreeWalk } from './tree-walk.js';

export class StoreSurvey {
  readonly tables = new Map<bigint, TableEntry>();
  readonly free = new PageSet();
  /** Whether all tables are known, and all free pages. */
  isComplete: boolean;
  /** Undefined where it is not known. */
  readonly applied: U64 | undefined;
  /** Pages of the store; beyond them is what was never committed. */
  readonly end: number;
  /** Leaves of the catalogue that were read. */
  readonly #read = new PageSet();

  constructor(
    private readonly census: PageCensus,
    readonly content: SuperblockContent | undefined,
  ) {
    this.isComplete = content !== undefined && !content.tablesLost;
    const position = content?.appliedPosition ?? MAX_U64;
    this.applied = position === MAX_U64 ? undefined : U64.from(position);
    this.end = content === undefined ? census.pages : Number(content.nextPageId);
    for (const table of content?.tables ?? []) if (!this.tables.has(table.id)) this.tables.set(table.id, table);
    for (const group of content?.record?.freeGroups ?? [])
      addGroup(this.free, group, census.firstPage, BigInt(this.end));
  }

  /** Reads the catalogue, where the store has one. */
  *readCatalogue(): Steps<void> {
    const catalogue = this.content?.record?.catalogue;
    if (this.content !== undefined && (catalogue === null || catalogue === undefined)) return;
    const walk = new TreeWalk(
      this.census,
      {
        kind: CATALOGUE_TREE,
        owns: () => true,
        take: (leaf, pageId) => {
          this.#take(leaf, pageId);
        },
        stray: () => {
          this.isComplete = false;
        },
      },
      this.#read,
    );
    yield* walk.walk(catalogue?.root ?? NO_PAGE, 0);
    if (this.content !== undefined && walk.holes.length === 0) return;
    this.isComplete = false;
    for (const pageId of this.census.ofType(CATALOGUE_TREE.leaf)) {
      if (!this.#read.has(pageId)) this.#take(this.census.read(pageId), pageId);
      yield;
    }
  }

  #take(leaf: Page, pageId: number): void {
    this.#read.add(pageId);
    const context: RecordContext = {
      appliedPosition: this.applied?.toBigInt() ?? MAX_U64,
      nextPageId: BigInt(this.end),
    };
    for (let index = 1; index < leaf.itemCount; index++) {
      if (findRecordItemFault(leaf, index, context) !== undefined) {
        this.isComplete = false;
        continue;
      }
      const { kind, id, offset, length } = recordPlace(leaf, index);
      const body = leaf.bytes.subarray(offset, offset + length);
      if (kind !== TABLE) addGroup(this.free, decodeFreeGroup(id, body), this.census.firstPage, BigInt(this.end));
      else if (!this.tables.has(id)) this.tables.set(id, decodeTable(id, body));
    }
  }
}
