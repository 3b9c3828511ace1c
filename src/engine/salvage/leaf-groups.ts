/**
 * Leaves that do not say which table they are of, as groups that belong together: a leaf and the next one, and what is
 * below one internal page. Where keys do not ascend from one to the other, a link is not believed.
 */
import { copyKey, leftmostChild, readChild } from '../format/items.js';
import { TABLE_TREE } from '../format/page-types.js';
import type { LooseLeaf } from './loose-leaves.js';
import type { PageCensus } from './page-census.js';
import { isWithin, type Span } from './tree-keys.js';

export function groupLeaves(census: PageCensus, leaves: readonly LooseLeaf[]): LooseLeaf[][] {
  const byId = new Map(leaves.map((leaf) => [leaf.pageId, leaf]));
  const groups = new Groups();
  for (const leaf of leaves) {
    const next = byId.get(leaf.next);
    if (next !== undefined && ascends(leaf, next)) groups.join(leaf.pageId, next.pageId);
  }
  for (const pageId of census.ofType(TABLE_TREE.internal)) {
    const page = census.read(pageId);
    for (let index = 0; index < page.itemCount; index++) {
      const child = index === 0 ? leftmostChild(page) : readChild(page, index);
      const leaf = byId.get(child);
      const from = index === 0 ? null : copyKey(page, index);
      const to = index + 1 < page.itemCount ? copyKey(page, index + 1) : null;
      const isBelow = leaf === undefined ? census.typeOf(child) === TABLE_TREE.internal : belongsIn(leaf, { from, to });
      if (isBelow) groups.join(pageId, child);
    }
  }
  return [...groups.gather(leaves).values()];
}

function ascends({ keys }: LooseLeaf, { keys: next }: LooseLeaf): boolean {
  return keys === undefined || next === undefined || keys.last.compare(next.first) < 0;
}

function belongsIn({ keys }: LooseLeaf, span: Span): boolean {
  return keys === undefined || (isWithin(keys.first, span, 0) && isWithin(keys.last, span, 0));
}

/** Disjoint sets of pages. */
class Groups {
  readonly #parents = new Map<number, number>();

  join(a: number, b: number): void {
    this.#parents.set(this.#rootOf(a), this.#rootOf(b));
  }

  gather(leaves: readonly LooseLeaf[]): Map<number, LooseLeaf[]> {
    const groups = new Map<number, LooseLeaf[]>();
    for (const leaf of leaves) {
      const root = this.#rootOf(leaf.pageId);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [leaf]);
      else group.push(leaf);
    }
    return groups;
  }

  #rootOf(page: number): number {
    let root = page;
    for (
      let parent = this.#parents.get(root);
      parent !== undefined && parent !== root;
      parent = this.#parents.get(root)
    )
      root = parent;
    this.#parents.set(page, root);
    return root;
  }
}
