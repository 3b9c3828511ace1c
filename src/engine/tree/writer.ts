/**
 * Changes a B+tree of byte items, inside a savepoint of the pager's. An item begins with its key; what follows it is
 * not looked at here. Items are worked on in place: `seek` gives the leaf, and whoever knows the bytes changes them
 * there.
 *
 * The writer remembers the leaf of the last `seek` (its finger): operations that come in ascending order of their keys
 * find their leaf without going down the tree again.
 */
import type { Frame } from '../cache/frame.js';
import type { Pager } from '../pager/pager.js';
import { StoreError } from '../errors.js';
import { copyBytes, type KeyRef, keyRef } from '../bytes/bytes.js';
import {
  childIndexFor,
  compareKeyAt,
  insertLink,
  INTERNAL_OVERHEAD,
  nextLeaf,
  writeSeparator,
} from '../format/items.js';
import { MAX_HEIGHT, PAGE_CAPACITY, SLOT_SIZE } from '../format/layout.js';
import { NO_PAGE } from '../bytes/u64.js';
import { keysAround } from './damaged-keys.js';
import { LEAF_LEVEL, TreePath } from './path.js';
import { treeFacts, treeName, type TreeRoot } from './root.js';
import {
  type ChooseCuts,
  inTwoOrThree,
  type Item,
  newPage,
  type NewSibling,
  type PendingItem,
  splitInternal,
  splitLeaf,
} from './split.js';

/** The longest item that a leaf can hold. */
export const MAX_ITEM_LENGTH = PAGE_CAPACITY - SLOT_SIZE;

export class TreeWriter {
  readonly #path: TreePath;
  /** The leaf of the last seek; `NO_PAGE` when the next one has to start at the root. */
  #leafId = NO_PAGE;
  /** Whether that leaf is the last one of the tree. */
  #rightEdge = false;

  /** @param seeksAnyOrder keys may descend from one seek to the next: the finger is checked on both sides */
  constructor(
    private readonly pager: Pager,
    private readonly tree: TreeRoot,
    private readonly seeksAnyOrder = false,
  ) {
    this.#path = new TreePath(pager, tree);
  }

  /** Gives a tree without pages its first leaf. */
  createRoot(): void {
    const leaf = newPage(this.pager, this.tree, this.tree.kind.leaf);
    insertLink(leaf, NO_PAGE);
    this.tree.root = leaf.pageId;
    this.tree.height = LEAF_LEVEL;
  }

