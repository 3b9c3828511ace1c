/** Counts positions of one leaf that are not as they should be. */
import type { KeyRef } from '../bytes/bytes.js';
import { keyAt } from '../format/items.js';
import type { Page } from '../format/page.js';
import { readU64 } from '../bytes/u64.js';
import { type KeySpan, spanFromTo, withoutSuffix } from '../tree/key-spans.js';

const NOWHERE = -1;

/** Counts versions with a problem in one leaf, and remembers the place of the first and of the last. */
export class ItemTally {
  count = 0;
  highest = 0n;
  #first = NOWHERE;
  #last = NOWHERE;
  #offset = NOWHERE;

  constructor(private readonly leaf: Page) {}

  /** @param offset where the position is that is wrong; `highest` where the highest one of the version is */
  add(index: number, offset: number, highest = offset): void {
    if (this.count++ === 0) [this.#first, this.#offset] = [index, offset];
    this.#last = index;
    const position = readU64(this.leaf.view, highest);
    if (position > this.highest) this.highest = position;
  }

  location(): { readonly offset: number; readonly keys: KeySpan } {
    return { offset: this.#offset, keys: spanFromTo(this.#key(this.#first), this.#key(this.#last)) };
  }

  /** The key of an item, without what a history key has at its end. */
  #key(index: number): KeyRef {
    return withoutSuffix(keyAt(this.leaf, index), this.leaf.keySuffix);
  }
}
