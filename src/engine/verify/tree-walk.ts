/** Walks one tree in key order, and goes on past damage. */
import { childOffset, readChild } from '../format/items.js';
import { LeafGlance } from '../format/v2/leaf-glance.js';
import { MAX_HEIGHT, PAGE_HEADER } from '../format/layout.js';
import type { Page } from '../format/page.js';
import { keySuffixOf, pageTypeName, TABLE_TREE } from '../format/page-types.js';
import { readU64 } from '../bytes/u64.js';
import { type CheckedTree, keysIn } from './checked-tree.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts, Location } from './findings.js';
import type { Forest } from './forest.js';
import { findViolation } from './key-bounds.js';
import { type Bounds, NO_BOUNDS } from '../tree/key-spans.js';
import { LeafChain } from './leaf-chain.js';
import { isItemFault, type PageProblem } from './page-problems.js';
import { CHUNK_PAGES, type PageChunk } from './page-file-reader.js';
import type { LeafHelper } from './threads/leaf-helper.js';
import { TreeHeight } from './tree-height.js';
import { childBounds, hasWholeChildren, newStep, type WayStep } from './way-step.js';

/** A leaf without a fault that a walk has come to. It is good until the walk goes on. */
export interface WalkedLeaf {
  readonly page: Page;
  readonly pageId: number;
  /** Whether its keys come after those of the leaves before it, as far as the tree can tell. */
  readonly inOrder: boolean;
  /** Whether keys may have been lost between the leaf before it and this one. */
  readonly afterLoss: boolean;
  /** What was seen of its events; undefined where they were not gone through. */
  readonly glance: LeafGlance | undefined;
}

/**
 * Checks one tree in the order of its keys, with the pages on the way down in memory and no others. A page that cannot
 * be read is reported once; what would be below it is left alone.
 */
export class TreeWalk {
  /** Pages that were reached, those that cannot be read included. */
  pages = 0;
  /** Whether keys may have been lost after the leaf that came last. */
  lostSinceLeaf = false;
  /** Whether keys may have been lost at all. */
  isLossy = false;
  /** The leaf that it has come to, as long as it is there. */
  #arrived: WalkedLeaf | undefined;
  readonly #way: WayStep[] = [];
  /** Steps of an earlier way down, to be used again. */
  readonly #spare: WayStep[] = [];
  readonly #glance = new LeafGlance();
  readonly #chain: LeafChain;
  readonly #helper: LeafHelper | undefined;
  readonly #height: TreeHeight;

  /** @param chunk where its pages are read into; nobody else uses it before the walk has ended */
  constructor(
    readonly tree: CheckedTree,
    private readonly forest: Forest,
    private readonly chunk: PageChunk,
  ) {
    this.#chain = new LeafChain(tree, forest.log);
    this.#height = new TreeHeight(tree, forest.log);
    this.#helper = tree.kind === TABLE_TREE ? forest.helper : undefined;
  }

