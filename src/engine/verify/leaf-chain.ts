/** Compares the chain of leaves with the order in which the tree has them. */
import { nextLeaf } from '../format/items.js';
import type { Page } from '../format/page.js';
import { NO_PAGE, readU64 } from '../bytes/u64.js';
import type { FindingLog } from './findings.js';
import type { Bounds } from '../tree/key-spans.js';
import { type CheckedTree, keysIn } from './checked-tree.js';

/** A leaf that was passed, and where its item 0 leads. */
interface PassedLeaf {
  readonly page: number;
  /** The pages above it. */
  readonly above: readonly number[];
  readonly link: number;
  readonly linkExact: bigint;
  readonly offset: number;
}

/**
 * Holds the chain of a tree's leaves against the order of its tree. Next to what cannot be read, or does not belong
 * where it is, nothing can be said about the chain, and nothing is: that was reported already.
 */
export class LeafChain {
  #previous: PassedLeaf | undefined;

  constructor(
    private readonly tree: CheckedTree,
    private readonly log: FindingLog,
  ) {}

  /** The tree comes to the leaf with this id; what it holds need not be known. */
  arrive(pageId: number, { lower }: Bounds): void {
    this.#expect(pageId, { lower, upper: undefined });
  }

  /** The leaf that the tree came to can be read. */
  pass(leaf: Page, page: number, above: readonly number[]): void {
    const offset = leaf.itemOffset(0);
    this.#previous = { page, above, link: nextLeaf(leaf), linkExact: readU64(leaf.view, offset), offset };
  }

  /** What comes next in the tree is not known. */
  interrupt(): void {
    this.#previous = undefined;
  }

  /** The tree ends. */
  end(): void {
    this.#expect(NO_PAGE);
  }

  /** @param missed what a reader that follows the chain does not come by */
  #expect(pageId: number, missed?: Bounds): void {
    const previous = this.#previous;
    this.#previous = undefined;
    if (previous === undefined || previous.link === pageId) return;
    const { page, above, link, linkExact, offset } = previous;
    const expected = pageId === NO_PAGE ? 'none' : `page ${pageId}`;
    const found = link === NO_PAGE ? 'none' : `page ${linkExact}`;
    const message = `the leaf chain goes on to ${found}, the tree to ${expected}`;
    const location = { page, path: [...above, page], ...keysIn(this.tree, missed) };
    this.log.add('next-leaf', location, { message, offset, expected, found });
  }
}
