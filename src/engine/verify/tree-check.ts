/** Walks one tree in key order, and goes on past damage. */
import { childOffset, compareKeyAt, INTERNAL_OVERHEAD, keyAt, keyLength, readChild } from '../format/items.js';
import { INTERNAL, LEAF, MAX_HEIGHT } from '../format/layout.js';
import { Page } from '../format/page.js';
import { MAX_U64, readU64 } from '../bytes/u64.js';
import type { Steps } from '../steps.js';
import type { FindingCode } from './finding-kinds.js';
import type { FindingFacts, Location } from './findings.js';
import type { Forest } from './forest.js';
import { type Bounds, NO_BOUNDS, showKey, spanOf } from './key-spans.js';
import { LeafChain } from './leaf-chain.js';
import { advisoryFaults } from '../format/advisory-faults.js';
import { findFault, isItemFault, type PageProblem } from './page-problems.js';
import { CHUNK_PAGES } from './page-file-reader.js';
import type { TableRecord } from './superblock-check.js';
import { TreeHeight } from './tree-height.js';

/** An internal page on the way down, and what is known of the keys below it. */
interface Step {
  readonly page: Page;
  pageId: number;
  bounds: Bounds;
  /** The child to go to next. */
  next: number;
  /**
   * Where separators are out of order, or have been lost, they bound nothing, and the order of the children is not
   * known.
   */
  ordered: boolean;
  /** Whether a child has turned out to be a leaf: its sisters are then read together. */
  aboveLeaves: boolean;
}

/**
 * Checks one table's tree in the order of its keys, with the pages on the way down in memory and no others. A page that
 * cannot be read is reported once; what would be below it is left alone.
 */
export class TreeCheck {
  readonly #way: Step[] = [];
  /** Steps of an earlier way down, to be used again. */
  readonly #spare: Step[] = [];
  readonly #chain: LeafChain;
  readonly #height: TreeHeight;

  constructor(
    private readonly table: TableRecord,
    private readonly forest: Forest,
  ) {
    this.#chain = new LeafChain(table.id, forest.log);
    this.#height = new TreeHeight(table, forest.log);
  }

  *steps(): Steps<void> {
    const { root, height } = this.table;
    if (root === MAX_U64 && height === 0) return;
    if (root === MAX_U64) this.#lose();
    else yield* this.#walk(Number(root));
    this.#chain.end();
    // Where the height is in doubt so is the root, and what it should lead to.
    if (!this.#height.conclude()) this.forest.tally.blind = true;
  }

  *#walk(root: number): Steps<void> {
    // Where the root cannot be right, the check of the superblock says so.
    if (root < 1 || root >= this.forest.end) this.#lose();
    else this.#visit(root, NO_BOUNDS);
    let visited = 0;
    for (let step = this.#way.at(-1); step !== undefined; step = this.#way.at(-1)) {
      if (step.next < step.page.itemCount) this.#visitChild(step, step.next++);
      else this.#spare.push(this.#way.pop()!);
      if (++visited % CHUNK_PAGES === 0) yield;
    }
  }

  #visitChild(step: Step, index: number): void {
    const child = readChild(step.page, index);
    const bounds = step.ordered ? childBounds(step, index) : step.bounds;
    if (child >= 1 && child < this.forest.end) {
      this.#visit(child, bounds);
      return;
    }
    const offset = childOffset(step.page, index);
    const found = readU64(step.page.view, offset);
    const message = `child ${index} of it is page ${found}, which the store cannot have`;
    const expected = `1 to ${this.forest.end - 1n}`;
    const location = { page: step.pageId, path: this.#path(), table: this.table.id, keys: spanOf(bounds) };
    this.forest.log.add('child-range', location, { message, offset, expected, found });
    this.#lose();
  }

