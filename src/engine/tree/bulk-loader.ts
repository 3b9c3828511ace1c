/**
 * Builds a tree from items that come in the order of their keys, from the bottom up. Of each level only the page is in
 * memory that is being filled: when it has no room for the next item it is written, and never looked at again.
 *
 * Invariants
 *
 * - A page is full when it is written, except the last one of each level.
 * - An internal page has two children or more: a full one gives its last child to the next.
 * - The stamp of a leaf is the largest position that was appended to it, that of an internal page the largest of its
 *   children's.
 */
import { keyRef } from '../bytes/bytes.js';
import { NO_PAGE, U64 } from '../bytes/u64.js';
import { StoreError } from '../errors.js';
import { KEY_OFFSET } from '../format/entry-layout.js';
import { copyKey, INTERNAL_OVERHEAD, insertLink, setNextLeaf, writeSeparator } from '../format/items.js';
import { MAX_HEIGHT, PAGE_CAPACITY, SLOT_SIZE } from '../format/layout.js';
import { Page } from '../format/page.js';
import type { PageSink } from '../pager/page-sink.js';
import { treeFacts, treeName, type TreeRoot } from './root.js';
import { shortestSeparator } from './split.js';

/** A page that is written, for the level above it. */
interface Child {
  /** The first key that belongs to it and not to the page on its left; empty of the first page of a level. */
  readonly separator: Buffer;
  readonly pageId: number;
  readonly stamp: U64;
}

/** The children of the page that is being filled on an internal level. */
interface Level {
  children: Child[];
  /** Bytes that its separators take. */
  bytes: number;
}

const NO_SEPARATOR = Buffer.alloc(0);

/** An internal page that is put together. Only ever used within one call. */
const internal = new Page();

export class BulkLoader {
  /** Made when it is needed: of many tables most have no history. */
  #leaf!: Page;
  #leafId = NO_PAGE;
  #leafStamp = U64.from(0n);
  #separator: Buffer = NO_SEPARATOR;
  /** The id that the leaf on the left says for the next one. */
  #nextId = NO_PAGE;
  /** From the one above the leaves on. */
  readonly #levels: Level[] = [];

  /** @param tree without pages; `finish` says there where its root is */
  constructor(
    private readonly sink: PageSink,
    private readonly tree: TreeRoot,
  ) {}

  /** The longest item that finds room in the leaf that is being filled; nothing before the first one is begun. */
  get room(): number {
    return this.#leafId === NO_PAGE ? 0 : this.#leaf.freeBytes - SLOT_SIZE;
  }

  /**
   * Appends a copy of an item, whose key is above all before it.
   *
   * @param at the largest position in it
   * @throws StoreError `STORE_TOO_LARGE`, `IO_ERROR`
   */
  append(view: DataView, offset: number, length: number, at: U64): void {
    if (this.#leafId === NO_PAGE) {
      this.#leaf = new Page();
      this.#beginLeaf(NO_SEPARATOR);
    } else if (length > this.room) this.#nextLeaf(view, offset);
    this.#leaf.appendItem(view, offset, length);
    if (at.compare(this.#leafStamp) > 0) this.#leafStamp = at;
  }

  /** Writes what is left, and tells the tree its root and height. */
  finish(): void {
    if (this.#leafId === NO_PAGE) return;
    this.#writeLeaf();
    let height = 1;
    for (let level = this.#levels[0] as Level; level.children.length > 1; height++) {
      this.#closePage(level, height - 1);
      level = this.#levels[height] as Level;
    }
    const [root] = (this.#levels[height - 1] as Level).children;
    this.tree.root = (root as Child).pageId;
    this.tree.height = height;
  }

  #beginLeaf(separator: Buffer): void {
    this.#leafId = this.#nextId === NO_PAGE ? this.sink.allocateRun(1) : this.#nextId;
    this.#initialize(this.#leaf, this.tree.kind.leaf, this.#leafId);
    insertLink(this.#leaf, NO_PAGE);
    this.#leafStamp = U64.from(0n);
    this.#separator = separator;
  }

  #nextLeaf(view: DataView, offset: number): void {
    const leaf = this.#leaf;
    const last = copyKey(leaf, leaf.itemCount - 1);
    const next = Buffer.from(
      new Uint8Array(view.buffer, view.byteOffset + offset + KEY_OFFSET, view.getUint16(offset, true)),
    );
    const separator = shortestSeparator(last, next, leaf.keySuffix);
    this.#nextId = this.sink.allocateRun(1);
    setNextLeaf(leaf, this.#nextId);
    this.#writeLeaf();
    this.#beginLeaf(separator);
  }

  #writeLeaf(): void {
    this.#write(this.#leaf, this.#leafId, this.#leafStamp);
    this.#addChild({ separator: this.#separator, pageId: this.#leafId, stamp: this.#leafStamp }, 0);
  }

  /** Makes a page known to the level above it. */
  #addChild(child: Child, index: number): void {
    const level = (this.#levels[index] ??= { children: [], bytes: 0 });
    const size = sizeOf(child);
    if (level.children.length > 0 && level.bytes + size > PAGE_CAPACITY) {
      const last = level.children.pop() as Child;
      this.#closePage(level, index);
      level.children.push(last);
    }
    if (level.children.length > 0) level.bytes += size;
    level.children.push(child);
  }

  /** Writes the page that is being filled on an internal level. */
  #closePage(level: Level, index: number): void {
    if (index + 2 > MAX_HEIGHT) throw this.#tooHigh();
    const page = internal;
    const pageId = this.sink.allocateRun(1);
    this.#initialize(page, this.tree.kind.internal, pageId);
    const [first, ...others] = level.children as [Child, ...Child[]];
    insertLink(page, first.pageId);
    let { stamp } = first;
    for (const child of others) {
      const offset = page.insertItem(page.itemCount, child.separator.length + INTERNAL_OVERHEAD);
      writeSeparator(page.view, offset, keyRef(child.separator), child.pageId);
      if (child.stamp.compare(stamp) > 0) stamp = child.stamp;
    }
    this.#write(page, pageId, stamp);
    level.children = [];
    level.bytes = 0;
    this.#addChild({ separator: first.separator, pageId, stamp }, index + 1);
  }

  #initialize(page: Page, type: number, pageId: number): void {
    const { sink, tree } = this;
    sink.format.pages.initialize(page, { type, pageId, table: tree.id, storeTag: sink.storeTag });
    if (tree.counts !== undefined) tree.counts.treePages++;
  }

  #write(page: Page, pageId: number, stamp: U64): void {
    this.sink.format.pages.stamp(page, stamp);
    page.finalize();
    this.sink.writeDirect(pageId, page.bytes);
  }

  #tooHigh(): StoreError {
    const message = `${treeName(this.tree)} cannot grow beyond ${MAX_HEIGHT} levels`;
    return new StoreError('ENTRY_TOO_LARGE', message, { ...treeFacts(this.tree), limit: MAX_HEIGHT });
  }
}

/** Bytes of the item that a child is in its parent, slot included. */
function sizeOf({ separator }: Child): number {
  return separator.length + INTERNAL_OVERHEAD + SLOT_SIZE;
}
