import { Page } from '../format/page.js';

/** The frame holds no page. Page 0 is the superblock, which never passes through the cache. */
export const UNUSED = 0;

/** The page was not held against the separators above it since it was loaded. */
export const UNCHECKED = -1;

/** A place in the cache, made once and used for one page after another. */
export class Frame extends Page {
  pageId = UNUSED;
  /** Whether the page differs from the copy that a later fetch would read. */
  dirty = false;
  /** The checksum that the page has in the store file, where a commit must find it. */
  homeCrc = 0;
  /** The pointer (`Descent`) for which the page's keys were seen to lie between the separators above, and that check's number. */
  checkedFor = UNCHECKED;
  check = 0;
  /** The lease under which the frame was last handed out: it is not evicted while that lasts. */
  lease = 0;
  /** The batch that last changed the page: its state before that batch has been kept. */
  changedIn = 0;
  /** Neighbours in the order of use. */
  newer: Frame = this;
  older: Frame = this;
}
