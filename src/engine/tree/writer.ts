import { isUtf8 } from 'node:buffer';
import type { Frame } from '../cache/frame.js';
import type { Pager } from '../commit/pager.js';
import { StoreError } from '../errors.js';
import type { Operation } from '../format/batch.js';
import { copyBytes, type KeyRef, keyRef, toHex } from '../format/bytes.js';
import { ENTRY_OVERHEAD, entrySize, VERSION_HEADER } from '../format/entry-layout.js';
import {
  compareKeyAt,
  findKey,
  formatTreePage,
  childIndexFor,
  insertSeparator,
  INTERNAL_OVERHEAD,
  readLink,
} from '../format/items.js';
import { INTERNAL, LEAF, MAX_HEIGHT, PAGE_CAPACITY, PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import { NO_PAGE, type U64, writePageId } from '../format/u64.js';
import {
  closeVersion,
  isOpen,
  newestVersion,
  reaches,
  versionCount,
  writeEntry,
  writeVersion,
} from '../mvcc/versions.js';
import { Descent, isEmptyTree, LEAF_LEVEL, type TreeRoot } from './descent.js';
import { type Misfit, type NewSibling, splitInternal, splitLeaf } from './split.js';

/** An item that is put together before there is room for it. */
const draft = new DataView(new ArrayBuffer(PAGE_SIZE));

/**
 * Changes one table's tree, inside a batch. Operations come in ascending order of their keys: the writer stays on a
 * leaf as long as they belong to it.
 */
export class TreeWriter {
  readonly #descent: Descent;
  /** The leaf of the operation before; `NO_PAGE` when the way there has to be found anew. */
  #leafId = NO_PAGE;
  /** Whether that leaf is the last one of the tree. */
  #rightEdge = false;

  constructor(
    private readonly pager: Pager,
    private readonly tree: TreeRoot,
  ) {
    this.#descent = new Descent(pager, tree);
  }

  /**
   * Gives a key a new value from position `at` on.
   *
   * @throws StoreError `ENTRY_TOO_LARGE`, `TORN_VERSION`, damage
   */
  put(operation: Operation, at: U64): void {
    if (isEmptyTree(this.tree)) this.#plant();
    const leaf = this.#seek(operation);
    const index = findKey(leaf, operation);
    if (index < 0) this.#insert(leaf, ~index, operation, at);
    else this.#update(leaf, index, operation, at);
  }

  /**
   * Ends a key's current version at `at`; does nothing when it has none.
   *
   * @throws StoreError `TORN_VERSION`, damage
   */
  delete(operation: Operation, at: U64): void {
    if (isEmptyTree(this.tree)) return;
    const leaf = this.#seek(operation);
    const index = findKey(leaf, operation);
    if (index < 0) return;
    const newest = newestVersion(leaf, index);
    this.#refuseTorn(leaf, newest, operation, at);
    if (!isOpen(leaf, newest)) return;
    this.pager.change(leaf);
    closeVersion(leaf, newest, at);
  }

  /** Makes the first leaf. */
  #plant(): void {
    const leaf = this.pager.allocate();
    formatTreePage(leaf, LEAF, NO_PAGE);
    this.tree.root = leaf.pageId;
    this.tree.height = LEAF_LEVEL;
  }

  /** The leaf that a key belongs to. */
  #seek(key: KeyRef): Frame {
    if (this.#leafId !== NO_PAGE) {
      this.pager.release();
      const leaf = this.pager.fetch(this.#leafId);
      const last = leaf.itemCount - 1;
      if (this.#rightEdge || (last > 0 && compareKeyAt(leaf, last, key) >= 0)) return leaf;
    }
    const leaf = this.#descent.to(key);
    this.#leafId = leaf.pageId;
    this.#rightEdge = this.#descent.atRightEdge();
    if (this.#rightEdge !== (readLink(leaf) === NO_PAGE)) throw this.#brokenChain(leaf);
    return leaf;
  }

  #insert(leaf: Frame, index: number, operation: Operation, at: U64): void {
    const length = entrySize(operation.length, operation.valueLength);
    if (length + SLOT_SIZE > PAGE_CAPACITY) throw this.#tooLarge(operation, length, 1);
    this.pager.change(leaf);
    if (length + SLOT_SIZE <= leaf.freeBytes) {
      writeEntry(leaf.view, leaf.insertItem(index, length), operation, at);
      return;
    }
    writeEntry(draft, 0, operation, at);
    this.#split(leaf, { index, replaces: false, view: draft, offset: 0, length });
  }

  /** Puts a new version in front of the others. */
  #update(leaf: Frame, index: number, operation: Operation, at: U64): void {
    const newest = newestVersion(leaf, index);
    this.#refuseTorn(leaf, newest, operation, at);
    const gap = VERSION_HEADER.size + operation.valueLength;
    const length = leaf.itemLength(index) + gap;
    const count = versionCount(leaf, index) + 1;
    if (length + SLOT_SIZE > PAGE_CAPACITY) throw this.#tooLarge(operation, length, count);
    this.pager.change(leaf);
    if (isOpen(leaf, newest)) closeVersion(leaf, newest, at);
    const head = ENTRY_OVERHEAD + operation.length;
    if (gap <= leaf.freeBytes) {
      const item = leaf.growItem(index, head, gap);
      prepend(leaf.view, item + head, count, operation, at);
      return;
    }
    const offset = leaf.itemOffset(index);
    copyWithGap(leaf.view, offset, leaf.itemLength(index), head, gap);
    prepend(draft, head, count, operation, at);
    this.#split(leaf, { index, replaces: true, view: draft, offset: 0, length });
  }

  #split(leaf: Frame, misfit: Misfit): void {
    this.#leafId = NO_PAGE;
    for (const sibling of splitLeaf(this.pager, leaf, misfit, this.#rightEdge))
      this.#addSibling(sibling, LEAF_LEVEL + 1);
  }

  /** Makes a new page known to the level above it; internal pages without room for that split in turn. */
  #addSibling(sibling: NewSibling, level: number): void {
    const { separator, pageId } = sibling;
    if (level > this.tree.height) {
      this.#growRoot(sibling);
      return;
    }
    const page = this.#descent.to(keyRef(separator), level);
    const index = childIndexFor(page, keyRef(separator)) + 1;
    this.pager.change(page);
    const length = separator.length + INTERNAL_OVERHEAD;
    if (length + SLOT_SIZE <= page.freeBytes) {
      insertSeparator(page, index, separator, pageId);
      return;
    }
    const bytes = Buffer.alloc(length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    view.setUint16(0, separator.length, true);
    bytes.set(separator, 2);
    writePageId(view, 2 + separator.length, pageId);
    const misfit = { index, replaces: false, view, offset: 0, length };
    this.#addSibling(splitInternal(this.pager, page, misfit, this.#descent.atRightEdge()), level + 1);
  }

  #growRoot({ separator, pageId }: NewSibling): void {
    if (this.tree.height === MAX_HEIGHT) {
      const message = `table ${this.tree.id} cannot grow beyond ${MAX_HEIGHT} levels`;
      throw new StoreError('ENTRY_TOO_LARGE', message, { table: this.tree.id, limit: MAX_HEIGHT });
    }
    this.pager.release();
    const root = this.pager.allocate();
    formatTreePage(root, INTERNAL, this.tree.root);
    insertSeparator(root, 1, separator, pageId);
    this.tree.root = root.pageId;
    this.tree.height++;
  }

  /**
   * A version from this position on or later was left behind by a crash of another writer: what the log says and what
   * the page says cannot both be true.
   */
  #refuseTorn(leaf: Frame, newest: number, operation: Operation, at: U64): void {
    if (!reaches(leaf, newest, at)) return;
    throw new StoreError(
      'TORN_VERSION',
      `a key in page ${leaf.pageId} has a version from position ${at.toBigInt()} or later already: a crash tore this store`,
      { table: this.tree.id, keyHex: keyHex(operation), page: leaf.pageId, position: at.toBigInt() },
      'replay the whole log into a new store',
    );
  }

  #brokenChain(leaf: Frame): StoreError {
    const [inTree, inChain] = this.#rightEdge ? ['the last', 'another one follows'] : ['not the last', 'none follows'];
    return new StoreError(
      'TREE_CORRUPTED',
      `page ${leaf.pageId} is ${inTree} leaf of its tree, and in the leaf chain ${inChain}`,
      { table: this.tree.id, page: leaf.pageId, offset: leaf.itemOffset(0) },
    );
  }

  #tooLarge(operation: Operation, needed: number, versions: number): StoreError {
    const available = PAGE_CAPACITY - SLOT_SIZE;
    const what = `the key ${keyText(operation)} and its ${versions === 1 ? 'value' : `${versions} versions`} need`;
    return new StoreError(
      'ENTRY_TOO_LARGE',
      `${what} ${needed} bytes, and a page of format 1 holds ${available}`,
      { table: this.tree.id, keyHex: keyHex(operation), needed, available, versions },
      versions === 1
        ? undefined
        : 'format 1 keeps all versions of a key in one page: a shorter value may still fit, and a delete always does',
    );
  }
}

/** Writes an entry's version count, two bytes before `versions`, and its new first version into the gap there. */
function prepend(view: DataView, versions: number, count: number, operation: Operation, at: U64): void {
  view.setUint16(versions - 2, count, true);
  writeVersion(view, versions, operation, at);
}

/** Copies an item to the draft, with a gap `head` bytes behind its start. */
function copyWithGap(view: DataView, offset: number, length: number, head: number, gap: number): void {
  copyBytes(view, offset, draft, 0, head);
  copyBytes(view, offset + head, draft, head + gap, length - head);
}

function keyBytes(operation: Operation): Uint8Array {
  return new Uint8Array(operation.view.buffer, operation.view.byteOffset + operation.start, operation.length);
}

function keyHex(operation: Operation): string {
  return toHex(keyBytes(operation));
}

/** The beginning of a key for a message: as a JSON string where it is text, else in hex. */
function keyText(operation: Operation): string {
  const key = keyBytes(operation);
  const text = isUtf8(key) ? JSON.stringify(Buffer.from(key).toString('utf8')) : `0x${toHex(key)}`;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
