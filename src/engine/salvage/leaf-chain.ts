/** Which keys of a hole are lost: where the chain of the leaves that were found in it has a gap. */
import { NO_PAGE } from '../bytes/u64.js';
import type { LooseLeaf } from './loose-leaves.js';
import type { Hole } from './tree-walk.js';
import { keyAfter, type Span } from './tree-keys.js';

export interface Gap extends Span {
  readonly pages: readonly number[];
}

export interface ChainFacts {
  /** Leaves without keys, by id: what each says is the next leaf. */
  readonly empty: ReadonlyMap<number, number>;
  /** Whether there may be a damaged page that nothing points to. */
  readonly mayMissPages: boolean;
  readonly isSound: (pageId: number) => boolean;
  /** Bytes at the end of keys that are compared last. */
  readonly suffix: number;
}

/** @param leaves those that were found in the hole, in the order of their keys */
export function* gapsIn(hole: Hole, leaves: readonly LooseLeaf[], facts: ChainFacts): Generator<Gap> {
  // The page that is missing was a leaf: where there are leaves in the hole, it was above them.
  if (leaves.length === 0) {
    if (!isBridged(hole, facts)) yield { from: hole.from, to: hole.to, pages: hole.pages };
    return;
  }
  if (areExchanged(hole, leaves)) return;
  let expected = hole.before;
  let from = hole.from;
  for (const leaf of leaves) {
    const { first, last } = leaf.keys!;
    const isNext = expected === undefined ? !facts.mayMissPages : follow(expected, leaf.pageId, facts) === leaf.pageId;
    if (!isNext) yield { from, to: first, pages: missing(expected, facts) };
    from = facts.suffix === 0 ? keyAfter(last) : last;
    expected = leaf.next;
  }
  const last = expected as number;
  const isEnd = hole.after === undefined ? last === NO_PAGE : follow(last, hole.after, facts) === hole.after;
  if (!isEnd) yield { from, to: hole.to, pages: missing(last, facts) };
}

/** Whether the leaves are those that should be there, in the places of other pages: they do not say which they are. */
function areExchanged({ pages, before, after }: Hole, leaves: readonly LooseLeaf[]): boolean {
  if (pages.length !== leaves.length || (before !== undefined && before !== pages[0])) return false;
  return leaves.every(({ next }, index) => next === (index + 1 < pages.length ? pages[index + 1] : after));
}

/** Whether only leaves without keys are between both sides. */
function isBridged({ before, after }: Hole, facts: ChainFacts): boolean {
  return before !== undefined && after !== undefined && follow(before, after, facts) === after;
}

/** Where a link leads, past leaves without keys. */
function follow(link: number, due: number, { empty }: ChainFacts): number {
  let pageId = link;
  for (let left = empty.size; left > 0 && pageId !== due; left--) {
    const next = empty.get(pageId);
    if (next === undefined) break;
    pageId = next;
  }
  return pageId;
}

function missing(pageId: number | undefined, { isSound }: ChainFacts): number[] {
  return pageId === undefined || pageId === NO_PAGE || isSound(pageId) ? [] : [pageId];
}
