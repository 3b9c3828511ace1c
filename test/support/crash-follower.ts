/**
 * Who follows a store as `changes --follow` does: looks for commits, and tells of those that are in place. What was
 * told stays told, in a copy: no crash may leave the store behind it.
 */
import { BTreeStore, StoreError } from '../../src/engine/index.js';
import { CACHE_PAGES, type State } from './crash-points.js';
import type { MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';

export class CrashFollower {
  /** How often a further commit was told, and how far that is. */
  times = 0;
  told = 0n;
  #store: BTreeStore | undefined;
  #looks = 0;

  constructor(private readonly files: MemoryFiles) {}

  /** Looks once, in the middle of whatever is being done to the store; gives what the store may be after a crash. */
  look(allowed: readonly State[]): readonly State[] {
    try {
      this.#look();
    } catch (error) {
      // After a purge, or where the store is not there yet, a follower begins again.
      if (!(error instanceof StoreError)) throw error;
      this.close();
    }
    return allowed.filter((state) => (state?.position ?? 0n) >= this.told);
  }

  close(): void {
    this.#store?.close();
    this.#store = undefined;
  }

  /** Every other time as one that begins just now: the others see no commit before page 0 is changed. */
  #look(): void {
    if (this.#looks++ % 2 === 0) this.close();
    const options = { readOnly: true, cachePages: CACHE_PAGES, files: this.files };
    if (this.#store === undefined) this.#store = BTreeStore.open(STORE_PATH, options);
    else this.#store.refresh();
    if (!this.#store.standing.isDurable || this.#store.appliedPosition <= this.told) return;
    this.told = this.#store.appliedPosition;
    this.times += 1;
  }
}