  /** The leaves without a fault, from left to right, and undefined where there is a moment for others. */
  *leaves(): Generator<WalkedLeaf | undefined, void> {
    const { root, height } = this.tree;
    if (root === null && height === 0) return;
    if (root === null) this.#lose();
    else yield* this.#walk(Number(root));
    this.#chain.end();
    // Where the height is in doubt so is the root, and what it should lead to.
    if (!this.#height.conclude()) this.#lose();
  }

  /** Where the leaf is that was given last, or a page below it. */
  location(...below: number[]): Location {
    const leaf = this.#arrived?.pageId ?? 0;
    return { page: below.at(-1) ?? leaf, path: this.#path(leaf, ...below), ...keysIn(this.tree, undefined) };
  }

  *#walk(root: number): Generator<WalkedLeaf | undefined, void> {
    // Where the root cannot be right, the check of the superblock says so.
    if (root < this.forest.firstPage || root >= this.forest.end) this.#lose();
    else this.#visit(root, NO_BOUNDS);
    if (this.#arrived !== undefined) yield this.#arrived;
    let visited = 0;
    for (let step = this.#way.at(-1); step !== undefined; step = this.#way.at(-1)) {
      const leaf = this.#goOn(step);
      if (leaf !== undefined) yield leaf;
      if (++visited % CHUNK_PAGES === 0) yield undefined;
    }
  }

  /** Goes on below a page, or back to the one above; gives a leaf when it has come to one. */
  #goOn(step: WayStep): WalkedLeaf | undefined {
    this.#arrived = undefined;
    if (step.next < step.page.itemCount) this.#visitChild(step, step.next++);
    else this.#spare.push(this.#way.pop()!);
    return this.#arrived;
  }

  #visitChild(step: WayStep, index: number): void {
    const { firstPage, end } = this.forest;
    const child = readChild(step.page, index);
    const bounds = step.ordered ? childBounds(step, index) : step.bounds;
    if (child >= firstPage && child < end) {
      this.#visit(child, bounds);
      return;
    }
    const offset = childOffset(step.page, index);
    const found = readU64(step.page.view, offset);
    const message = `child ${index} of it is page ${found}, which the store cannot have`;
    const expected = `${firstPage} to ${end - 1n}`;
    const location = { page: step.pageId, path: this.#path(), ...keysIn(this.tree, bounds) };
    this.forest.log.add('child-range', location, { message, offset, expected, found });
    this.#lose();
  }

  /** Goes to a page by a pointer that may be right. */
  #visit(pageId: number, bounds: Bounds): void {
    const { reached, pages, judge } = this.forest;
    if (reached.has(pageId)) {
      const message = 'the trees reach it a second time, on this path';
      // That two tables have one root was seen in the superblock.
      const isRootTwice = this.#way.length === 0 && this.forest.hasRootTwice(pageId);
      if (!isRootTwice) this.#report('page-shared', pageId, bounds, { message });
      this.#lose();
      return;
    }
    const judged = pageId < pages ? this.#takeJudged(pageId) : undefined;
    const page = judged ?? (pageId < pages ? this.#fetch(pageId) : undefined);
    if (page === undefined) {
      this.#report('page-missing', pageId, bounds, {
        message: `it is past the end of the file`,
        expected: `below ${pages}`,
      });
      this.#loseAt(pageId, bounds);
      return;
    }
    this.pages++;
    // What was looked at is the same still, as its checksum says: its items are not gone through again.
    const isKnown = this.forest.isKnownSound(pageId) && judge.hasSoundHeader(page, pageId);
    const isSeen = judged !== undefined || (!isKnown && judge.isTidy(page, pageId, this.#glance));
    const isTidy = isKnown || isSeen;
    const fault =
      (isTidy ? undefined : judge.findFault(page, pageId)) ??
      this.#findTypeFault(page) ??
      judge.findOwnerFault(page, this.tree.owner);
    const location = (): Location => ({ ...this.#location(pageId), ...keysIn(this.tree, bounds) });
    this.forest.reach(pageId, location, fault !== undefined);
    if (fault === undefined) this.#enterSound(page, pageId, bounds, isTidy, isSeen);
    else if (this.forest.free.has(pageId)) this.#loseAt(pageId, bounds);
    else this.#enterFaulty(page, pageId, bounds, fault);
  }

  #findTypeFault({ type }: Page): PageProblem | undefined {
    const { leaf, internal } = this.tree.kind;
    if (type === leaf || type === internal) return undefined;
    const message = `page type ${type} is ${pageTypeName(type)}, and no page of ${this.tree.name}`;
    const expected = `${leaf} or ${internal}`;
    return { code: 'page-type', offset: PAGE_HEADER.typeOffset, expected, found: type, message };
  }

  /**
   * @param isTidy it has no advisories
   * @param isSeen its events were gone through
   */
  #enterSound(page: Page, pageId: number, bounds: Bounds, isTidy: boolean, isSeen: boolean): void {
    this.forest.onSound?.(pageId, page);
    if (!isTidy) {
      for (const { code, ...facts } of this.forest.judge.advisories(page)) this.#report(code, pageId, undefined, facts);
    }
    const inner = this.#checkBounds(page, pageId, bounds);
    this.forest.visitor?.treePage(this.tree, page, { pageId, parent: this.#parent() });
    if (page.isLeaf) this.#enterLeaf(page, pageId, bounds, { inBounds: inner === bounds, isSeen });
    else this.#enterInternal(page, pageId, inner, { inBounds: inner === bounds });
  }

  #enterLeaf(
    page: Page,
    pageId: number,
    bounds: Bounds,
    { inBounds, isSeen }: { readonly inBounds: boolean; readonly isSeen: boolean },
  ): void {
    this.forest.tally.leaves++;
    this.#noteLeaf(pageId);
    if (inBounds) this.#passLeaf(page, pageId, bounds);
    else this.#chain.interrupt();
    const inOrder = inBounds && (this.#way.at(-1)?.areAllSound ?? true);
    const glance = isSeen ? this.#glance : undefined;
    this.#arrived = { page, pageId, inOrder, afterLoss: this.lostSinceLeaf, glance };
    this.lostSinceLeaf = !inOrder;
    this.isLossy ||= !inOrder;
  }

  #passLeaf(leaf: Page, pageId: number, bounds: Bounds): void {
    this.#arrive(pageId, bounds);
    if (this.#isOrdered()) this.#chain.pass(leaf, pageId, this.#way.at(-1)?.path ?? []);
  }

  /** The chain should come to this leaf. */
  #arrive(pageId: number, bounds: Bounds): void {
    if (this.#isOrdered()) this.#chain.arrive(pageId, bounds);
    else this.#chain.interrupt();
  }

  /** Whether the leaves come in the order of the tree: not below a page whose children may be in any order. */
  #isOrdered(): boolean {
    return this.#way.at(-1)?.areAllOrdered ?? true;
  }

  #noteLeaf(pageId: number): void {
    const parent = this.#way.at(-1);
    if (parent !== undefined) parent.aboveLeaves = true;
    this.#height.leaf(this.#depth(), () => ({ page: pageId, path: this.#path(pageId) }));
  }

  #enterInternal(
    page: Page,
    pageId: number,
    bounds: Bounds,
    { inOrder = true, inBounds = true }: { readonly inOrder?: boolean; readonly inBounds?: boolean },
  ): void {
    this.forest.tally.internals++;
    const ordered = inOrder && page.itemCount > 1;
    if (page.itemCount === 1) {
      const message = 'it has a single child';
      this.#report('single-child', pageId, bounds, { message, expected: '2 or more items', found: 1 });
      this.#lose();
    }
    if (this.#depth() >= MAX_HEIGHT) {
      const message = `it is an internal page at depth ${this.#depth()}, where no tree has any`;
      this.#report('tree-too-deep', pageId, bounds, { message, expected: `at most ${MAX_HEIGHT} levels` });
      this.#lose();
      return;
    }
    for (const { code, ...facts } of this.forest.positions.checkInternal(page)) {
      this.#report(code, pageId, undefined, facts);
    }
    const step = this.#spare.pop() ?? newStep();
    step.page.bytes.set(page.bytes);
    step.page.keySuffix = page.keySuffix;
    const above = this.#way.at(-1);
    const areAllOrdered = ordered && (above?.areAllOrdered ?? true);
    const areAllSound = ordered && inBounds && (above?.areAllSound ?? true);
    const path = this.#path(pageId);
    const known = { pageId, path, bounds, ordered, areAllOrdered, areAllSound };
    this.#way.push(Object.assign(step, known, { next: 0, aboveLeaves: false }));
    if (this.#depth() === this.tree.height) this.#helper?.enter(step.page, pageId, () => this.#peek());
  }

  /** A page with a fault is entered as far as it can be understood. */
  #enterFaulty(page: Page, pageId: number, bounds: Bounds, { code, ...facts }: PageProblem): void {
    this.#report(code, pageId, bounds, facts);
    const isUnderstood = isItemFault(code);
    const isEntered = isUnderstood && (page.isLeaf ? this.#isLeafDue() : hasWholeChildren(page));
    this.forest.visitor?.faultyPage?.(this.tree, isEntered ? page : undefined, { pageId, parent: this.#parent() });
    if (isUnderstood && page.isLeaf && this.#isLeafDue()) {
      this.forest.tally.leaves++;
      this.#noteLeaf(pageId);
      this.#passLeaf(page, pageId, bounds);
      this.#loseKeys();
    } else if (code === 'key-order' && !page.isLeaf && hasWholeChildren(page)) {
      this.#enterInternal(page, pageId, bounds, { inOrder: false });
    } else if (isUnderstood) {
      this.#lose();
    } else {
      this.#loseAt(pageId, bounds);
    }
  }

  /** A page at a known place is out of reach: with it all pages below, if it is not a leaf. */
  #loseAt(pageId: number, bounds: Bounds): void {
    if (this.#isLeafDue()) this.#arrive(pageId, bounds);
    else this.#lose();
    this.#loseKeys();
  }

  /** Pages that should come here cannot be found. */
  #lose(): void {
    this.forest.tally.blind = true;
    this.#chain.interrupt();
    this.#loseKeys();
  }

  #loseKeys(): void {
    if (this.tree.leadsFurther) this.forest.tally.blind = true;
    this.lostSinceLeaf = true;
    this.isLossy = true;
  }

  /** The bounds of what is below a page; those that it violates itself are reported, and left out. */
  #checkBounds(page: Page, pageId: number, bounds: Bounds): Bounds {
    const violation = findViolation(page, bounds);
    if (violation === undefined) return bounds;
    this.#report('key-bounds', pageId, bounds, violation.facts);
    return violation.inner;
  }

