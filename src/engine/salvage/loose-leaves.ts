/** Sound leaves that no walk has reached: which tree each is of, and where in it. */
import { copyKey, nextLeaf } from '../format/items.js';
import type { PageSet } from '../verify/page-set.js';
import type { PageCensus } from './page-census.js';
import { salvageFormatOf } from './salvage-format.js';
import type { Hole } from './tree-walk.js';
import { compareTreeKeys, isWithin } from './tree-keys.js';

export interface LooseLeaf {
  readonly pageId: number;
  readonly next: number;
  /** Undefined of a leaf without keys. */
  readonly keys: { readonly first: Buffer; readonly last: Buffer } | undefined;
  /** The table that it says it is of; undefined where leaves do not. */
  readonly table: bigint | undefined;
}

/** All sound leaves of a type that are not taken, and not free. */
export function looseLeaves(census: PageCensus, type: number, taken: PageSet, free: PageSet, end: number): LooseLeaf[] {
  const { identityOf } = salvageFormatOf(census.identity.format);
  const leaves: LooseLeaf[] = [];
  for (const pageId of census.ofType(type)) {
    if (taken.has(pageId) || free.has(pageId) || pageId >= end) continue;
    const page = census.read(pageId);
    const { itemCount } = page;
    const keys = itemCount > 1 ? { first: copyKey(page, 1), last: copyKey(page, itemCount - 1) } : undefined;
    leaves.push({ pageId, next: nextLeaf(page), keys, table: identityOf(page)?.table });
  }
  return leaves;
}

/** The hole that the first key of a leaf is in. */
export function holeOf({ keys }: LooseLeaf, holes: readonly Hole[], suffix: number): Hole | undefined {
  return keys === undefined ? undefined : holes.find((hole) => isWithin(keys.first, hole, suffix));
}

/** Whether all keys of a leaf are in a hole. */
export function fits({ keys }: LooseLeaf, hole: Hole, suffix: number): boolean {
  return keys !== undefined && isWithin(keys.first, hole, suffix) && isWithin(keys.last, hole, suffix);
}

/** In the order of their keys. */
export function inKeyOrder(leaves: readonly LooseLeaf[], suffix: number): LooseLeaf[] {
  return leaves
    .filter(({ keys }) => keys !== undefined)
    .toSorted((a, b) => compareTreeKeys(a.keys!.first, b.keys!.first, suffix));
}
