import { Page } from '../format/page.js';

/** The frame holds no page. Page 0 is the superblock, which never passes through the cache. */
export const UNUSED = 0;

/** A place in the cache, made once and used for one page after another. */
export class Frame extends Page {
  pageId = UNUSED;
  /** Whether the page differs from the copy that a later fetch would read. */
  dirty = false;
  /** The place in a parent (`Descent`) for which the page's keys were seen to lie between its separators. */
  checkedFor = UNUSED;
  /** The lease under which the frame was last handed out: it is not evicted while that lasts. */
  lease = 0;
  /** The batch that last changed the page: its state before that batch has been kept. */
  changedIn = 0;
  /** Neighbours in the order of use. */
  newer: Frame = this;
  older: Frame = this;
}