  /** Goes to a page by a pointer that may be right. */
  #visit(pageId: number, bounds: Bounds): void {
    const { reached, tally, pages } = this.forest;
    if (reached.has(pageId)) {
      const message = 'the trees reach it a second time, on this path';
      // That two tables have one root was seen in the superblock.
      const isRootTwice = this.#way.length === 0 && this.forest.hasRootTwice(this.table.root);
      if (!isRootTwice) this.#report('page-shared', pageId, bounds, { message });
      this.#lose();
      return;
    }
    const page = pageId < pages ? this.#fetch(pageId) : undefined;
    if (page === undefined) {
      this.#report('page-missing', pageId, bounds, {
        message: `it is past the end of the file`,
        expected: `below ${pages}`,
      });
      this.#loseAt(pageId, bounds);
      return;
    }
    reached.add(pageId);
    tally.pageIdMax = Math.max(tally.pageIdMax, pageId);
    const fault = findFault(page);
    if (fault !== undefined) this.#enterFaulty(page, pageId, bounds, fault);
    else this.#enterSound(page, pageId, bounds);
  }

  #enterSound(page: Page, pageId: number, bounds: Bounds): void {
    for (const { code, ...facts } of advisoryFaults(page)) this.#report(code, pageId, undefined, facts);
    const inner = this.#checkBounds(page, pageId, bounds);
    if (page.type === INTERNAL) this.#enterInternal(page, pageId, inner);
    else this.#enterLeaf(page, pageId, bounds, inner === bounds);
  }

  #enterLeaf(leaf: Page, pageId: number, bounds: Bounds, inBounds: boolean): void {
    const { tally, versions } = this.forest;
    tally.leaves++;
    tally.keys += leaf.itemCount - 1;
    for (const { code, keys, ...facts } of versions.check(leaf)) {
      this.forest.log.add(code, { ...this.#location(pageId), keys }, facts);
    }
    this.#noteLeaf(pageId);
    if (inBounds) this.#passLeaf(leaf, pageId, bounds);
    else this.#chain.interrupt();
  }

  #passLeaf(leaf: Page, pageId: number, bounds: Bounds): void {
    this.#arrive(pageId, bounds);
    if (this.#isOrdered()) this.#chain.pass(leaf, pageId, this.#path(pageId));
  }

  /** The chain should come to this leaf. */
  #arrive(pageId: number, bounds: Bounds): void {
    if (this.#isOrdered()) this.#chain.arrive(pageId, bounds);
    else this.#chain.interrupt();
  }

  /** Whether the leaves come in the order of the tree: not below a page whose children may be in any order. */
  #isOrdered(): boolean {
    return this.#way.every((step) => step.ordered);
  }

  #noteLeaf(pageId: number): void {
    const parent = this.#way.at(-1);
    if (parent !== undefined) parent.aboveLeaves = true;
    this.#height.leaf(this.#depth(), () => ({ page: pageId, path: this.#path(pageId) }));
  }

  #enterInternal(page: Page, pageId: number, bounds: Bounds, inOrder = true): void {
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
    const step = this.#spare.pop() ?? newStep();
    step.page.bytes.set(page.bytes);
    this.#way.push(Object.assign(step, { pageId, bounds, ordered, next: 0, aboveLeaves: false }));
  }

  /** A page with a fault is entered as far as it can be understood. */
  #enterFaulty(page: Page, pageId: number, bounds: Bounds, { code, ...facts }: PageProblem): void {
    this.#report(code, pageId, bounds, facts);
    const isUnderstood = isItemFault(code);
    if (isUnderstood && page.type === LEAF && this.#isLeafDue()) {
      this.forest.tally.leaves++;
      this.#noteLeaf(pageId);
      this.#passLeaf(page, pageId, bounds);
    } else if (code === 'key-order' && page.type === INTERNAL && hasWholeChildren(page)) {
      this.#enterInternal(page, pageId, bounds, false);
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
  }

  /** Pages that should come here cannot be found. */
  #lose(): void {
    this.forest.tally.blind = true;
    this.#chain.interrupt();
  }

  /**
   * Holds the first and the last key of a sound page against the separators above it. A separator that is the lower
   * bound of its page leaves no keys to the child before it.
   *
   * @returns the bounds that hold for what is below it: without those that it violates, so that nothing is reported
   *   twice
   */
  #checkBounds(page: Page, pageId: number, bounds: Bounds): Bounds {
    const last = page.itemCount - 1;
    if (last < 1) return bounds;
    const { lower, upper } = bounds;
    const below = lower !== undefined && compareKeyAt(page, 1, lower) < (page.type === INTERNAL ? 1 : 0);
    const above = upper !== undefined && compareKeyAt(page, last, upper) >= 0;
    if (!below && !above) return bounds;
    const index = below ? 1 : last;
    const least = page.type === INTERNAL ? 'above' : 'at least';
    const bound = below ? `${least} ${showKey(lower)}` : `below ${showKey(upper!)}`;
    const found = showKey(keyAt(page, index));
    const relation = below ? (page.type === INTERNAL ? 'not above' : 'below') : 'not below';
    const message = `its key ${found} is ${relation} the separator that leads to it`;
    this.#report('key-bounds', pageId, bounds, { message, offset: page.itemOffset(index), expected: bound, found });
    return { lower: below ? undefined : lower, upper: above ? undefined : upper };
  }

  #report(code: FindingCode, pageId: number, bounds: Bounds | undefined, facts: FindingFacts): void {
    const location = this.#location(pageId);
    this.forest.log.add(code, bounds === undefined ? location : { ...location, keys: spanOf(bounds) }, facts);
  }

  #location(page: number): Location {
    return { page, path: this.#path(page), table: this.table.id };
  }

  /** The pages from the root down, and a page below them. */
  #path(...below: number[]): number[] {
    return [...this.#way.map((step) => step.pageId), ...below];
  }

  /** The depth of a page that is visited: 1 for the root. */
  #depth(): number {
    return this.#way.length + 1;
  }

  /** Whether the recorded height makes the visited page a leaf. */
  #isLeafDue(): boolean {
    return this.#depth() === this.table.height;
  }

  /** The page as it is in the file; undefined when the file has become shorter. */
  #fetch(pageId: number): Page | undefined {
    const { chunk } = this.forest;
    const read = chunk.page(pageId);
    if (read !== undefined) return read;
    chunk.load(pageId, this.#runLength(pageId));
    return chunk.page(pageId);
  }

  /** How many pages from this one on are the next leaves too. */
  #runLength(pageId: number): number {
    const step = this.#way.at(-1);
    if (step?.aboveLeaves !== true) return 1;
    let length = 1;
    for (let index = step.next; index < step.page.itemCount && length < CHUNK_PAGES; index++) {
      if (readChild(step.page, index) !== pageId + length) break;
      length++;
    }
    return length;
  }
}

function newStep(): Step {
  return { page: new Page(), pageId: 0, bounds: NO_BOUNDS, next: 0, ordered: true, aboveLeaves: false };
}

function childBounds({ page, bounds }: Step, index: number): Bounds {
  const isLast = index + 1 === page.itemCount;
  return {
    lower: index === 0 ? bounds.lower : keyAt(page, index),
    upper: isLast ? bounds.upper : keyAt(page, index + 1),
  };
}

/** Whether every item of an internal page with an item fault still has a child where one is looked for. */
function hasWholeChildren(page: Page): boolean {
  for (let index = 1; index < page.itemCount; index++) {
    const length = page.itemLength(index);
    if (length < INTERNAL_OVERHEAD || keyLength(page, index) + INTERNAL_OVERHEAD !== length) return false;
  }
  return true;
}
