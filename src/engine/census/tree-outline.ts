/** All trees of a store as columns of numbers, without an object a page: as many levels as there is room for. */
import { copyKey, readChild } from '../format/items.js';
import { MAX_HEIGHT } from '../format/layout.js';
import { keySuffixOf } from '../format/page-types.js';
import { type CheckedTree, entryTree, historyTree } from '../verify/checked-tree.js';
import { PageChunk, type PageFileReader } from '../verify/page-file-reader.js';
import type { CensusTaker } from './page-census.js';
import { kindNumber } from './page-kinds.js';
import { pagesAbove, SubtreeSizes } from './subtrees.js';

export interface OutlineOptions {
  /** At most this many pages are in it: deeper levels are left out, and then the last trees. */
  readonly nodesMax: number;
  /** Told of the first key of each page that has one. A report without keys is faster. */
  readonly onKey?: ((node: number, key: Uint8Array, tree: OutlinedTree['tree']) => void) | undefined;
}

export interface OutlinedTree {
  /** The number of its first node, its root; the others are those after it that are deeper. */
  readonly start: number;
  /** Index of its table in the records of the census. */
  readonly table: number;
  readonly tree: 'entries' | 'history';
}

/** Each page comes before those below it, and each of these in the order of the keys. */
export interface TreeOutline {
  readonly trees: readonly OutlinedTree[];
  /** Of a damaged tree they may be past the end of the store. */
  readonly page: Uint32Array;
  /** 1 for a root. */
  readonly depth: Uint8Array;
  /** Entries of a leaf, children of an internal page. */
  readonly items: Uint16Array;
  /** Pages from it down, those of values included; 0: another page has led to it before. */
  readonly below: Uint32Array;
  /** How many levels it has at most; undefined: all. */
  readonly levels: number | undefined;
  /** Pages of trees that are not in it. */
  readonly omitted: number;
}

const KINDS = {
  entries: { leaf: kindNumber('leaf'), internal: kindNumber('internal') },
  history: { leaf: kindNumber('history-leaf'), internal: kindNumber('history-internal') },
} as const;

const PAGE_MAX = 0xffffffff;
const IN_TREES = new Set(Object.values(KINDS).flatMap(({ leaf, internal }) => [leaf, internal]));

/** What it gives is good only if the store was not changed meanwhile; of one that was it may throw anything. */
export function outlineTrees(source: PageFileReader, census: CensusTaker, options: OutlineOptions): TreeOutline {
  return new Outline(source, census, options).result();
}

class Outline {
  readonly #trees: OutlinedTree[] = [];
  // Memory that nothing is written to is not taken from the system.
  readonly #page: Uint32Array;
  readonly #depth: Uint8Array;
  readonly #items: Uint16Array;
  readonly #below: Uint32Array;
  readonly #subtrees: SubtreeSizes;
  readonly #chunk: PageChunk;
  readonly #pagesInTrees: number;
  readonly #levels: number;
  #size = 0;
  #tree: OutlinedTree = { start: 0, table: 0, tree: 'entries' };

  constructor(
    source: PageFileReader,
    private readonly census: CensusTaker,
    private readonly options: OutlineOptions,
  ) {
    const { nodesMax } = options;
    this.#page = new Uint32Array(nodesMax);
    this.#depth = new Uint8Array(nodesMax);
    this.#items = new Uint16Array(nodesMax);
    this.#below = new Uint32Array(nodesMax);
    this.#subtrees = new SubtreeSizes(census);
    this.#chunk = new PageChunk(source);
    this.#pagesInTrees = census.kinds.reduce((count, kind) => (IN_TREES.has(kind) ? count + 1 : count), 0);
    this.#levels = this.#pagesInTrees <= nodesMax ? MAX_HEIGHT : levelsWithin(countDepths(census), nodesMax);
  }

  result(): TreeOutline {
    for (const [table, record] of this.census.records.entries()) {
      this.#addTree(entryTree(record), table, 'entries');
      this.#addTree(historyTree(record), table, 'history');
    }
    const isDeep = this.#levels < MAX_HEIGHT;
    return {
      trees: this.#trees,
      page: this.#page.subarray(0, this.#size),
      depth: this.#depth.subarray(0, this.#size),
      items: this.#items.subarray(0, this.#size),
      below: this.#below.subarray(0, this.#size),
      levels: isDeep ? this.#levels : undefined,
      omitted: isDeep || this.#isFull ? Math.max(0, this.#pagesInTrees - this.#size) : 0,
    };
  }

  #addTree({ root, recordedIn }: CheckedTree, table: number, tree: OutlinedTree['tree']): void {
    if (root === null || this.#isFull) return;
    this.#tree = { start: this.#size, table, tree };
    this.#trees.push(this.#tree);
    this.#add(Number(root), recordedIn, 1, undefined);
  }

  get #isFull(): boolean {
    return this.#size >= this.options.nodesMax;
  }

  #add(page: number, parent: number, depth: number, low: Uint8Array | undefined): void {
    const isFirst = this.#note(page, parent, depth, low);
    if (isFirst && depth < this.#levels && this.census.kinds[page] === KINDS[this.#tree.tree].internal) {
      this.#addChildren(page, depth + 1, low);
    }
  }

  #addChildren(pageId: number, depth: number, low: Uint8Array | undefined): void {
    this.#chunk.load(pageId, 1);
    const page = this.#chunk.page(pageId);
    if (page === undefined) return;
    page.keySuffix = keySuffixOf(page.type);
    const withKeys = this.options.onKey !== undefined;
    const indexes = Array.from({ length: page.itemCount }, (_, index) => index);
    const children = indexes.map((index) => readChild(page, index));
    const keys = withKeys ? indexes.map((index) => (index === 0 ? low : copyKey(page, index))) : [];
    for (const [index, child] of children.entries()) {
      if (this.#isFull) return;
      // Nearly all are leaves, and nothing is below them.
      if (this.census.kinds[child] === KINDS[this.#tree.tree].leaf) this.#note(child, pageId, depth, keys[index]);
      else this.#add(child, pageId, depth, keys[index]);
    }
  }

  /** @returns whether no other page has led to it before */
  #note(page: number, parent: number, depth: number, low: Uint8Array | undefined): boolean {
    const { census } = this;
    const node = this.#size++;
    const { table, tree } = this.#tree;
    const items = census.items[page] ?? 0;
    const isFirst = census.parent(page) === parent && census.tableIndex(page) === table;
    this.#page[node] = page < 0 ? PAGE_MAX : Math.min(page, PAGE_MAX);
    this.#depth[node] = depth;
    this.#items[node] = census.kinds[page] === KINDS[tree].leaf && items > 0 ? items - 1 : items;
    this.#below[node] = isFirst ? (this.#subtrees.pages[page] ?? 0) : 0;
    if (low !== undefined) this.options.onKey?.(node, low, tree);
    return isFirst;
  }
}

/** How many pages of trees are at each depth, from 1 on. */
function countDepths(census: CensusTaker): number[] {
  const counts = new Array<number>(MAX_HEIGHT + 3).fill(0);
  for (let page = 0; page < census.pages; page++) {
    if (!IN_TREES.has(census.kinds[page] ?? 0)) continue;
    const depth = pagesAbove(census, page) + 1;
    counts[depth] = (counts[depth] as number) + 1;
  }
  return counts;
}

/** How many levels have at most so many pages together. The roots are always there. */
function levelsWithin(pagesAtDepth: readonly number[], pagesMax: number): number {
  let pages = 0;
  const first = pagesAtDepth.findIndex((count) => (pages += count) > pagesMax);
  return Math.max(1, first - 1);
}