  #report(code: FindingCode, pageId: number, bounds: Bounds | undefined, facts: FindingFacts): void {
    this.forest.log.add(code, { ...this.#location(pageId), ...keysIn(this.tree, bounds) }, facts);
  }

  #location(page: number): Location {
    return { page, path: this.#path(page) };
  }

  /** The pages from the root down, and a page below them. */
  #path(...below: number[]): number[] {
    return [...(this.#way.at(-1)?.path ?? []), ...below];
  }

  /** The depth of a page that is visited: 1 for the root. */
  #depth(): number {
    return this.#way.length + 1;
  }

  /** The page that leads to the one that is visited. */
  #parent(): number {
    return this.#way.at(-1)?.pageId ?? this.tree.recordedIn;
  }

  /** Whether the recorded height makes the visited page a leaf. */
  #isLeafDue(): boolean {
    return this.#depth() === this.tree.height;
  }

  /** The leaf that comes next, where another thread has looked at it and it is tidy. */
  #takeJudged(pageId: number): Page | undefined {
    const parent = this.#way.at(-1);
    if (parent === undefined) return undefined;
    return this.#helper?.take(parent.pageId, parent.next - 1, pageId, this.#glance);
  }

  /** The page after the last one of the way, on its level; undefined where that is not known, or has a fault. */
  #peek(): { readonly page: Page; readonly pageId: number } | undefined {
    const above = this.#way.at(-2);
    if (above === undefined || above.next >= above.page.itemCount) return undefined;
    const pageId = readChild(above.page, above.next);
    const isThere = pageId >= this.forest.firstPage && pageId < this.forest.pages && this.chunk.load(pageId, 1) === 1;
    const page = isThere ? this.chunk.page(pageId) : undefined;
    const isSound = page?.type === this.tree.kind.internal && this.forest.judge.findFault(page, pageId) === undefined;
    return isSound ? { page, pageId } : undefined;
  }

  /** The page as it is in the file; undefined when the file has become shorter. */
  #fetch(pageId: number): Page | undefined {
    if (this.chunk.page(pageId) === undefined) this.chunk.load(pageId, this.#runLength(pageId));
    const page = this.chunk.page(pageId);
    if (page !== undefined) page.keySuffix = keySuffixOf(page.type);
    return page;
  }

  /** How many pages from this one on are the next leaves too. */
  #runLength(pageId: number): number {
    const step = this.#way.at(-1);
    if (step?.aboveLeaves !== true) return 1;
    let length = 1;
    const most = Math.min(CHUNK_PAGES, this.#helper?.ownPages(step.pageId, step.next - 1) ?? CHUNK_PAGES);
    for (let index = step.next; index < step.page.itemCount && length < most; index++) {
      if (readChild(step.page, index) !== pageId + length) break;
      length++;
    }
    return length;
  }
}
