/** The way from the root of a tree to a page, with every pointer and bound on it checked. */
import type { Frame } from '../cache/frame.js';
import type { PageReader } from '../pager/page-reader.js';
import { StoreError } from '../errors.js';
import type { KeyRef } from '../bytes/bytes.js';
import { childIndexFor, childOffset, compareKeyAt, keyAt, readChild } from '../format/items.js';
import { MAX_HEIGHT, PAGE_HEADER, PAGE_SIZE } from '../format/layout.js';
import type { Page } from '../format/page.js';
import { faultFacts } from '../format/page-check.js';
import { pageTypeName } from '../format/page-types.js';
import { NO_PAGE, readU64 } from '../bytes/u64.js';
import { keysAround, withKeys } from './damaged-keys.js';
import type { Bounds } from './key-spans.js';
import { treeFacts, treeName, type TreeRoot } from './root.js';

/** Which way to go down: to where a key belongs, or along an edge of the tree. */
export type Target = KeyRef | 'first' | 'last';

/** The pointer to a root, which is in the superblock. */
const ROOT_POINTER = 0;
/** The level of leaves; the root's level is the tree's height. */
export const LEAF_LEVEL = 1;

/**
 * The path from the root of a tree to one of its pages. Every pointer is checked before it is followed, and every page
 * for its type and for lying between the separators above it: a page of another table, a cycle or a child out of order
 * is found on the path.
 *
 * Only ids and indexes are kept, and frames fetched again, so that a path needs no room in the cache.
 */
export class TreePath {
  /** The internal pages from the root down, and which child was taken in each. */
  readonly pageIds: number[] = [];
  readonly childIndexes: number[] = [];
  /** Names the pointer that was followed last, by the check that its page has passed and its index there. */
  #pointer = ROOT_POINTER;

  constructor(
    private readonly pages: PageReader,
    private readonly tree: TreeRoot,
  ) {}

  /**
   * Goes down from the root to a page at `level`. The tree has a root. Only the page's frame is in use afterwards.
   */
  seek(target: Target, level = LEAF_LEVEL): Frame {
    this.pageIds.length = 0;
    this.childIndexes.length = 0;
    this.#pointer = ROOT_POINTER;
    try {
      this.#checkRoot();
      return this.#down(this.tree.root, target, level);
    } catch (error) {
      throw this.#withKeys(error);
    }
  }

  /** Goes on to the next leaf in tree order; undefined at the end of the tree. */
  nextLeaf(): Frame | undefined {
    return this.#neighbour(true);
  }

  /** Goes back to the leaf before this one; undefined at the beginning of the tree. */
  previousLeaf(): Frame | undefined {
    return this.#neighbour(false);
  }

  #neighbour(forward: boolean): Frame | undefined {
    const depth = this.#turningPoint(forward);
    if (depth < 0) return undefined;
    this.pages.release();
    const page = this.pages.fetch(this.#pageId(depth));
    this.pageIds.length = depth;
    const childIndex = (this.childIndexes[depth] as number) + (forward ? 1 : -1);
    this.childIndexes.length = depth;
    try {
      return this.#down(this.#enter(page, childIndex), forward ? 'first' : 'last', LEAF_LEVEL);
    } catch (error) {
      throw this.#withKeys(error);
    }
  }

