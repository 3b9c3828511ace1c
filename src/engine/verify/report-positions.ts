import type { Forest } from './forest.js';
import type { TreeWalk, WalkedLeaf } from './tree-walk.js';

/** Reports the positions of a leaf that a walk is at, where they are wrong. */
export function reportPositions(walk: TreeWalk, { page, glance }: WalkedLeaf, { positions, log }: Forest): void {
  for (const { code, keys, ...facts } of positions.checkLeaf(page, glance)) {
    const location = walk.location();
    log.add(code, keys === undefined || location.table === undefined ? location : { ...location, keys }, facts);
  }
}
