/**
 * Visits the leaves that keys belong to, for many keys in their order: below one parent at a time, in the order of the
 * file. Leaves that are near each other there are read in runs, past the cache, and looked at where they were read:
 * 100,000 random keys of 1,000,000 take half of the processor time that they take leaf by leaf through the cache.
 *
 * Every pointer and bound that `TreePath` checks is checked here too. What does not pass is left to whoever looks it up
 * by a path of its own, and so says what is wrong.
 */
import type { Frame } from '../cache/frame.js';
import { compareBytes, compareSuffixedBytes, type KeyRef, keyRef } from '../bytes/bytes.js';
import { isDamage, StoreError } from '../errors.js';
import { childIndexFor, compareKeyAt, keyLength, keyStart, readChild } from '../format/items.js';
import { MAX_ITEMS } from '../format/layout.js';
import { Page } from '../format/page.js';
import { PageRun, RUN_PAGES } from '../pager/page-run.js';
import type { PageReader } from '../pager/page-reader.js';
import { copyKey } from './key-spans.js';
import { LEAF_LEVEL, TreePath } from './path.js';
import type { TreeRoot } from './root.js';

/** How far apart in the file two leaves may be that are read together: four pages more take less than another call. */
const GAP_MAX = 4;
/** More than the children of any page. */
const CHILDREN = 2048;

/** Keys in ascending order, in the form that the tree has them in. */
export interface SweptKeys {
  /** The key of an index; the object is the next call's, too. */
  at(index: number): KeyRef;
  /** Whether nothing is wanted of a key any more, as when what was begun is begun again. */
  isAnswered(index: number): boolean;
}

/** Looks at a leaf for keys `from` to `to` (exclusive), all of which belong to it. It stays during the call. */
export type VisitLeaf = (leaf: Frame, from: number, to: number) => void;

/** The parent of the leaves that are visited, a copy: its frame may be needed for them. Only used within one call. */
const parent = new Page();
/** A separator of the parent, to compare with. */
const separator: KeyRef = { view: parent.view, keyStart: 0, keyLength: 0 };
/**
 * The keys that belong to each of its children. These and the next one are arrays, since an object for each child was
 * a tenth of the time in garbage.
 */
const firstKeys = new Uint32Array(MAX_ITEMS);
const endKeys = new Uint32Array(MAX_ITEMS);
/** The children that are read from the file: page id times `CHILDREN`, and the index in the parent. */
const inFile = new Float64Array(MAX_ITEMS);

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
    this.#lower = lower && keyRef(copyKey(lower));
    this.#upper = upper && keyRef(copyKey(upper));
    return this.#visitChildren(tree, from, end);
  }

  /** Visits at once what is in the cache: what is read afterwards may take its frames. */
  #visitChildren(tree: TreeRoot, first: number, end: number): number {
    const { keys } = this;
    let count = 0;
    let child = -1;
    let from = first;
    while (from < end && this.#isBelowUpper(keys.at(from))) {
      child = childFor(keys.at(from), child + 1);
      const to = this.#endOf(child, from, end);
      firstKeys[child] = from;
      endKeys[child] = to;
      const pageId = readChild(parent, child);
      if (this.#isInFile(pageId)) inFile[count++] = pageId * CHILDREN + child;
      else if (this.#isWanted(child)) this.#visitAlone(tree, pageId, child);
      from = to;
    }
    this.#visitInFile(tree, inFile.subarray(0, count).sort());
    return from;
  }

  /** The first key that does not belong to a child to which the one before the first belongs. */
  #endOf(child: number, from: number, end: number): number {
    const { keys } = this;
    let to = from + 1;
    if (child + 1 < parent.itemCount) while (to < end && compareKeyAt(parent, child + 1, keys.at(to)) > 0) to++;
    else while (to < end && this.#isBelowUpper(keys.at(to))) to++;
    return to;
  }

  #visitInFile(tree: TreeRoot, places: Float64Array): void {
    for (let start = 0; start < places.length;) {
      const end = runEnd(places, start);
      const first = pageOf(places, start);
      const isRun = end - start > 1;
      if (isRun) this.#run.read(first, pageOf(places, end - 1) - first + 1);
      for (; start < end; start++) {
        const pageId = pageOf(places, start);
        const child = (places[start] as number) - pageId * CHILDREN;
        if (!this.#isWanted(child)) continue;
        if (isRun) this.#visitInRun(tree, pageId, child);
        else this.#visitAlone(tree, pageId, child);
      }
    }
  }

  #visitInRun(tree: TreeRoot, pageId: number, child: number): void {
    const leaf = this.#run.page(pageId);
    this.#visit(tree, leaf, child);
    if (leaf !== undefined && this.#keepsLeft > 0 && this.#run.keep(leaf)) this.#keepsLeft--;
  }

  #visitAlone(tree: TreeRoot, pageId: number, child: number): void {
    this.#visit(tree, this.#fetch(pageId), child);
  }

  #visit(tree: TreeRoot, leaf: Frame | undefined, child: number): void {
    const visit = leaf !== undefined && this.#belongs(leaf, tree, child) ? this.visit : undefined;
    const [from, to] = [firstKeys[child] as number, endKeys[child] as number];
    if (visit === undefined) this.giveUp(from, to);
    else visit(leaf as Frame, from, to);
  }

  #isWanted(child: number): boolean {
    const end = endKeys[child] as number;
    for (let key = firstKeys[child] as number; key < end; key++) if (!this.keys.isAnswered(key)) return true;
    return false;
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
  #belongs(leaf: Frame, { id, kind }: TreeRoot, child: number): boolean {
    if (leaf.type !== kind.leaf || this.pages.format.pages.findOwnerFault(leaf, id) !== undefined) return false;
    const last = leaf.itemCount - 1;
    if (last < 1) return true;
    const lower = child > 0 ? separatorAt(child) : this.#lower;
    if (lower !== undefined && compareKeyAt(leaf, 1, lower) < 0) return false;
    const upper = child + 1 < parent.itemCount ? separatorAt(child + 1) : this.#upper;
    return upper === undefined || compareKeyAt(leaf, last, upper) < 0;
  }

  /** Whether a key is below the upper bound of the parent. */
  #isBelowUpper(key: KeyRef): boolean {
    if (this.#upper === undefined) return true;
    const { view, keyStart: start, keyLength: length } = this.#upper;
    const suffix = parent.keySuffix;
    const order =
      suffix === 0
        ? compareBytes(view, start, length, key.view, key.keyStart, key.keyLength)
        : compareSuffixedBytes(view, start, length, key, suffix);
    return order > 0;
  }
}

/** The child that a key belongs to, which is the guessed one or one after it. */
function childFor(key: KeyRef, guess: number): number {
  const isGuessed = guess + 1 < parent.itemCount && compareKeyAt(parent, guess + 1, key) > 0;
  return isGuessed ? guess : childIndexFor(parent, key);
}

function separatorAt(index: number): KeyRef {
  separator.keyStart = keyStart(parent, index);
  separator.keyLength = keyLength(parent, index);
  return separator;
}

function pageOf(places: Float64Array, index: number): number {
  return Math.floor((places[index] as number) / CHILDREN);
}

/** Where the run ends that begins with a page: at one too far from the page before it, or from the first. */
function runEnd(places: Float64Array, start: number): number {
  const first = pageOf(places, start);
  let last = first;
  let end = start + 1;
  for (; end < places.length; end++) {
    const pageId = pageOf(places, end);
    if (pageId - last > GAP_MAX || pageId - first >= RUN_PAGES) break;
    last = pageId;
  }
  return end;
}
