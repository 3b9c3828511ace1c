/**
 * Changes one table, inside a savepoint of the pager's: puts and deletes become versions of entries in the table's
 * tree. Operations come in ascending order of their keys, those on one key in the order of their positions.
 */
import { isUtf8 } from 'node:buffer';
import type { Frame } from '../cache/frame.js';
import type { Pager } from '../pager/pager.js';
import { StoreError } from '../errors.js';
import type { Operation } from '../log/batch.js';
import { copyBytes, toHex } from '../bytes/bytes.js';
import { findKey } from '../format/items.js';
import { PAGE_SIZE, SLOT_SIZE } from '../format/layout.js';
import type { EntryFormat } from '../format/store-format.js';
import type { U64 } from '../bytes/u64.js';
import { isEmptyTree, type TreeRoot } from '../tree/root.js';
import { MAX_ITEM_LENGTH, TreeWriter } from '../tree/writer.js';

/** An entry that is put together before there is room for it. */
const draft = new DataView(new ArrayBuffer(PAGE_SIZE));

export class TableWriter {
  readonly #tree: TreeWriter;
  readonly #entries: EntryFormat;

  constructor(
    pager: Pager,
    private readonly root: TreeRoot,
  ) {
    this.#tree = new TreeWriter(pager, root);
    this.#entries = pager.format.entries;
  }

  /**
   * Gives a key a new value from position `at` on.
   *
   * @throws StoreError `ENTRY_TOO_LARGE`, `TORN_VERSION`, damage
   */
  put(operation: Operation, at: U64): void {
    if (isEmptyTree(this.root)) this.#tree.createRoot();
    const leaf = this.#tree.seek(operation);
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
    if (isEmptyTree(this.root)) return;
    const leaf = this.#tree.seek(operation);
    const index = findKey(leaf, operation);
    if (index < 0) return;
    const newest = this.#entries.newest(leaf, index);
    this.#refuseTorn(leaf, newest, operation, at);
    if (!this.#entries.isCurrent(leaf, newest)) return;
    this.#tree.markDirty(leaf);
    this.#entries.close(leaf, newest, at);
  }

  #insert(leaf: Frame, index: number, operation: Operation, at: U64): void {
    const length = this.#entries.entrySize(operation.keyLength, operation.valueLength);
    if (length > MAX_ITEM_LENGTH) throw this.#tooLarge(operation, length, 1);
    this.#tree.markDirty(leaf);
    if (length + SLOT_SIZE <= leaf.freeBytes) {
      this.#entries.writeEntry(leaf.view, leaf.insertItem(index, length), operation, at);
      return;
    }
    this.#entries.writeEntry(draft, 0, operation, at);
    this.#tree.split(leaf, { index, replaces: false, view: draft, offset: 0, length });
  }

  /** Puts a new version in front of the others. */
  #update(leaf: Frame, index: number, operation: Operation, at: U64): void {
    const entries = this.#entries;
    const newest = entries.newest(leaf, index);
    this.#refuseTorn(leaf, newest, operation, at);
    const gap = entries.versionSize(operation.valueLength);
    const length = leaf.itemLength(index) + gap;
    const count = entries.versionCount(leaf, index) + 1;
    if (length > MAX_ITEM_LENGTH) throw this.#tooLarge(operation, length, count);
    this.#tree.markDirty(leaf);
    if (entries.isCurrent(leaf, newest)) entries.close(leaf, newest, at);
    const head = entries.versionsOffset(operation.keyLength);
    if (gap <= leaf.freeBytes) {
      entries.prepend(leaf.view, leaf.growItem(index, head, gap) + head, count, operation, at);
      return;
    }
    copyWithGap(leaf.view, leaf.itemOffset(index), leaf.itemLength(index), head, gap);
    entries.prepend(draft, head, count, operation, at);
    this.#tree.split(leaf, { index, replaces: true, view: draft, offset: 0, length });
  }

  /**
   * A version from this position on or later was left behind by a crash of another writer: what the log says and what
   * the page says cannot both be true.
   */
  #refuseTorn(leaf: Frame, newest: number, operation: Operation, at: U64): void {
    if (!this.#entries.reaches(leaf, newest, at)) return;
    throw new StoreError(
      'TORN_VERSION',
      `a key in page ${leaf.pageId} has a version from position ${at.toBigInt()} or later already: a crash tore this store`,
      { table: this.root.id, keyHex: toHex(keyBytes(operation)), page: leaf.pageId, position: at.toBigInt() },
      'replay the whole log into a new store',
    );
  }

  #tooLarge(operation: Operation, needed: number, versions: number): StoreError {
    const what = `the key ${keyText(operation)} and its ${versions === 1 ? 'value' : `${versions} versions`} need`;
    return new StoreError(
      'ENTRY_TOO_LARGE',
      `${what} ${needed} bytes, and a page of format 1 holds ${MAX_ITEM_LENGTH}`,
      {
        table: this.root.id,
        keyHex: toHex(keyBytes(operation)),
        needed,
        available: MAX_ITEM_LENGTH,
        versions,
      },
      versions === 1
        ? undefined
        : 'format 1 keeps all versions of a key in one page: a shorter value may still fit, and a delete always does',
    );
  }
}

/** Copies an item to the draft, with a gap `head` bytes after its start. */
function copyWithGap(view: DataView, offset: number, length: number, head: number, gap: number): void {
  copyBytes(view, offset, draft, 0, head);
  copyBytes(view, offset + head, draft, head + gap, length - head);
}

function keyBytes(operation: Operation): Uint8Array {
  return new Uint8Array(operation.view.buffer, operation.view.byteOffset + operation.keyStart, operation.keyLength);
}

/** The beginning of a key for a message: as a JSON string where it is text, else in hex. */
function keyText(operation: Operation): string {
  const key = keyBytes(operation);
  const text = isUtf8(key) ? JSON.stringify(Buffer.from(key).toString('utf8')) : `0x${toHex(key)}`;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
