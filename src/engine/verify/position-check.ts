/** What a check of positions sees and finds, whatever the format. */
import type { Page } from '../format/page.js';
import type { LeafGlance } from '../format/v2/leaf-glance.js';
import type { FindingCode } from './finding-kinds.js';
import type { KeySpan } from '../tree/key-spans.js';
import type { FindingFacts } from './findings.js';

/** Positions in a page that no log can have made: where the first is, and which keys are concerned. */
export interface PositionProblem extends FindingFacts {
  readonly code: FindingCode;
  readonly keys?: KeySpan;
}

/** Holds the positions in sound pages against the applied one. */
export interface PositionCheck {
  /** Versions seen in all. */
  readonly versions: number;
  /** The highest position beyond the applied one; null when there is none. */
  readonly tornTo: bigint | null;
  /** Leaves with positions from beyond the applied one. */
  readonly tornPages: number;
  /** Whether anything began, ended or changed at the applied position. */
  readonly hasApplied: boolean;
  /**
   * At most one problem of each kind for the whole leaf.
   *
   * @param glance what was seen of its events already
   */
  checkLeaf(leaf: Page, glance?: LeafGlance): PositionProblem[];
  checkInternal(page: Page): PositionProblem[];
  /** The store's records say that something changed at this position. */
  noteRecorded(position: bigint): void;
}