  /**
   * The leaf that a key belongs to. Keys that ascend from one seek to the next find their leaf fastest.
   *
   * @throws StoreError damage
   */
  seek(key: KeyRef): Frame {
    if (this.#leafId !== NO_PAGE) {
      this.pager.release();
      const leaf = this.pager.fetch(this.#leafId);
      if (this.#holds(leaf, key)) return leaf;
    }
    const leaf = this.#path.seek(key);
    this.#leafId = leaf.pageId;
    this.#rightEdge = this.#path.atRightEdge();
    if (this.#rightEdge !== (nextLeaf(leaf) === NO_PAGE)) throw this.#brokenChain(leaf);
    return leaf;
  }

  /** Whether a key belongs to the leaf of the last seek, as far as that can be told without the pages above. */
  #holds(leaf: Frame, key: KeyRef): boolean {
    const last = leaf.itemCount - 1;
    if (!this.#rightEdge && (last < 1 || compareKeyAt(leaf, last, key) < 0)) return false;
    return !this.seeksAnyOrder || (last >= 1 && compareKeyAt(leaf, 1, key) <= 0);
  }

  /** The next seek starts at the root. */
  forget(): void {
    this.#leafId = NO_PAGE;
  }

  /** To be called before a leaf is changed in place. */
  markDirty(leaf: Frame): void {
    this.pager.markDirty(leaf);
  }

  /** Inserts an item of at most `MAX_ITEM_LENGTH` bytes, as item `index` of the leaf of the last seek. */
  insert(leaf: Frame, index: number, item: Item): void {
    this.pager.markDirty(leaf);
    if (item.length + SLOT_SIZE > leaf.freeBytes) this.split(leaf, { index, replaces: false, ...item }, inTwoOrThree);
    else copyBytes(item.view, item.offset, leaf.view, leaf.insertItem(index, item.length), item.length);
  }

  /** Replaces item `index` of the leaf of the last seek by one of the same key, of at most `MAX_ITEM_LENGTH` bytes. */
  replace(leaf: Frame, index: number, item: Item): void {
    this.pager.markDirty(leaf);
    if (item.length > leaf.freeBytes + leaf.itemLength(index)) {
      this.split(leaf, { index, replaces: true, ...item }, inTwoOrThree);
      return;
    }
    leaf.removeItem(index);
    copyBytes(item.view, item.offset, leaf.view, leaf.insertItem(index, item.length), item.length);
  }

  /**
   * Removes item `index` of the leaf of the last seek. A leaf that becomes empty stays in the tree and in the chain.
   */
  remove(leaf: Frame, index: number): void {
    this.pager.markDirty(leaf);
    leaf.removeItem(index);
  }

  /**
   * Splits the leaf of the last seek, which has no room for an item, and inserts that. The leaf is marked dirty.
   *
   * @returns false when there is no such cut: nothing was changed then
   */
  split(leaf: Frame, pending: PendingItem, choose: ChooseCuts): boolean {
    const siblings = splitLeaf(this.pager, this.tree, leaf, pending, this.#rightEdge, choose);
    if (siblings === undefined) return false;
    const isFull = this.#rightEdge && pending.index === leaf.itemCount && !pending.replaces;
    const { pageId } = leaf;
    this.forget();
    for (const sibling of siblings) this.#addSibling(sibling, LEAF_LEVEL + 1);
    if (isFull) this.pager.passOn(pageId);
    return true;
  }

  /** Makes a new page known to the level above it; internal pages without room for that split in turn. */
  #addSibling(sibling: NewSibling, level: number): void {
    if (level > this.tree.height) {
      this.#growRoot(sibling);
      return;
    }
    const separator = keyRef(sibling.separator);
    const page = this.#path.seek(separator, level);
    const index = childIndexFor(page, separator) + 1;
    this.pager.markDirty(page);
    const length = separator.keyLength + INTERNAL_OVERHEAD;
    if (length + SLOT_SIZE <= page.freeBytes) {
      writeSeparator(page.view, page.insertItem(index, length), separator, sibling.pageId);
      return;
    }
    const view = new DataView(new ArrayBuffer(length));
    writeSeparator(view, 0, separator, sibling.pageId);
    const pending = { index, replaces: false, view, offset: 0, length };
    this.#addSibling(splitInternal(this.pager, this.tree, page, pending, this.#path.atRightEdge()), level + 1);
  }

  #growRoot({ separator, pageId }: NewSibling): void {
    if (this.tree.height === MAX_HEIGHT) {
      const message = `${treeName(this.tree)} cannot grow beyond ${MAX_HEIGHT} levels`;
      throw new StoreError('ENTRY_TOO_LARGE', message, { ...treeFacts(this.tree), limit: MAX_HEIGHT });
    }
    this.pager.release();
    const root = newPage(this.pager, this.tree, this.tree.kind.internal);
    insertLink(root, this.tree.root);
    writeSeparator(root.view, root.insertItem(1, separator.length + INTERNAL_OVERHEAD), keyRef(separator), pageId);
    this.tree.root = root.pageId;
    this.tree.height++;
  }

  #brokenChain(leaf: Frame): StoreError {
    const [inTree, inChain] = this.#rightEdge ? ['the last', 'another one follows'] : ['not the last', 'none follows'];
    return new StoreError(
      'TREE_CORRUPTED',
      `page ${leaf.pageId} is ${inTree} leaf of its tree, and in the leaf chain ${inChain}`,
      {
        ...treeFacts(this.tree),
        page: leaf.pageId,
        offset: leaf.itemOffset(0),
        ...keysAround(this.pager, this.tree, this.#path),
      },
    );
  }
}
