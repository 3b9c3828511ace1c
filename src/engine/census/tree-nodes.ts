/** The trees of a store page by page, as far as a census has found their pages sound enough to lead further. */
import { keyAt, readChild } from '../format/items.js';
import { MAX_HEIGHT, PAGE_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import { keySuffixOf } from '../format/page-types.js';
import { entryTree, historyTree, type CheckedTree } from '../verify/checked-tree.js';
import { copyKey } from '../tree/key-spans.js';
import { PageChunk, type PageFileReader } from '../verify/page-file-reader.js';
import type { CensusTaker, PageFacts } from './page-census.js';
import { SubtreeFills, SubtreeSizes } from './subtrees.js';

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
}

/** Nodes of all trees, in the order of tables; undefined now and then. */
export function* treeNodes(
  source: PageFileReader,
  census: CensusTaker,
  options: TreeOptions,
): Generator<TreeNode | undefined, void> {
  const tools = {
    census,
    chunk: new PageChunk(source),
    sizes: new SubtreeSizes(census),
    fills: new SubtreeFills(census),
    options,
  };
  yield undefined;
  for (const record of census.records) {
    if (options.table !== undefined && record.id !== options.table) continue;
    yield* new TreeNodes(entryTree(record), 'entries', tools).nodes();
    yield* new TreeNodes(historyTree(record), 'history', tools).nodes();
  }
}

interface Tools {
  readonly census: CensusTaker;
  readonly chunk: PageChunk;
  readonly sizes: SubtreeSizes;
  readonly fills: SubtreeFills;
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
    const node = this.#node(page, place);
    yield node;
    const isDeepest = depth >= Math.min(options.depth ?? MAX_HEIGHT, MAX_HEIGHT);
    if (isDeepest || node.isElsewhere || census.kind(page) !== this.#internalKind) return;
    yield* this.#children(page, place);
  }

  *#children(pageId: number, { depth, low, high }: Place): Generator<TreeNode | undefined, void> {
    const { census } = this.tools;
    const page = this.#read(pageId);
    yield undefined;
    if (page === undefined) return;
    for (let index = 0; index < page.itemCount; index++) {
      const isLast = index + 1 === page.itemCount;
      const from = index === 0 ? low : copyKey(keyAt(page, index));
      const to = isLast ? high : copyKey(keyAt(page, index + 1));
      const place = { parent: pageId, depth: depth + 1, low: from, high: to, isLast };
      const child = readChild(page, index);
      // Nearly all are leaves, and nothing is below them.
      if (census.kind(child) !== this.#leafKind) yield* this.#below(child, place);
      else yield this.#node(child, place);
    }
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
    const { census, sizes, fills } = this.tools;
    const { kind, table, fill, stamp, parent: first, damage } = census.facts(page);
    const isElsewhere = first !== parent || table !== this.tree.owner;
    const known = fills.pages[page] ?? 0;
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
      pages: isElsewhere ? 0 : (sizes.pages[page] ?? 0),
      fillBelow: isElsewhere || known === 0 ? null : (fills.used[page] ?? 0) / (known * PAGE_SIZE),
    };
  }

  get #leafKind(): string {
    return this.name === 'entries' ? 'leaf' : 'history-leaf';
  }

  get #internalKind(): string {
    return this.name === 'entries' ? 'internal' : 'history-internal';
  }
}
