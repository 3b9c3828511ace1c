/** Many keys to be looked up, in memory of their own and in their order: to compare one costs no view and no object. */
import { compareBytes, type KeyRef } from '../bytes/bytes.js';
import type { U64 } from '../bytes/u64.js';
import { type KeyedItems, sortByKey } from '../commit-group/key-sort.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';
import { HistoryKey } from './history-key.js';

export class PackedKeys implements KeyedItems {
  readonly length: number;
  /** The numbers of the keys in the order of their bytes. */
  readonly order: Uint32Array;
  readonly #view: DataView;
  /** Where each key begins; the position that is asked for follows it, so that it can be a history key. */
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;
  /** Bytes that all of them begin with: those are not looked at again, and often are most of a key. */
  readonly #common: number;

  /** @param at the position that is asked for */
  constructor(keys: readonly Uint8Array[], at: U64) {
    this.length = keys.length;
    this.#starts = new Uint32Array(keys.length);
    this.#lengths = new Uint32Array(keys.length);
    let size = 0;
    for (let index = 0; index < keys.length; index++) {
      const { length } = keys[index] as Uint8Array;
      this.#starts[index] = size;
      this.#lengths[index] = length;
      size += length + HISTORY_SUFFIX;
    }
    const bytes = new Uint8Array(size);
    this.#view = new DataView(bytes.buffer);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as Uint8Array;
      const start = this.#starts[index] as number;
      for (let offset = 0; offset < key.length; offset++) bytes[start + offset] = key[offset] as number;
      HistoryKey.writePosition(this.#view, start + key.length, at);
    }
    this.#common = this.#commonStart();
    this.order = sortByKey(this);
  }

  /** Points to a key. */
  point(ref: KeyRef, number: number): void {
    ref.view = this.#view;
    ref.keyStart = this.#starts[number] as number;
    ref.keyLength = this.#lengths[number] as number;
  }

  wordAt(item: number, depth: number): number {
    const offset = this.#common + depth;
    const start = (this.#starts[item] as number) + offset;
    const left = (this.#lengths[item] as number) - offset;
    if (left >= 4) return this.#view.getUint32(start);
    let word = 0;
    for (let index = 0; index < 4; index++) word = word * 256 + (index < left ? this.#view.getUint8(start + index) : 0);
    return word;
  }

  compareKeys(a: number, b: number): number {
    const [starts, lengths] = [this.#starts, this.#lengths];
    const [aLength, bLength] = [lengths[a] as number, lengths[b] as number];
    return compareBytes(this.#view, starts[a] as number, aLength, this.#view, starts[b] as number, bLength);
  }

  #commonStart(): number {
    let most = this.#lengths[0] ?? 0;
    for (let index = 1; index < this.length; index++) {
      const start = this.#starts[index] as number;
      most = Math.min(most, this.#lengths[index] as number);
      let length = 0;
      while (length < most && this.#view.getUint8(length) === this.#view.getUint8(start + length)) length++;
      most = length;
    }
    return most;
  }
}
