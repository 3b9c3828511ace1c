/** The keys below a page of a tree, as text. */
import { splitHistoryKey, type TreeNode } from '../../engine/index.js';
import { shortKey } from '../text/keys.js';

const LONGEST_KEY = 32;

/** `keys from a up to b`; in a history a key may have a position. */
export function boundsText({ low, high, tree }: Pick<TreeNode, 'low' | 'high' | 'tree'>): string {
  const text = (bound: Uint8Array): string => boundText(bound, tree);
  if (low === null) return high === null ? 'all keys' : `keys below ${text(high)}`;
  return high === null ? `keys from ${text(low)} on` : `keys from ${text(low)} up to ${text(high)}`;
}

export function boundText(bound: Uint8Array, tree: TreeNode['tree']): string {
  if (tree === 'entries') return shortKey(bound, LONGEST_KEY);
  const { key, position } = splitHistoryKey(bound);
  return position === 0n ? shortKey(key, LONGEST_KEY) : `${shortKey(key, LONGEST_KEY)} at ${position}`;
}
