/** Compares the depth of the leaves with the recorded height. */
import { MAX_HEIGHT } from '../format/layout.js';
import type { Finding, FindingLog } from './findings.js';
import { type CheckedTree, keysIn } from './checked-tree.js';

/** Where a leaf was found. */
export interface LeafLocation {
  readonly page: number;
  readonly path: readonly number[];
}

type Stray = Pick<Finding, 'page' | 'path'> & { readonly depth: number };

/**
 * Holds the depth of a tree's leaves against its recorded height. When all leaves agree with each other, the recorded
 * height is wrong, and else the leaves that do not agree with it: which one it is shows at the end.
 */
export class TreeHeight {
  readonly #strays: Stray[] = [];
  #strayCount = 0;
  #asRecorded = 0;
  /** Whether the leaves that are not as recorded are all at one depth. */
  #straysAgree = true;

  constructor(
    private readonly tree: CheckedTree,
    private readonly log: FindingLog,
  ) {}

  /** @param depth of a leaf: 1 when it is the root */
  leaf(depth: number, location: () => LeafLocation): void {
    if (depth === this.tree.height) {
      this.#asRecorded++;
      return;
    }
    const first = this.#strays[0];
    if (first !== undefined && first.depth !== depth) this.#straysAgree = false;
    // One is kept even when no finding is to be: what the others are compared with.
    if (this.#strays.length < Math.max(1, this.log.limit)) this.#strays.push({ ...location(), depth });
    this.#strayCount++;
  }

  /**
   * Reports what is wrong.
   *
   * @returns whether the recorded height can be relied on
   */
  conclude(): boolean {
    const { height } = this.tree;
    const [first] = this.#strays;
    if (first === undefined) return this.#asRecorded > 0 || this.#isPossible();
    if (this.#asRecorded === 0 && this.#straysAgree) {
      this.#reportHeight(first.depth, `the tree has ${first.depth}`);
      return false;
    }
    for (const { page, path, depth } of this.#strays) {
      const message = `it is a leaf at depth ${depth} of a tree that has its leaves at ${height}`;
      this.log.add(
        'leaf-depth',
        { page, path, ...keysIn(this.tree, undefined) },
        { message, expected: height, found: depth },
      );
    }
    this.log.count('leaf-depth', this.#strayCount - this.#strays.length);
    return false;
  }

  /** Without a leaf that could be read, only what no tree can have is known to be wrong. */
  #isPossible(): boolean {
    const { root, height } = this.tree;
    if (root === null) this.#reportHeight(0, 'it has no root');
    else if (height < 1 || height > MAX_HEIGHT) this.#reportHeight(`1 to ${MAX_HEIGHT}`, 'no tree has that');
    else return true;
    return false;
  }

  #reportHeight(expected: number | string, fact: string): void {
    const { name, height, recordedIn } = this.tree;
    const message = `the recorded height of ${name} is ${height}; ${fact}`;
    this.log.add('height', { page: recordedIn, ...keysIn(this.tree, undefined) }, { message, expected, found: height });
  }
}
