/**
 * Walks the items of a range of keys in key order, or in the opposite order, one leaf at a time. It follows the tree
 * and compares the chain of the leaves with it: where the two disagree there are items that one of them does not reach,
 * and the walk ends with `TREE_CORRUPTED` rather than without them.
 *
 * The tree may change between two steps: the cursor then finds its position again by the last key that it has passed.
 * It keeps page ids and indexes, no frames. Whoever calls it does so within `retryOnChange`.
 */
import { type Frame, UNUSED } from '../cache/frame.js';
import type { PageReader } from '../pager/page-reader.js';
import { type Facts, isDamage, StoreError } from '../errors.js';
import { copyBytes, type KeyRef, keyRef } from '../bytes/bytes.js';
import { compareKeyAt, copyKey, findKey, keyLength, keyStart, nextLeaf } from '../format/items.js';
import { MAX_ITEMS, MAX_KEY_LENGTH } from '../format/layout.js';
import type { Page } from '../format/page.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';
import { NO_PAGE, readU64 } from '../bytes/u64.js';
import { keyFacts, keysAround, withKeys } from './damaged-keys.js';
import { TreePath } from './path.js';
import { isEmptyTree, treeFacts, type TreeRoot } from './root.js';
import { SiblingRun } from './sibling-run.js';

/** Where a cursor goes: keys from `from` (inclusive) to `to` (exclusive). */
export interface KeyBounds {
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
  readonly reverse: boolean;
}

