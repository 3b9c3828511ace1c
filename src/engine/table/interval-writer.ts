/**
 * Changes a table of format 1: all versions of a key are in its entry, and a put or a delete ends the newest one.
 * Operations come in ascending order of their keys, those on one key in the order of their positions.
 */
import type { Frame } from '../cache/frame.js';
import { copyBytes } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import { findKey } from '../format/items.js';
import { PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import {
  closeVersion,
  entrySize,
  isCurrent,
  newestVersion,
  prependVersion,
  reaches,
  versionCount,
  versionSize,
  versionsOffset,
  writeEntry,
} from '../format/v1/intervals.js';
import type { Operation } from '../log/operation.js';
import type { Pager } from '../pager/pager.js';
import { isEmptyTree, type TreeRoot } from '../tree/root.js';
import { inTwoOrThree } from '../tree/split.js';
import { MAX_ITEM_LENGTH, TreeWriter } from '../tree/writer.js';
import type { TableWriter } from './table-format.js';
import { entryTooLarge, tornVersion } from './write-errors.js';

/** An entry that is put together before there is room for it. */
const draft = new DataView(new ArrayBuffer(PAGE_SIZE));

export class IntervalWriter implements TableWriter {
  readonly #tree: TreeWriter;

  constructor(
    pager: Pager,
    private readonly root: TreeRoot,
  ) {
    this.#tree = new TreeWriter(pager, root);
  }

  put(operation: Operation, at: U64): void {
    if (isEmptyTree(this.root)) this.#tree.createRoot();
    const leaf = this.#tree.seek(operation);
    const index = findKey(leaf, operation);
    if (index < 0) this.#insert(leaf, ~index, operation, at);
    else this.#update(leaf, index, operation, at);
  }

  delete(operation: Operation, at: U64): void {
    if (isEmptyTree(this.root)) return;
    const leaf = this.#tree.seek(operation);
    const index = findKey(leaf, operation);
    if (index < 0) return;
    const newest = newestVersion(leaf, index);
    this.#refuseTorn(leaf, newest, operation, at);
    if (!isCurrent(leaf, newest)) return;
    this.#tree.markDirty(leaf);
    closeVersion(leaf, newest, at);
  }

  #insert(leaf: Frame, index: number, operation: Operation, at: U64): void {
    const length = entrySize(operation.keyLength, operation.valueLength);
    if (length > MAX_ITEM_LENGTH) throw entryTooLarge(this.root.id, operation, length, MAX_ITEM_LENGTH, 1);
    this.#tree.markDirty(leaf);
    if (length + SLOT_SIZE <= leaf.freeBytes) {
      writeEntry(leaf.view, leaf.insertItem(index, length), operation, at);
      return;
    }
    writeEntry(draft, 0, operation, at);
    this.#tree.split(leaf, { index, replaces: false, view: draft, offset: 0, length }, inTwoOrThree);
  }

  /** Puts a new version in front of the others. */
  #update(leaf: Frame, index: number, operation: Operation, at: U64): void {
    const newest = newestVersion(leaf, index);
    this.#refuseTorn(leaf, newest, operation, at);
    const gap = versionSize(operation.valueLength);
    const length = leaf.itemLength(index) + gap;
    const count = versionCount(leaf, index) + 1;
    if (length > MAX_ITEM_LENGTH) throw entryTooLarge(this.root.id, operation, length, MAX_ITEM_LENGTH, count);
    this.#tree.markDirty(leaf);
    if (isCurrent(leaf, newest)) closeVersion(leaf, newest, at);
    const head = versionsOffset(operation.keyLength);
    if (gap <= leaf.freeBytes) {
      prependVersion(leaf.view, leaf.growItem(index, head, gap) + head, count, operation, at);
      return;
    }
    copyWithGap(leaf.view, leaf.itemOffset(index), leaf.itemLength(index), head, gap);
    prependVersion(draft, head, count, operation, at);
    this.#tree.split(leaf, { index, replaces: true, view: draft, offset: 0, length }, inTwoOrThree);
  }

  #refuseTorn(leaf: Frame, newest: number, operation: Operation, at: U64): void {
    if (reaches(leaf, newest, at)) throw tornVersion(this.root.id, leaf.pageId, operation, at);
  }
}

/** Copies an item to the draft, with a gap `head` bytes after its start. */
function copyWithGap(view: DataView, offset: number, length: number, head: number, gap: number): void {
  copyBytes(view, offset, draft, 0, head);
  copyBytes(view, offset + head, draft, head + gap, length - head);
}
