/**
 * Visits the leaves that keys belong to, for many keys in their order: below one parent at a time, in the order of the
 * file. Leaves that are near each other there are read in runs, past the cache, and looked at where they were read.
 *
 * Every pointer and bound that `TreePath` checks is checked here too. What does not pass is left to whoever looks it up
 * by a path of its own, and so says what is wrong.
 */
import type { Frame } from '../cache/frame.js';
import { compareBytes, compareSuffixedBytes, type KeyRef, keyRef } from '../bytes/bytes.js';
import { isDamage, StoreError } from '../errors.js';
import { childIndexFor, compareKeyAt, keyAt, readChild } from '../format/items.js';
import { Page } from '../format/page.js';
import { PageRun, RUN_PAGES } from '../pager/page-run.js';
import type { PageReader } from '../pager/page-reader.js';
import { copyKey } from './key-spans.js';
import { LEAF_LEVEL, TreePath } from './path.js';
import type { TreeRoot } from './root.js';

/** How far apart in the file two leaves may be that are read together: to read four pages more takes less than a call. */
const GAP_MAX = 4;

/** Keys in ascending order, in the form that the tree has them in. */
export interface SweptKeys {
  /** The key of an index; the object is the next call's, too. */
  at(index: number): KeyRef;
  /** Whether nothing is wanted of a key any more, as when what was begun is begun again. */
  isAnswered(index: number): boolean;
}

/** Looks at a leaf for keys `from` to `to` (exclusive), all of which belong to it. It stays during the call. */
export type VisitLeaf = (leaf: Frame, from: number, to: number) => void;

/** The parent of the leaves that are visited: a copy, as its frame may be needed for them. Only used within one call. */
const parent = new Page();

/** A leaf that is to be visited. */
interface Child {
  readonly index: number;
  readonly pageId: number;
  readonly from: number;
  readonly to: number;
}

export class LeafSweep {
  readonly #run: PageRun;
  /** The bounds of the parent. */
  #lower: KeyRef | undefined;
  #upper: KeyRef | undefined;
  #keepsLeft: number;

  /**
   * @param keys all that are swept for
   * @param visit told of the leaves of keys
   * @param giveUp told of keys whose leaf cannot be visited
   * @param keepsMax so many leaves that were read in runs are kept in the cache, where it has room
   */
  constructor(
    private readonly pages: PageReader,
    private readonly keys: SweptKeys,
    private readonly visit: VisitLeaf,
    private readonly giveUp: (from: number, to: number) => void,
    keepsMax: number,
  ) {
    this.#keepsLeft = keepsMax;
    this.#run = new PageRun(pages);
  }

  /**
   * Visits the leaves of the parent that a key belongs to. It is called within `retryOnChange`, and may be left midway.
   *
   * @param tree as it is now; it has a root
   * @param end of the keys that are wanted
   * @returns the first key past them
   * @throws StoreError damage on the way to the parent, `IO_ERROR`
   */
  below(tree: TreeRoot, from: number, end: number): number {
    const path = new TreePath(this.pages, tree);
    const found = path.seek(this.keys.at(from), LEAF_LEVEL + 1);
    if (tree.height === LEAF_LEVEL) {
      this.visit(found, from, end);
      return end;
    }
    parent.copyFrom(found);
    const { lower, upper } = path.bounds();
    this.#lower = lower && copyOfKey(lower);
    this.#upper = upper && copyOfKey(upper);
    const children: Child[] = [];
    const next = this.#findChildren(from, end, children);
    this.#visitAll(tree, children);
    return next;
  }

  /** Finds the children that keys belong to; gives the first key past them. */
  #findChildren(first: number, end: number, children: Child[]): number {
    const { keys } = this;
    let from = first;
    while (from < end && isBelow(keys.at(from), this.#upper, parent.keySuffix)) {
      const index = childIndexFor(parent, keys.at(from));
      const upper = index + 1 < parent.itemCount ? keyAt(parent, index + 1) : this.#upper;
      let isWanted = !keys.isAnswered(from);
      let to = from + 1;
      for (; to < end && isBelow(keys.at(to), upper, parent.keySuffix); to++) isWanted ||= !keys.isAnswered(to);
      if (isWanted) children.push({ index, pageId: readChild(parent, index), from, to });
      from = to;
    }
    return from;
  }

