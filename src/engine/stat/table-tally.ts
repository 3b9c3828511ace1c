/** What is counted of a table while a walk goes through it. */
import { CRC_OFFSET, PAGE_HEADER, PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import { HISTORY_TREE } from '../format/page-types.js';
import type { Page } from '../format/page.js';
import { VALUE_BYTES_OFFSET } from '../format/v2/value-page.js';
import type { CheckedTree } from '../verify/checked-tree.js';
import { PageFills } from './page-fills.js';
import type { Figures } from './report.js';

/** Bytes of a page beside items and their slots. */
export const FRAME_BYTES = PAGE_HEADER.size + PAGE_SIZE - CRC_OFFSET;
/** Bytes of a value page beside those of the value and its key. */
const VALUE_FRAME_BYTES = VALUE_BYTES_OFFSET + PAGE_SIZE - CRC_OFFSET;

/** Counters that are added up. */
export class TableTally {
  rows = 0;
  keys = 0;
  versions = 0;
  events = 0;
  readonly fills = new PageFills();
  readonly pages = { leaf: 0, internal: 0, historyLeaf: 0, historyInternal: 0, value: 0 };
  readonly bytes = { keys: 0, values: 0, history: 0, overhead: 0, free: 0 };

  /**
   * A page of one of its trees, but not the items of a leaf beside the first.
   *
   * @param items bytes of all its items
   */
  addTreePage({ kind }: CheckedTree, page: Page, items: number): void {
    const { isLeaf, itemCount } = page;
    if (kind === HISTORY_TREE) this.pages[isLeaf ? 'historyLeaf' : 'historyInternal']++;
    else this.pages[isLeaf ? 'leaf' : 'internal']++;
    const slots = itemCount * SLOT_SIZE;
    const used = FRAME_BYTES + slots + items;
    this.bytes.overhead += FRAME_BYTES + slots + (isLeaf ? page.itemLength(0) : items);
    this.bytes.free += PAGE_SIZE - used;
    this.fills.add(used, 1);
  }

  /**
   * The pages of a long value.
   *
   * @param prefix bytes before the value
   */
  addExtent(pages: number, prefix: number, length: number): void {
    const overhead = pages * VALUE_FRAME_BYTES + prefix;
    this.pages.value += pages;
    this.bytes.overhead += overhead;
    const free = pages * PAGE_SIZE - overhead - length;
    this.bytes.free += free;
    this.fills.add(PAGE_SIZE, pages - 1);
    this.fills.add(PAGE_SIZE - free, 1);
  }

  add(other: TableTally): void {
    this.rows += other.rows;
    this.keys += other.keys;
    this.versions += other.versions;
    this.events += other.events;
    this.fills.addAll(other.fills);
    addTo(this.pages, other.pages);
    addTo(this.bytes, other.bytes);
  }

  /** @param countsEvents whether the format has events */
  figures(countsEvents: boolean): Figures {
    const { rows, keys, versions, events, pages, bytes } = this;
    const { leaf, internal, historyLeaf, historyInternal, value } = pages;
    const total = leaf + internal + historyLeaf + historyInternal + value;
    const fill = total === 0 ? null : 1 - bytes.free / (total * PAGE_SIZE);
    const counted = { rows, keys, versions, events: countsEvents ? events : null };
    return { ...counted, pages: { total, ...pages }, bytes: { ...bytes }, fill };
  }
}

function addTo<Name extends string>(sums: Record<Name, number>, others: Readonly<Record<Name, number>>): void {
  for (const name of Object.keys(sums) as Name[]) sums[name] += others[name];
}
