/** What a store says about its past as a whole: the calls of `BTreeStore` that ask `timeline/`. */
import { runSteps, type Steps } from '../steps.js';
import { contentHash, type ContentHash, type HashOptions } from '../timeline/content-hash.js';
import type { StoreView } from '../timeline/view.js';

export abstract class StoreTimeline {
  /** @internal The store, for questions about these positions. @throws StoreError `POSITION_BEYOND_APPLIED` */
  protected abstract viewAt(positions: readonly (bigint | undefined)[]): StoreView;

  /**
   * The SHA-256 of the visible content: equal for equal content, whatever format, layout and history (docs/FORMAT.md
   * says of which bytes).
   *
   * @throws StoreError `POSITION_BEYOND_APPLIED`, `POSITION_FORGOTTEN` (one of the tables has lost what it was then)
   */
  contentHash(options: HashOptions = {}): ContentHash {
    return runSteps(this.contentHashSteps(options));
  }

  /** As `contentHash`, in steps of a few milliseconds. @throws StoreError as `contentHash` */
  contentHashSteps(options: HashOptions = {}): Steps<ContentHash> {
    return contentHash(this.viewAt([options.at]), options);
  }
}