  #visitAll(tree: TreeRoot, inKeyOrder: readonly Child[]): void {
    const inFile: Child[] = [];
    const others: Child[] = [];
    for (const child of inKeyOrder) (this.#isInFile(child.pageId) ? inFile : others).push(child);
    // While they are in the cache: what is read next may take their frames.
    for (const child of others) this.#visitAlone(tree, child);
    inFile.sort((a, b) => a.pageId - b.pageId);
    for (let start = 0; start < inFile.length;) {
      const end = runEnd(inFile, start);
      if (end - start > 1) this.#visitRun(tree, inFile.slice(start, end));
      else this.#visitAlone(tree, inFile[start] as Child);
      start = end;
    }
  }

  #visitRun(tree: TreeRoot, children: readonly Child[]): void {
    const first = (children[0] as Child).pageId;
    this.#run.read(first, (children.at(-1) as Child).pageId - first + 1);
    for (const child of children) {
      const leaf = this.#run.page(child.pageId);
      this.#visitOrGiveUp(tree, child, leaf);
      if (leaf !== undefined && this.#keepsLeft > 0 && this.#run.keep(leaf)) this.#keepsLeft--;
    }
  }

  #visitAlone(tree: TreeRoot, child: Child): void {
    this.#visitOrGiveUp(tree, child, this.#fetch(child.pageId));
  }

  #visitOrGiveUp(tree: TreeRoot, { index, from, to }: Child, leaf: Frame | undefined): void {
    if (leaf !== undefined && this.#belongs(leaf, tree, index)) this.visit(leaf, from, to);
    else this.giveUp(from, to);
  }

  /** Whether a page is to be read, and is in the file as it is now. */
  #isInFile(pageId: number): boolean {
    const { pages } = this;
    return this.#exists(pageId) && pages.cache.peek(pageId) === undefined && pages.isInFile(pageId);
  }

  #exists(pageId: number): boolean {
    return pageId >= 1 && pageId < this.pages.pageCount;
  }

  /** A page by way of the cache; undefined where it is damaged. */
  #fetch(pageId: number): Frame | undefined {
    if (!this.#exists(pageId)) return undefined;
    try {
      this.pages.release();
      return this.pages.fetch(pageId);
    } catch (error) {
      if (error instanceof StoreError && isDamage(error)) return undefined;
      throw error;
    }
  }

  /** Whether a page is a leaf of the tree whose keys are between the separators around it. */
  #belongs(leaf: Frame, { id, kind }: TreeRoot, index: number): boolean {
    if (leaf.type !== kind.leaf || this.pages.format.pages.findOwnerFault(leaf, id) !== undefined) return false;
    const last = leaf.itemCount - 1;
    if (last < 1) return true;
    const lower = index > 0 ? keyAt(parent, index) : this.#lower;
    if (lower !== undefined && compareKeyAt(leaf, 1, lower) < 0) return false;
    const upper = index + 1 < parent.itemCount ? keyAt(parent, index + 1) : this.#upper;
    return upper === undefined || compareKeyAt(leaf, last, upper) < 0;
  }
}

/** Where the run ends that begins with a child: the first one that is too far from the one before, or from the start. */
function runEnd(children: readonly Child[], start: number): number {
  const first = (children[start] as Child).pageId;
  let last = first;
  let end = start + 1;
  for (; end < children.length; end++) {
    const { pageId } = children[end] as Child;
    if (pageId - last > GAP_MAX || pageId - first >= RUN_PAGES) break;
    last = pageId;
  }
  return end;
}

function copyOfKey(key: KeyRef): KeyRef {
  return keyRef(copyKey(key));
}

/** Whether a key is below a bound; all are where there is none. */
function isBelow(key: KeyRef, bound: KeyRef | undefined, suffix: number): boolean {
  if (bound === undefined) return true;
  const { view, keyStart: start, keyLength: length } = bound;
  const order =
    suffix === 0
      ? compareBytes(view, start, length, key.view, key.keyStart, key.keyLength)
      : compareSuffixedBytes(view, start, length, key, suffix);
  return order > 0;
}