  #withKeys(error: unknown): unknown {
    return withKeys(error, () => keysAround(this.pages, this.tree, this));
  }

  /** The id of the next leaf where it has the same parent; undefined otherwise. The leaf is not looked at. */
  nextSibling(): number | undefined {
    const depth = this.pageIds.length - 1;
    if (depth < 0) return undefined;
    const parent = this.pages.fetch(this.#pageId(depth));
    const childIndex = (this.childIndexes[depth] as number) + 1;
    const child = childIndex < parent.itemCount ? readChild(parent, childIndex) : 0;
    return child > 0 && child < this.pages.pageCount ? child : undefined;
  }

  /** Goes on to that leaf, which is not looked at. */
  passSibling(): void {
    const depth = this.pageIds.length - 1;
    this.childIndexes[depth] = (this.childIndexes[depth] as number) + 1;
  }

  /** Takes the last `passSibling` back. */
  unpassSibling(): void {
    const depth = this.pageIds.length - 1;
    this.childIndexes[depth] = (this.childIndexes[depth] as number) - 1;
  }

  /** Whether a page is a leaf of the tree, with all of its keys between the separators around the path. */
  isWithin(page: Page): boolean {
    if (page.type !== this.tree.kind.leaf) return false;
    if (this.pages.format.pages.findOwnerFault(page, this.tree.id) !== undefined) return false;
    const last = page.itemCount - 1;
    if (last < 1) return true;
    const { lower, upper } = this.bounds();
    if (lower !== undefined && compareKeyAt(page, 1, lower) < 0) return false;
    return upper === undefined || compareKeyAt(page, last, upper) < 0;
  }

  /**
   * The page and item of the separator between this leaf and the next in a direction; undefined at the end of the
   * tree.
   */
  separator(forward: boolean): { page: Frame; index: number } | undefined {
    const depth = this.#turningPoint(forward);
    if (depth < 0) return undefined;
    const index = (this.childIndexes[depth] as number) + (forward ? 1 : 0);
    return { page: this.pages.fetch(this.#pageId(depth)), index };
  }

  /** Whether no page of the level that the path leads to is further to the right. */
  atRightEdge(): boolean {
    return this.#turningPoint(true) < 0;
  }

  /** The depth of the deepest page on the path that has another child in the direction, -1 when none has. */
  #turningPoint(forward: boolean): number {
    let depth = this.pageIds.length - 1;
    for (; depth >= 0; depth--) {
      const index = this.childIndexes[depth] as number;
      const last = forward ? this.pages.fetch(this.#pageId(depth)).itemCount - 1 : 0;
      if (index !== last) break;
    }
    return depth;
  }

  #pageId(depth: number): number {
    return this.pageIds[depth] as number;
  }

  #down(from: number, target: Target, level: number): Frame {
    let page = this.#arrive(from);
    while (this.#level() > level) {
      const childIndex = target === 'first' ? 0 : target === 'last' ? page.itemCount - 1 : childIndexFor(page, target);
      page = this.#arrive(this.#enter(page, childIndex));
    }
    return page;
  }

  /** The level of the page that the path has come to. */
  #level(): number {
    return this.tree.height - this.pageIds.length;
  }

  /** Takes a child of a page: checks its pointer and gives its id. */
  #enter(page: Frame, childIndex: number): number {
    this.pageIds.push(page.pageId);
    this.childIndexes.push(childIndex);
    const child = readChild(page, childIndex);
    if (child < 1 || child >= this.pages.pageCount) {
      const offset = childOffset(page, childIndex);
      const found = readU64(page.view, offset);
      throw new StoreError(
        'TREE_CORRUPTED',
        `page ${page.pageId} points to page ${found}, which the store does not have`,
        { ...treeFacts(this.tree), page: page.pageId, offset, expected: `1 to ${this.pages.pageCount - 1}`, found },
      );
    }
    this.#pointer = page.check * PAGE_SIZE + childIndex;
    return child;
  }

  #arrive(pageId: number): Frame {
    this.pages.release();
    const page = this.pages.fetch(pageId);
    const { kind } = this.tree;
    const isLeaf = this.#level() === LEAF_LEVEL;
    if (page.type !== (isLeaf ? kind.leaf : kind.internal)) throw this.#wrongType(page, isLeaf);
    if (!isLeaf && page.itemCount < 2) throw this.#singleChild(page);
    if (page.checkedFor !== this.#pointer) {
      this.#checkOwner(page);
      this.#checkBounds(page);
      page.checkedFor = this.#pointer;
      page.check = this.pages.nextCheck();
    }
    return page;
  }

  #checkRoot(): void {
    const { height } = this.tree;
    const root = this.tree.farRoot ?? this.tree.root;
    if (height < 1 || height > MAX_HEIGHT) {
      const message = `${treeName(this.tree)} has a recorded height of ${height}, which no tree has`;
      throw new StoreError('TREE_CORRUPTED', message, {
        ...treeFacts(this.tree),
        page: 0,
        expected: `1 to ${MAX_HEIGHT}`,
        found: height,
      });
    }
    if (root < 1 || root >= this.pages.pageCount) {
      const page = root === NO_PAGE ? 'missing' : `page ${root}, which the store does not have`;
      const message = `the root of ${treeName(this.tree)} is ${page}`;
      throw new StoreError('TREE_CORRUPTED', message, {
        ...treeFacts(this.tree),
        page: 0,
        expected: `1 to ${this.pages.pageCount - 1}`,
        found: root === NO_PAGE ? 'none' : root,
      });
    }
  }

  #wrongType(page: Frame, isLeaf: boolean): StoreError {
    const { kind } = this.tree;
    const expected = pageTypeName(isLeaf ? kind.leaf : kind.internal);
    const found = pageTypeName(page.type);
    const message = `page ${page.pageId} is of type ${found} where ${treeName(this.tree)} has one of type ${expected}`;
    return new StoreError('TREE_CORRUPTED', message, { ...treeFacts(this.tree), page: page.pageId, expected, found });
  }

  /** Whether the page is of this table, where pages say so. */
  #checkOwner(page: Frame): void {
    const fault = this.pages.format.pages.findOwnerFault(page, this.tree.id);
    if (fault === undefined) return;
    const facts = { ...treeFacts(this.tree), page: page.pageId, ...faultFacts(fault) };
    throw new StoreError('TREE_CORRUPTED', `page ${page.pageId} is damaged: ${fault.message}`, facts);
  }

  /**
   * Nothing writes an internal page with one child: it has lost the others, and their keys would be reported as
   * missing.
   */
  #singleChild(page: Frame): StoreError {
    return new StoreError('TREE_CORRUPTED', `page ${page.pageId} is an internal page with a single child`, {
      ...treeFacts(this.tree),
      page: page.pageId,
      offset: PAGE_HEADER.itemCountOffset,
      expected: '2 or more',
      found: page.itemCount,
    });
  }

  /**
   * Checks that all keys of a page are between the separators on the path to it: lower inclusive, upper exclusive. A
   * separator must be above the lower one too: no key could be left of it, and those that are would be reported as
   * missing.
   */
  #checkBounds(page: Frame): void {
    const last = page.itemCount - 1;
    if (last < 1) return;
    const { lower, upper } = this.bounds();
    const order = lower === undefined ? 1 : compareKeyAt(page, 1, lower);
    if (order < 0) throw this.#outOfBounds(page, 1, 'below');
    if (order === 0 && !page.isLeaf) throw this.#outOfBounds(page, 1, 'not above');
    if (upper !== undefined && compareKeyAt(page, last, upper) >= 0) throw this.#outOfBounds(page, last, 'not below');
  }

  /** The separators around the page that the path leads to. */
  bounds(): Bounds {
    return { lower: this.#bound(false), upper: this.#bound(true) };
  }

  #bound(upper: boolean): KeyRef | undefined {
    const found = this.separator(upper);
    if (found === undefined) return undefined;
    const { page, index } = found;
    return keyAt(page, index);
  }

  #outOfBounds(page: Frame, index: number, relation: string): StoreError {
    return new StoreError(
      'TREE_CORRUPTED',
      `a key of page ${page.pageId} is ${relation} the separator that leads to it`,
      { ...treeFacts(this.tree), page: page.pageId, offset: page.itemOffset(index), parent: this.pageIds.at(-1) ?? 0 },
    );
  }
}
