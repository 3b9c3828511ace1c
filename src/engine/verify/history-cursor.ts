/** The runs of a history tree, one after the other in the order of keys and positions. */
import { compareBytes, type KeyRef } from '../bytes/bytes.js';
import { keyAt } from '../format/items.js';
import { HISTORY_SUFFIX } from '../format/page-types.js';
import type { Steps } from '../steps.js';
import type { Location } from './findings.js';
import { withoutSuffix } from '../tree/key-spans.js';
import type { TreeWalk, WalkedLeaf } from './tree-walk.js';

/** Called with each leaf of the history, when the walk has come to it. */
export type OnHistoryLeaf = (leaf: WalkedLeaf) => Steps<void>;

/** Goes through the runs of a table while something else goes through its entries; it remembers no run. */
export class HistoryCursor {
  /** Whether runs may have been lost before the one it is at, and after the one before; at the end too. */
  afterLoss = false;
  readonly #leaves: Generator<WalkedLeaf | undefined, void>;
  #leaf: WalkedLeaf | undefined;
  #index = 0;
  #hasEnded = false;

  constructor(
    readonly walk: TreeWalk,
    private readonly onLeaf: OnHistoryLeaf,
  ) {
    this.#leaves = walk.leaves();
  }

  /** The leaf of the run that it is at; undefined after the last one, and before the first `advance`. */
  get leaf(): WalkedLeaf | undefined {
    return this.#leaf;
  }

  /** The item of the run that it is at. */
  get index(): number {
    return this.#index;
  }

  get location(): Location {
    return this.walk.location();
  }

  /** The key of the run that it is at, without the position at its end. */
  key(): KeyRef {
    return withoutSuffix(keyAt((this.#leaf as WalkedLeaf).page, this.#index), HISTORY_SUFFIX);
  }

  /** The key of the run against another: below 0, 0, above 0; above 0 also after the last run. */
  compare(key: KeyRef): number {
    if (this.#leaf === undefined) return 1;
    const own = this.key();
    return compareBytes(own.view, own.keyStart, own.keyLength, key.view, key.keyStart, key.keyLength);
  }

  /** Goes to the next run. */
  *advance(): Steps<void> {
    this.afterLoss = false;
    this.#index++;
    while (!this.#hasEnded && (this.#leaf === undefined || this.#index >= this.#leaf.page.itemCount)) {
      yield* this.#nextLeaf();
    }
  }

  *#nextLeaf(): Steps<void> {
    const next = this.#leaves.next();
    this.#leaf = undefined;
    if (next.done === true) {
      this.#hasEnded = true;
      this.afterLoss ||= this.walk.lostSinceLeaf;
    } else if (next.value === undefined) {
      yield;
    } else {
      const leaf = next.value;
      this.afterLoss ||= leaf.afterLoss || !leaf.inOrder;
      yield* this.onLeaf(leaf);
      // Runs that are not where they belong are no key's.
      if (leaf.inOrder) [this.#leaf, this.#index] = [leaf, 1];
    }
  }
}
