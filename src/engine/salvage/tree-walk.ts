/**
 * Walks a tree as far as it holds. Where a page cannot be what its parent says there is a hole: the range of keys that
 * belongs there, and the leaves on both sides of it.
 */
import { NO_PAGE } from '../bytes/u64.js';
import { copyKey, leftmostChild, nextLeaf, readChild } from '../format/items.js';
import { MAX_HEIGHT } from '../format/layout.js';
import type { Page } from '../format/page.js';
import { keySuffixOf, type TreeKind } from '../format/page-types.js';
import type { Steps } from '../steps.js';
import type { PageSet } from '../verify/page-set.js';
import type { PageCensus } from './page-census.js';
import { compareTreeKeys, isWithin, keyAfter, type Span } from './tree-keys.js';

export interface Hole extends Span {
  /** The pages that should be there; none where the root is not known. */
  readonly pages: readonly number[];
  /** What the leaf before it says is the next one; undefined where there is no leaf before. */
  readonly before: number | undefined;
  /** The leaf after it; `NO_PAGE` at the end, undefined where that is not known. */
  after: number | undefined;
}

/** What a walk looks for. */
export interface WalkedTree {
  readonly kind: TreeKind;
  /** Whether a page of the right type can be one of the tree. */
  readonly owns: (page: Page) => boolean;
  /** Is given each leaf, and which of its items are where they belong: all between two indexes. */
  readonly take: (leaf: Page, pageId: number, from: number, to: number) => void;
  /** Is told of keys of a leaf that are outside the range that leads to it. */
  readonly stray: (pageId: number, keys: Span) => void;
}

export class TreeWalk {
  readonly holes: Hole[] = [];
  readonly #suffix: number;
  #hole: Hole | undefined;
  #next: number | undefined;
  /** The first leaf that has keys, and its first key. */
  first: { readonly pageId: number; readonly key: Buffer } | undefined;
  #lastKey: Buffer | undefined;

  /** @param taken the leaves that were found to be of a tree */
  constructor(
    private readonly census: PageCensus,
    private readonly tree: WalkedTree,
    private readonly taken: PageSet,
  ) {
    this.#suffix = keySuffixOf(tree.kind.leaf);
  }

  /**
   * @param root `NO_PAGE` for an empty tree; undefined where it is not known
   * @param height as it is recorded; a leaf is not believed to be the root of a higher tree
   */
  *walk(root: number | undefined, height: number): Steps<void> {
    const whole: Span = { from: null, to: null };
    if (root === undefined) this.holes.push({ ...whole, pages: [], before: undefined, after: undefined });
    else if (root !== NO_PAGE) {
      if (height > 1 && this.census.typeOf(root) === this.tree.kind.leaf) this.#addHole(root, whole);
      else yield* this.#visit(root, whole, []);
    }
    this.#endHole(NO_PAGE);
    this.#checkEnd();
  }

  /** Where a page is in the place of the root that belongs further down, the chain goes on past what is below it. */
  #checkEnd(): void {
    const next = this.#next;
    if (next === undefined || next === NO_PAGE || this.holes.at(-1)?.after === NO_PAGE) return;
    const from = this.#lastKey === undefined || this.#suffix > 0 ? (this.#lastKey ?? null) : keyAfter(this.#lastKey);
    this.holes.push({ from, to: null, pages: [next], before: next, after: NO_PAGE });
  }

  *#visit(pageId: number, span: Span, path: readonly number[]): Steps<void> {
    const type = this.census.typeOf(pageId);
    const { kind, owns } = this.tree;
    const isTree = type === kind.leaf || type === kind.internal;
    if (!isTree || path.includes(pageId) || path.length >= MAX_HEIGHT || this.taken.has(pageId)) {
      this.#addHole(pageId, span);
      return;
    }
    const page = this.census.read(pageId);
    if (!owns(page)) this.#addHole(pageId, span);
    else if (type === kind.leaf) {
      this.#visitLeaf(page, pageId, span);
      yield;
    } else yield* this.#visitChildren(page, span, [...path, pageId]);
  }

  *#visitChildren(page: Page, span: Span, path: readonly number[]): Steps<void> {
    const count = page.itemCount;
    let from = span.from;
    for (let index = 0; index < count; index++) {
      const child = index === 0 ? leftmostChild(page) : readChild(page, index);
      const to = index + 1 < count ? copyKey(page, index + 1) : span.to;
      const narrowed = this.#narrow({ from, to }, span);
      if (narrowed !== undefined) yield* this.#visit(child, narrowed, path);
      from = to;
    }
  }

  /** What of a range is in another; undefined for nothing. */
  #narrow({ from, to }: Span, { from: low, to: high }: Span): Span | undefined {
    const suffix = this.#suffix;
    const first = from === null || (low !== null && compareTreeKeys(from, low, suffix) < 0) ? low : from;
    const end = to === null || (high !== null && compareTreeKeys(to, high, suffix) > 0) ? high : to;
    if (first !== null && end !== null && compareTreeKeys(first, end, suffix) >= 0) return undefined;
    return { from: first, to: end };
  }

  #visitLeaf(leaf: Page, pageId: number, span: Span): void {
    const [first, end] = [this.#firstWithin(leaf, span), this.#endWithin(leaf, span)];
    if (leaf.itemCount > 1 && first >= end) {
      this.#addHole(pageId, span);
      return;
    }
    this.taken.add(pageId);
    this.#endHole(pageId);
    this.#next = nextLeaf(leaf);
    if (end > first) {
      this.first ??= { pageId, key: copyKey(leaf, first) };
      this.#lastKey = copyKey(leaf, end - 1);
    }
    this.tree.take(leaf, pageId, first, end);
    if (first > 1) this.tree.stray(pageId, { from: copyKey(leaf, 1), to: span.from });
    if (end < leaf.itemCount)
      this.tree.stray(pageId, { from: copyKey(leaf, end), to: keyAfter(copyKey(leaf, leaf.itemCount - 1)) });
  }

  #firstWithin(leaf: Page, { from }: Span): number {
    let index = 1;
    while (from !== null && index < leaf.itemCount && !isWithin(copyKey(leaf, index), { from, to: null }, this.#suffix))
      index++;
    return index;
  }

  #endWithin(leaf: Page, { to }: Span): number {
    let end = leaf.itemCount;
    while (to !== null && end > 1 && !isWithin(copyKey(leaf, end - 1), { from: null, to }, this.#suffix)) end--;
    return end;
  }

  /** Neighbouring holes are one. */
  #addHole(pageId: number, { from, to }: Span): void {
    const hole = this.#hole;
    this.#hole =
      hole === undefined
        ? { from, to, pages: [pageId], before: this.#next, after: undefined }
        : { ...hole, to, pages: [...hole.pages, pageId] };
  }

  #endHole(after: number): void {
    if (this.#hole === undefined) return;
    this.#hole.after = after;
    this.holes.push(this.#hole);
    this.#hole = undefined;
  }
}
