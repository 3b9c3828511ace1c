/**
 * Leaves that a second thread has looked at before a walk comes to them. What it says of a page is what the walk would
 * have seen in the same bytes; where it says nothing, the walk looks itself.
 */
import { readChild } from '../../format/items.js';
import type { Page } from '../../format/page.js';
import type { LeafGlance } from '../../format/v2/leaf-glance.js';
import { LIST_PAGES, UNIT_PAGES } from './page-list.js';
import type { SharedState } from './shared-state.js';

const NOWHERE = -1;

export class LeafHelper {
  /** Whether the other thread is of any use: it may not be there yet, or any more. */
  #isOn = true;
  /** The list of the page that the walk is below, and that page. */
  #current = 0;
  #owner = NOWHERE;
  /** The page whose leaves are in the other list. */
  #next = NOWHERE;
  /** The unit of the leaf that came last, and whether the walk looks at it itself. */
  #unit = NOWHERE;
  #isOwn = true;

  constructor(private readonly state: SharedState) {}

  /** A walk comes to a page above leaves. The one after it on its level, if that is known, is `peek`'s. */
  enter(page: Page, pageId: number, peek: () => { readonly page: Page; readonly pageId: number } | undefined): void {
    if (!this.#isOn || !this.state.isReady) return;
    this.#unit = NOWHERE;
    if (this.#next === pageId && this.#hasChildrenOf(page)) this.#current = 1 - this.#current;
    else if (!this.#post(this.#current, page)) return;
    this.#owner = pageId;
    this.state.olderList = this.#current;
    this.#next = NOWHERE;
    const next = peek();
    if (next !== undefined && this.#post(1 - this.#current, next.page)) this.#next = next.pageId;
    this.state.wake();
  }

  /**
   * A child of the page that was entered, where the other thread has looked at it, and it is tidy: good until the walk
   * comes to the page after the next one above leaves.
   */
  take(owner: number, index: number, pageId: number, glance: LeafGlance): Page | undefined {
    const list = this.state.lists[this.#current] as SharedState['lists'][0];
    if (owner !== this.#owner || !this.#isOn || index >= list.count || list.pageId(index) !== pageId) return undefined;
    const unit = Math.floor(index / UNIT_PAGES);
    if (unit !== this.#unit) {
      this.#unit = unit;
      this.#isOwn = this.#takeUnit(unit);
    }
    return !this.#isOwn && list.read(index, glance) ? list.page(index) : undefined;
  }

  /** How many pages from a child on the walk looks at itself. */
  ownPages(owner: number, index: number): number {
    return owner === this.#owner && this.#isOn && index < LIST_PAGES ? UNIT_PAGES - (index % UNIT_PAGES) : LIST_PAGES;
  }

  #takeUnit(unit: number): boolean {
    const isOwn = this.state.lists[this.#current]?.take(unit);
    if (isOwn === undefined) this.#isOn = false;
    return isOwn ?? true;
  }

  #hasChildrenOf(page: Page): boolean {
    const list = this.state.lists[1 - this.#current] as SharedState['lists'][0];
    for (let index = 0; index < list.count; index++) if (list.pageId(index) !== readChild(page, index)) return false;
    return list.count === Math.min(page.itemCount, LIST_PAGES);
  }

  /** Has the other thread look at the children of a page. */
  #post(which: number, page: Page): boolean {
    const list = this.state.lists[which] as SharedState['lists'][0];
    if (!list.withdraw()) this.#isOn = false;
    if (!this.#isOn) return false;
    const count = page.itemCount < this.state.leavesMin ? 0 : Math.min(page.itemCount, LIST_PAGES);
    list.fill(count, (index) => readChild(page, index));
    return true;
  }
}
