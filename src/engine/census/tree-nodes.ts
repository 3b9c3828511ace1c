/** The trees of a store page by page, as far as a census has found their pages sound enough to lead further. */
import { keyAt, readChild } from '../format/items.js';
import { MAX_HEIGHT, PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { keySuffixOf } from '../format/page-types.js';
import { entryTree, historyTree, type CheckedTree } from '../verify/checked-tree.js';
import { copyKey } from '../tree/key-spans.js';
import { PageChunk, type PageFileReader } from '../verify/page-file-reader.js';
import type { CensusTaker, PageFacts } from './page-census.js';
import { kindNumber } from './page-kinds.js';

/** A page of a tree, and what is below it. */
export interface TreeNode extends PageFacts {
  readonly tree: 'entries' | 'history';
  readonly table: bigint;
  /** 1 for the root. */
  readonly depth: number;
  /** Bounds of the keys below it, `low` inclusive; null where nothing bounds them. In a history a position follows. */
  readonly low: Uint8Array | null;
  readonly high: Uint8Array | null;
  /** Entries of a leaf, children of an internal page; null where they cannot be read. */
  readonly items: number | null;
  /** Pages of its part of the tree and of the values there, itself included, and how full they are. */
  readonly pages: number;
  readonly fillBelow: number | null;
  /** Whether another page has led here before: what is below it is there. */
  readonly isElsewhere: boolean;
  /** Whether it is the last child of its parent. */
  readonly isLast: boolean;
}

export interface TreeOptions {
  /** Only this table. */
  readonly table?: bigint | undefined;
  /** Only so many levels from the root down. */
  readonly depth?: number | undefined;
  /** Leave out leaves (default false). */
  readonly internalOnly?: boolean;
  /** Leave out the keys (default false): to copy them takes as long as all else. */
  readonly withoutKeys?: boolean;
}

/** Pages below each page, and how many bytes of them are in use. */
class Subtrees {
  readonly pages: Uint32Array;
  readonly known: Uint32Array;
  readonly used: Float64Array;

  constructor(census: CensusTaker) {
    this.pages = new Uint32Array(census.pages);
    this.known = new Uint32Array(census.pages);
    this.used = new Float64Array(census.pages);
    for (let page = 0; page < census.pages; page++) this.#add(census, page);
  }

  /** Adds a page to itself, and to all pages above it in its tree. */
  #add(census: CensusTaker, page: number): void {
    const used = census.used(page);
    let above: number | undefined = page;
    for (let left = MAX_HEIGHT + 2; above !== undefined && left > 0; left--) {
      this.pages[above] = (this.pages[above] as number) + 1;
      if (used !== undefined) {
        this.known[above] = (this.known[above] as number) + 1;
        this.used[above] = (this.used[above] as number) + used;
      }
      const parent = census.parent(above);
      above = parent !== undefined && isInTree(census, parent) ? parent : undefined;
    }
  }
}

const SUPERBLOCK = kindNumber('superblock');
const CATALOGUE = kindNumber('catalogue');

function isInTree({ kinds }: CensusTaker, page: number): boolean {
  return kinds[page] !== SUPERBLOCK && kinds[page] !== CATALOGUE;
}

/** Nodes of all trees, in the order of tables; undefined now and then. */
export function* treeNodes(
  source: PageFileReader,
  census: CensusTaker,
  options: TreeOptions,
): Generator<TreeNode | undefined, void> {
  const below = new Subtrees(census);
  const chunk = new PageChunk(source);
  yield undefined;
  for (const record of census.records) {
    if (options.table !== undefined && record.id !== options.table) continue;
    yield* new TreeNodes(entryTree(record), 'entries', { census, chunk, below, options }).nodes();
    yield* new TreeNodes(historyTree(record), 'history', { census, chunk, below, options }).nodes();
  }
}

interface Tools {
  readonly census: CensusTaker;
  readonly chunk: PageChunk;
  readonly below: Subtrees;
  readonly options: TreeOptions;
}

interface Place {
  readonly parent: number;
  readonly depth: number;
  readonly low: Uint8Array | null;
  readonly high: Uint8Array | null;
  readonly isLast: boolean;
}

class TreeNodes {
  constructor(
    private readonly tree: CheckedTree,
    private readonly name: TreeNode['tree'],
    private readonly tools: Tools,
  ) {}

  *nodes(): Generator<TreeNode | undefined, void> {
    const { root, recordedIn } = this.tree;
    if (root !== null)
      yield* this.#below(Number(root), { parent: recordedIn, depth: 1, low: null, high: null, isLast: true });
  }

  *#below(page: number, place: Place): Generator<TreeNode | undefined, void> {
    const { census, options } = this.tools;
    const { depth } = place;
    const isLeaf = census.kind(page) === this.#leafKind;
    if (isLeaf && options.internalOnly === true && depth > 1) return;
    const node = this.#node(page, place);
    yield node;
    const isDeepest = depth >= Math.min(options.depth ?? MAX_HEIGHT, MAX_HEIGHT);
    if (isDeepest || node.isElsewhere || census.kind(page) !== this.#internalKind) return;
    yield* this.#children(page, place);
  }

  *#children(pageId: number, { depth, low, high }: Place): Generator<TreeNode | undefined, void> {
    const { census, options } = this.tools;
    const page = this.#read(pageId);
    yield undefined;
    if (page === undefined) return;
    for (let index = 0; index < page.itemCount; index++) {
      const isLast = index + 1 === page.itemCount;
      const from = index === 0 ? low : this.#keyAt(page, index);
      const to = isLast ? high : this.#keyAt(page, index + 1);
      const place = { parent: pageId, depth: depth + 1, low: from, high: to, isLast };
      const child = readChild(page, index);
      // Nearly all are leaves, and nothing is below them.
      if (census.kind(child) !== this.#leafKind) yield* this.#below(child, place);
      else if (options.internalOnly !== true) yield this.#node(child, place);
    }
  }

  #keyAt(page: Page, index: number): Uint8Array | null {
    return this.tools.options.withoutKeys === true ? null : copyKey(keyAt(page, index));
  }

  /** A copy: the next page is read into the same place. */
  #read(pageId: number): Page | undefined {
    const { chunk } = this.tools;
    chunk.load(pageId, 1);
    const found = chunk.page(pageId);
    if (found === undefined) return undefined;
    const page = new Page();
    page.bytes.set(found.bytes);
    page.keySuffix = keySuffixOf(page.type);
    return page;
  }

  #node(page: number, { parent, depth, low, high, isLast }: Place): TreeNode {
    const { census, below } = this.tools;
    const { kind, table, fill, stamp, parent: first, damage } = census.facts(page);
    const isElsewhere = first !== parent || table !== this.tree.owner;
    const known = below.known[page] ?? 0;
    const count = census.items[page] ?? 0;
    return {
      page,
      kind,
      fill,
      stamp,
      parent,
      damage,
      tree: this.name,
      table: this.tree.owner,
      depth,
      low,
      high,
      isLast,
      isElsewhere,
      items: count === 0 ? null : kind === this.#leafKind ? count - 1 : count,
      pages: isElsewhere ? 0 : (below.pages[page] ?? 0),
      fillBelow: isElsewhere || known === 0 ? null : (below.used[page] ?? 0) / (known * PAGE_SIZE),
    };
  }

  get #leafKind(): string {
    return this.name === 'entries' ? 'leaf' : 'history-leaf';
  }

  get #internalKind(): string {
    return this.name === 'entries' ? 'internal' : 'history-internal';
  }
}
