/** Checks the catalogue tree, and finds out from it what tables there are and which pages are free. */
import type { Fault } from '../bytes/fault.js';
import { reservedFaults } from '../format/advisory-faults.js';
import type { Page } from '../format/page.js';
import type { StoreRecord } from '../format/superblock.js';
import { findRecordItemFault, recordPlace } from '../format/v2/catalogue-item.js';
import type { RecordContext } from '../format/v2/record-check.js';
import { countFreePages, decodeFreeGroup, decodeTable, FREE_MAP, TABLE } from '../format/v2/records.js';
import { TABLE_RECORD } from '../format/v2/structures.js';
import type { Steps } from '../steps.js';
import { catalogueTree } from './checked-tree.js';
import type { FindingCode } from './finding-kinds.js';
import type { Location } from './findings.js';
import type { Forest } from './forest.js';
import { addGroup } from './free-pages.js';
import { PageChunk } from './page-file-reader.js';
import type { PageSet } from './page-set.js';
import { reportPositions } from './report-positions.js';
import { bodyPlace, type SuperblockContent, type TableRecord } from './stored-superblock.js';
import { TreeWalk } from './tree-walk.js';

/** The faults of a record after which it says nothing. */
const UNREADABLE: ReadonlySet<FindingCode> = new Set(['record-kind', 'record-event', 'record-length']);

/** The records of a store that has them in a tree. */
export class CatalogueCheck {
  /** Whether all of the free map could be read. */
  isMapKnown = true;
  readonly #leaves: number[] = [];
  #hasUnreadable = false;
  #tables = 0;
  #freePages = 0;

  constructor(
    private readonly content: SuperblockContent,
    private readonly forest: Forest,
  ) {}

  /** Checks the tree and its records, and takes over what they say of free pages. */
  *steps(free: PageSet): Steps<void> {
    const { record, pageId } = this.content;
    const { catalogue, tableCount, freePages } = record as StoreRecord;
    if (catalogue === null) return;
    const walk = new TreeWalk(catalogueTree(catalogue, pageId), this.forest, new PageChunk(this.forest.source));
    for (const leaf of walk.leaves()) {
      if (leaf !== undefined) {
        reportPositions(walk, leaf, this.forest);
        if (this.#hasTables(leaf.page, free, walk.location())) this.#leaves.push(leaf.pageId);
      }
      yield;
    }
    if (walk.isLossy || this.#hasUnreadable)
      this.forest.recordedKeys.tablesMissing = Math.max(0, tableCount - this.#tables);
    if (walk.isLossy) this.isMapKnown = false;
    else if (this.isMapKnown) this.#checkCounts(tableCount, freePages);
  }

  /** The tables, one after the other. The leaves that have them are read once more. */
  *tables(): Generator<TableRecord, void> {
    const chunk = new PageChunk(this.forest.source);
    for (const pageId of this.#leaves) {
      chunk.load(pageId, 1);
      const page = chunk.page(pageId);
      // The file has become shorter: that is seen at the end.
      if (page === undefined || this.forest.judge.findFault(page, pageId) !== undefined) return;
      for (let index = 1; index < page.itemCount; index++) {
        if (this.#hasUnreadable && isUnreadable(findRecordItemFault(page, index, this.#context))) continue;
        const { kind, id, offset, length } = recordPlace(page, index);
        if (kind !== TABLE) continue;
        const body = Buffer.from(page.bytes.subarray(offset, offset + length));
        yield { ...decodeTable(id, body), place: bodyPlace(pageId, offset) };
      }
    }
  }

  get #context(): RecordContext {
    return this.content;
  }

  /** Looks at the records of a leaf; says whether there are tables among them. */
  #hasTables(page: Page, free: PageSet, location: Location): boolean {
    let hasTables = false;
    for (let index = 1; index < page.itemCount; index++) {
      const fault = findRecordItemFault(page, index, this.#context);
      if (fault !== undefined) this.#report(fault, location);
      if (isUnreadable(fault)) {
        this.#hasUnreadable = true;
        this.isMapKnown = false;
        continue;
      }
      const { kind, id, offset, length } = recordPlace(page, index);
      if (kind === TABLE) {
        hasTables = true;
        this.#tables++;
        this.#checkReserved(page, offset, location);
      } else if (kind === FREE_MAP) {
        const group = decodeFreeGroup(id, page.bytes.subarray(offset, offset + length));
        this.#freePages += countFreePages([group]);
        addGroup(free, group, this.forest.firstPage, this.forest.nextPageId);
      }
    }
    return hasTables;
  }

  #report({ code, offset, expected, found }: Omit<Fault<FindingCode>, 'message'>, location: Location): void {
    const message = `a record in it is damaged: ${code} at byte ${offset}: expected ${expected}, found ${found}`;
    this.forest.log.add(code, location, { message, offset, expected, found });
  }

  #checkReserved(page: Page, offset: number, location: Location): void {
    for (const [name, size] of RESERVED) {
      const start = offset + TABLE_RECORD.offsets[name];
      for (const { code, ...facts } of reservedFaults(page, start, start + size)) {
        this.forest.log.add(code, location, facts);
      }
    }
  }

  #checkCounts(tableCount: number, freePages: number): void {
    const { log } = this.forest;
    const { pageId: page } = this.content;
    if (tableCount !== this.#tables) {
      const message = `the superblock counts ${tableCount} tables, the catalogue has ${this.#tables}`;
      log.add('table-count', { page }, { message, expected: this.#tables, found: tableCount });
    }
    if (freePages !== this.#freePages) {
      const message = `the superblock counts ${freePages} free pages, its free map has ${this.#freePages}`;
      log.add('free-count', { page }, { message, expected: this.#freePages, found: freePages });
    }
  }
}

const RESERVED = [
  ['zero1', 2],
  ['zero2', 4],
] as const;

function isUnreadable(fault: { readonly code: FindingCode } | undefined): boolean {
  return fault !== undefined && UNREADABLE.has(fault.code);
}
