/** A page in memory, and what the cache and the pager know about it. */
import { Page } from '../format/page.js';

/** The frame holds no page. Page 0 is the superblock, which never passes through the cache. */
export const UNUSED = 0;

/** Not yet checked against its parent separators since it was loaded. */
export const UNCHECKED = -1;

/** Memory for a page in the cache, made once and used for one page after another. */
export class Frame extends Page {
  pageId = UNUSED;
  /** Whether the page differs from the copy that a later fetch would read: the cache says so. */
  dirty = false;
  /** The checksum that the page has as the last commit left it; 0 of a new page that was never written. */
  diskCrc = 0;
  /**
   * The pointer (`TreePath`) for which the page's keys were checked against the separators above, and the number of
   * that check.
   */
  checkedFor = UNCHECKED;
  check = 0;
  /** The pin under which the frame was last fetched: it is not evicted until that is released. */
  pin = 0;
  /** The savepoint that last changed the page: what a rollback goes back to has been kept. */
  changedIn = 0;
  /** Whether the page is likely not to be asked for again. */
  passes = false;
  /** Neighbours in the order of use. */
  newer: Frame = this;
  older: Frame = this;
}