export class TreeCursor {
  /** The item that the cursor is on, in its leaf. */
  index = 0;
  #path: TreePath | undefined;
  readonly #forward: boolean;
  /** The bound that the walk starts from, and the one that ends it. */
  readonly #start: KeyRef | undefined;
  readonly #end: KeyRef | undefined;
  /** The key that the walk passed last; its length is -1 before the first. */
  readonly #passed: KeyRef = {
    view: new DataView(new ArrayBuffer(MAX_KEY_LENGTH + HISTORY_SUFFIX)),
    keyStart: 0,
    keyLength: -1,
  };
  #leafId = UNUSED;
  #generation = -1;

  /** @param tree gives the tree as it is now; undefined when it does not exist */
  constructor(
    private readonly pages: PageReader,
    private readonly tree: () => TreeRoot | undefined,
    range: KeyBounds,
  ) {
    const from = range.from && keyRef(range.from);
    const to = range.to && keyRef(range.to);
    this.#forward = !range.reverse;
    this.#start = this.#forward ? from : to;
    this.#end = this.#forward ? to : from;
  }

  /**
   * Goes on to the next item. At the end of the range it may be asked again: what was inserted meanwhile is found.
   *
   * @returns its leaf, with `index` the item there; undefined when there is none
   */
  next(): Frame | undefined {
    const leaf = this.#advanceOrSayWhereNext();
    if (leaf === undefined || this.#isPastEnd(leaf)) {
      this.invalidate();
      return undefined;
    }
    this.settle(leaf);
    return leaf;
  }

  /**
   * As `next`, as far as the leaf of the item goes that the cursor is on. The leaf is in memory and has not changed
   * since. Before anything else is asked, `settle` must have been called.
   *
   * @returns false when there is no further item of the range in the leaf
   */
  stepWithin(leaf: Frame): boolean {
    const index = this.index + (this.#forward ? 1 : -1);
    if (index < 1 || index >= leaf.itemCount) return false;
    this.index = index;
    if (!this.#isPastEnd(leaf)) return true;
    this.stepBack();
    return false;
  }

  /** Takes the last step within a leaf back. */
  stepBack(): void {
    this.index -= this.#forward ? 1 : -1;
  }

  /** Where in the leaf of the item that the cursor is on the range ends: the index of the first item past it. */
  endInLeaf(leaf: Frame): number {
    const end = leaf.itemCount;
    if (this.#end === undefined || compareKeyAt(leaf, end - 1, this.#end) < 0) return end;
    const found = findKey(leaf, this.#end);
    return found < 0 ? ~found : found;
  }

  /** After steps within a leaf: keeps the key of the item that the cursor is on. */
  settle(leaf: Frame): void {
    this.#passed.keyLength = keyLength(leaf, this.index);
    copyBytes(leaf.view, keyStart(leaf, this.index), this.#passed.view, 0, this.#passed.keyLength);
  }

  /**
   * Passes over the rest of the leaf that the cursor is on: the next item is in another one. So are those leaves after
   * it passed over, on the way to the end of the range, of which nothing is wanted. Of each it is checked that it is a
   * leaf of the tree and in its place in the chain, but not its items.
   *
   * @param isUnwanted told by what a leaf says before its items
   * @param max leaves that are passed over at most; the next one is looked at by `next`
   */
  skipLeaf(leaf: Frame, isUnwanted: (leaf: Page) => boolean, max: number): void {
    this.index = this.#forward ? leaf.itemCount - 1 : 1;
    this.settle(leaf);
    if (!this.#forward) return;
    let link = nextLeaf(leaf);
    for (let passed = 0; passed < max; passed++) {
      this.pages.release();
      const pageId = this.#endsBefore() ? undefined : this.#path?.nextSibling();
      if (pageId === undefined || pageId !== link) return;
      const page = this.#glance(pageId);
      if (page === undefined || !this.#isOwnLeaf(page) || !isUnwanted(page)) return;
      this.#path?.passSibling();
      link = nextLeaf(page);
      this.#leafId = pageId;
      this.index = MAX_ITEMS;
    }
  }

  /**
   * Goes over leaves after the one that the cursor is on, which have the same parent and are wholly in the range, as
   * long as `take` takes them; of the first one that it does not, the next step comes to the first item. Leaves in the
   * order of the file are read in runs. The cursor goes forward; its leaf is in memory.
   *
   * @param take told of a checked leaf, which stays during the call and must not be changed
   * @param max leaves that are gone over at most
   * @returns how many there were
   */
  passLeaves(leaf: Frame, take: (leaf: Frame) => boolean, max: number): number {
    const path = this.#path;
    if (path === undefined || this.index < leaf.itemCount - 1) return 0;
    let link = nextLeaf(leaf);
    const siblings = new SiblingRun(this.pages, path, this.#end);
    for (let passed = 0; passed < max; passed++) {
      this.pages.release();
      const pageId = path.nextSibling();
      const next = pageId === undefined || pageId !== link ? undefined : siblings.leaf(pageId);
      if (next === undefined || !this.#isWhollyWanted(next)) return passed;
      path.passSibling();
      if (!path.isWithin(next) || !take(next)) {
        path.unpassSibling();
        return passed;
      }
      link = nextLeaf(next);
      this.#enter(next);
      this.index = next.itemCount - 1;
      this.settle(next);
    }
    return max;
  }

  #isWhollyWanted(leaf: Frame): boolean {
    const last = leaf.itemCount - 1;
    return last >= 1 && (this.#end === undefined || compareKeyAt(leaf, last, this.#end) < 0);
  }

  /** A leaf that may be passed over; undefined where it is damaged: `next` reads it, and says which keys that is. */
  #glance(pageId: number): Page | undefined {
    try {
      return this.pages.glance(pageId);
    } catch (error) {
      if (error instanceof StoreError && isDamage(error)) return undefined;
      throw error;
    }
  }

  /** The leaf of the item that the cursor is on; when the tree has changed, that is found again by its key. */
  leaf(): Frame {
    return this.isUnchanged ? this.#leaf() : this.#seekPassed();
  }

  /** A copy of the key of the item that the cursor is on. */
  key(): Buffer {
    const { view, keyLength: length } = this.#passed;
    return Buffer.from(new Uint8Array(view.buffer, 0, length));
  }

  /** Where a walk can go on past the item that this one is on, in case it is of no use. */
  factsPastItem(): Facts {
    const { table } = this.#treeFacts;
    const key = this.key();
    const bound = this.#forward ? Buffer.concat([key, Buffer.alloc(1)]) : key;
    if (table === undefined) return {};
    const facts = keyFacts(table as bigint, key);
    return this.#isEnd(bound)
      ? facts
      : { ...facts, [this.#forward ? 'nextKeyHex' : 'belowKeyHex']: bound.toString('hex') };
  }

  /** Whether nothing has changed the tree since the last step. */
  get isUnchanged(): boolean {
    return this.#generation === this.pages.generation;
  }

  /** Half a step may have been made: the next one finds its position again. */
  invalidate(): void {
    this.#generation = -1;
  }

  /** Goes down to the item that the walk passed last: items stay, in whatever leaf. */
  #seekPassed(): Frame {
    this.#path = new TreePath(this.pages, this.tree() as TreeRoot);
    const leaf = this.#enter(this.#path.seek(this.#passed));
    this.index = findKey(leaf, this.#passed);
    if (this.index < 0) throw this.#lostEntry(leaf);
    this.#generation = this.pages.generation;
    return leaf;
  }

  #advanceOrSayWhereNext(): Frame | undefined {
    try {
      return this.#advance();
    } catch (error) {
      if (!(error instanceof StoreError) || !isDamage(error)) throw error;
      throw withKeys(error.with(this.#factsOfDamage()), () => this.#keysAround());
    }
  }

  /** Where a walk can go on past a page that cannot be read: the separators around it are in pages that could be. */
  #factsOfDamage(): Facts {
    const { table } = this.#treeFacts;
    const separator = this.#separatorPastDamage();
    if (table === undefined || separator === undefined) return {};
    const name = this.#forward ? 'nextKeyHex' : 'belowKeyHex';
    return { table, [name]: copyKey(separator.page, separator.index).toString('hex') };
  }

  #keysAround(): Facts {
    return this.#path === undefined ? {} : keysAround(this.pages, this.tree() as TreeRoot, this.#path);
  }

  #separatorPastDamage(): ReturnType<TreePath['separator']> {
    try {
      this.pages.release();
      return this.#endsBefore() ? undefined : this.#path?.separator(this.#forward);
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }

  /** The leaf with the next item in the walk's direction, which is item `index` there. */
  #advance(): Frame | undefined {
    let leaf: Frame | undefined;
    if (this.#generation !== this.pages.generation) {
      leaf = this.#locate();
    } else {
      leaf = this.#leaf();
      this.index += this.#forward ? 1 : -1;
    }
    while (leaf !== undefined && (this.index < 1 || this.index >= leaf.itemCount)) leaf = this.#followChain(leaf);
    return leaf;
  }

  /** Goes down to the first item of the walk, or to the one after the last that it passed. */
  #locate(): Frame | undefined {
    this.pages.checkIdle();
    const tree = this.tree();
    this.#generation = this.pages.generation;
    if (tree === undefined || isEmptyTree(tree)) return undefined;
    this.#path = new TreePath(this.pages, tree);
    const passed = this.#passed.keyLength >= 0;
    const key = passed ? this.#passed : this.#start;
    const leaf = this.#enter(this.#path.seek(key ?? (this.#forward ? 'first' : 'last')));
    if (key === undefined) {
      this.index = this.#forward ? 1 : leaf.itemCount - 1;
      if (!this.#forward) this.#checkChain(leaf, nextLeaf(leaf), NO_PAGE);
      return leaf;
    }
    const found = findKey(leaf, key);
    const index = found < 0 ? ~found : found;
    if (!this.#forward) this.index = index - 1;
    else this.index = passed && found >= 0 ? index + 1 : index;
    return leaf;
  }

  #followChain(leaf: Frame): Frame | undefined {
    if (this.#endsBefore()) return undefined;
    const link = nextLeaf(leaf);
    const next = this.#forward ? this.#path?.nextLeaf() : this.#path?.previousLeaf();
    if (this.#forward) this.#checkChain(leaf, link, next?.pageId ?? NO_PAGE);
    else if (next !== undefined) this.#checkChain(next, nextLeaf(next), this.#leafId);
    if (next === undefined) return undefined;
    this.index = this.#forward ? 1 : next.itemCount - 1;
    return this.#enter(next);
  }

  /** Whether the separator to the next leaf says that all of it is past the end of the range. */
  #endsBefore(): boolean {
    if (this.#end === undefined) return false;
    const separator = this.#path?.separator(this.#forward);
    if (separator === undefined) return false;
    const order = compareKeyAt(separator.page, separator.index, this.#end);
    return this.#forward ? order >= 0 : order <= 0;
  }

  #isPastEnd(leaf: Frame): boolean {
    if (this.#end === undefined) return false;
    const order = compareKeyAt(leaf, this.index, this.#end);
    return this.#forward ? order >= 0 : order < 0;
  }

  /** Whether a bound leaves nothing of the range in the walk's direction. */
  #isEnd(bound: Buffer): boolean {
    if (this.#end === undefined) return false;
    const { view, keyStart: start, keyLength: length } = this.#end;
    const order = Buffer.compare(bound, new Uint8Array(view.buffer, view.byteOffset + start, length));
    return this.#forward ? order >= 0 : order <= 0;
  }

  #checkChain(leaf: Frame, link: number, expected: number): void {
    if (link === expected) return;
    const name = (pageId: number): string => (pageId === NO_PAGE ? 'none' : `${pageId}`);
    const message = `the leaf chain goes from page ${leaf.pageId} to ${name(link)}, the tree to ${name(expected)}`;
    throw new StoreError('TREE_CORRUPTED', message, {
      ...this.#treeFacts,
      page: leaf.pageId,
      offset: leaf.itemOffset(0),
      expected: name(expected),
      found: link === NO_PAGE ? 'none' : readU64(leaf.view, leaf.itemOffset(0)),
    });
  }

  #lostEntry(leaf: Frame): StoreError {
    const message = `page ${leaf.pageId} lacks an entry that another commit had`;
    return new StoreError('TREE_CORRUPTED', message, { ...this.#treeFacts, page: leaf.pageId });
  }

  get #treeFacts(): Facts {
    const tree = this.tree();
    return tree === undefined ? {} : treeFacts(tree);
  }

  #isOwnLeaf(page: Page): boolean {
    const { id, kind } = this.tree() as TreeRoot;
    return page.type === kind.leaf && this.pages.format.pages.findOwnerFault(page, id) === undefined;
  }

  #enter(leaf: Frame): Frame {
    this.#leafId = leaf.pageId;
    return leaf;
  }

  #leaf(): Frame {
    this.pages.release();
    return this.pages.fetch(this.#leafId);
  }
}
