/** The key of a run in a history tree: a key of the table, and after it a position, big-endian. */
import { compareBytes, copyBytes, type KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import { keyLength, keyStart } from '../format/items.js';
import { MAX_KEY_LENGTH } from '../format/layout.js';
import type { Page } from '../format/page.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';

const MAX_WORD = 0xffffffff;

/** A history key to search with; one object serves one search after the other. */
export class HistoryKey implements KeyRef {
  readonly view = new DataView(new ArrayBuffer(MAX_KEY_LENGTH + HISTORY_SUFFIX));
  readonly keyStart = 0;
  keyLength = 0;

  /** The place after all runs of a key. */
  setPastAll(key: KeyRef): this {
    return this.#set(key, MAX_WORD, MAX_WORD);
  }

  /** The place of a run of the key that begins at a position. */
  set(key: KeyRef, position: U64): this {
    return this.#set(key, position.hi, position.lo);
  }

  /** Writes a position as it is in a history key. */
  static writePosition(target: DataView, offset: number, { hi, lo }: U64): void {
    target.setUint32(offset, hi);
    target.setUint32(offset + 4, lo);
  }

  /** Whether an item of a history leaf is a run of the same key, whatever its position. */
  isOfSameKey(leaf: Page, index: number): boolean {
    return isRunOf(leaf, index, this);
  }

  #set(key: KeyRef, hi: number, lo: number): this {
    copyBytes(key.view, key.keyStart, this.view, 0, key.keyLength);
    this.view.setUint32(key.keyLength, hi);
    this.view.setUint32(key.keyLength + 4, lo);
    this.keyLength = key.keyLength + HISTORY_SUFFIX;
    return this;
  }
}

/** Whether an item of a history leaf is a run of the key of a history key. */
export function isRunOf(leaf: Page, index: number, key: KeyRef): boolean {
  const length = key.keyLength - HISTORY_SUFFIX;
  const found = keyLength(leaf, index) - HISTORY_SUFFIX;
  return (
    found === length && compareBytes(leaf.view, keyStart(leaf, index), length, key.view, key.keyStart, length) === 0
  );
}

/** The position at the end of the key of a run, or of a separator between runs. */
export function runPosition(page: Page, index: number): bigint {
  return page.view.getBigUint64(keyStart(page, index) + keyLength(page, index) - HISTORY_SUFFIX);
}

/** The key of a run, or of a separator between runs: the key of the table, and the position after it. */
export function splitHistoryKey(bytes: Uint8Array): { readonly key: Uint8Array; readonly position: bigint } {
  const end = bytes.length - HISTORY_SUFFIX;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { key: bytes.subarray(0, end), position: view.getBigUint64(end) };
}
