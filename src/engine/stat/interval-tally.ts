/** Counts the entries of format 1: each has all versions of its key. */
import { compareU64Within, isMaxU64At, U64 } from '../bytes/u64.js';
import { VERSION_HEADER } from '../format/entry-layout.js';
import { copyKey, keyLength } from '../format/items.js';
import type { Page } from '../format/page.js';
import {
  isVisible,
  newestVersion,
  olderVersion,
  versionCount,
  versionSize,
  versionsOffset,
} from '../format/v1/intervals.js';
import { MAX_ITEM_LENGTH } from '../tree/writer.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import { type EntryTally, KeyFigures, KEYS_NAMED } from './entry-tally.js';
import { PositionCounts, type PositionPart } from './position-counts.js';
import type { HeadroomFigures } from './report.js';
import { TableTally } from './table-tally.js';
import { TopList } from './top-list.js';

export class IntervalTally implements EntryTally {
  readonly countsEvents = false;
  readonly #keys = new KeyFigures();
  readonly #headroom = new TopList<HeadroomFigures>(KEYS_NAMED);
  readonly #applied: U64;
  readonly #positions: PositionCounts | undefined;
  #table = 0n;
  #tally = new TableTally();
  /** Where the next newer version of a key says when it was created; -1: there is none. */
  #newer = -1;

  constructor(applied: bigint, countsPositions: boolean) {
    this.#applied = U64.from(applied);
    this.#positions = countsPositions ? new PositionCounts(applied) : undefined;
  }

  begin(table: bigint, tally: TableTally): void {
    this.#table = table;
    this.#tally = tally;
  }

  page(tree: CheckedTree, page: Page, items: number): void {
    this.#tally.addTreePage(tree, page, items);
  }

  run(): void {
    // This format has none.
  }

  entry(page: Page, index: number): void {
    const tally = this.#tally;
    const { bytes } = tally;
    const key = keyLength(page, index);
    const count = versionCount(page, index);
    let version = newestVersion(page, index);
    const newestLength = valueLength(page, version);
    let isRow = false;
    this.#newer = -1;
    for (let left = count; left > 0; left--) {
      const length = valueLength(page, version);
      if (isVisible(page, version, this.#applied)) {
        isRow = true;
        this.#keys.valueBytes.add(length);
        bytes.values += length;
        bytes.overhead += VERSION_HEADER.size;
      } else {
        bytes.history += versionSize(length);
      }
      if (this.#positions !== undefined) this.#addPositions(page.view, version, this.#positions);
      version = olderVersion(page, version);
    }
    bytes.keys += key;
    bytes.overhead += versionsOffset(key) - key;
    tally.keys++;
    tally.versions += count;
    if (isRow) tally.rows++;
    this.#name(page, index, count, newestLength);
  }

  positions(): readonly PositionPart[] {
    return this.#positions?.figures() ?? [];
  }

  figures(): ReturnType<EntryTally['figures']> {
    return { age: null, ...this.#keys.figures(), headroom: this.#headroom.items() };
  }

  /** A version ends with a deletion where the next one does not begin there. */
  #addPositions(view: DataView, version: number, positions: PositionCounts): void {
    const created = version + VERSION_HEADER.createdAtOffset;
    const deleted = version + VERSION_HEADER.deletedAtOffset;
    // What begins and ends at one position is a leftover that no position sees.
    if (compareU64Within(view, created, deleted) === 0) return;
    const goesOn = this.#newer >= 0 && compareU64Within(view, deleted, this.#newer) === 0;
    positions.addPut(view, created);
    if (!goesOn && !isMaxU64At(view, deleted)) positions.addDelete(view, deleted);
    this.#newer = created;
  }

  #name(page: Page, index: number, versions: number, newestLength: number): void {
    const table = this.#table;
    const bytes = page.itemLength(index);
    this.#keys.add(table, page, index, bytes, versions);
    const updatesLeft = Math.floor((MAX_ITEM_LENGTH - bytes) / versionSize(newestLength));
    if (!this.#headroom.takes(updatesLeft)) return;
    const room = { bytes, bytesMax: MAX_ITEM_LENGTH, valueBytes: newestLength, updatesLeft };
    this.#headroom.add(updatesLeft, { table, key: copyKey(page, index), ...room });
  }
}

function valueLength({ view }: Page, version: number): number {
  return view.getUint32(version + VERSION_HEADER.lengthOffset, true);
}
