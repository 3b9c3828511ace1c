/** Which keys damage puts out of reach: worked out when an error is thrown; what goes well does nothing for it. */
import { toHex } from '../bytes/bytes.js';
import { type Facts, isDamage, StoreError } from '../errors.js';
import { CATALOGUE_TREE, HISTORY_TREE, keySuffixOf } from '../format/page-types.js';
import type { PageReader } from '../pager/page-reader.js';
import { type KeySpan, spanOf } from './key-spans.js';
import type { TreePath } from './path.js';
import { treeFacts, type TreeRoot } from './root.js';

/**
 * The error with what damage puts out of reach, unless it says so already; an error that is no damage as it is.
 *
 * @param factsOf asked only where that is to be told
 */
export function withKeys(error: unknown, factsOf: () => Facts): unknown {
  if (!(error instanceof StoreError) || !isDamage(error) || 'fromKeyHex' in error.facts) return error;
  return error.with({ ...factsOf(), ...error.facts });
}

/** The keys between the separators around the page that a path leads to: those pages were sound a moment ago. */
export function keysAround(pages: PageReader, tree: TreeRoot, path: TreePath): Facts {
  const { kind } = tree;
  if (kind === CATALOGUE_TREE) return {};
  const facts = { ...treeFacts(tree), ...(kind === HISTORY_TREE ? { tree: 'history' } : {}) };
  try {
    pages.release();
    return { ...facts, ...spanFacts(spanOf(path.bounds(), keySuffixOf(kind.leaf))) };
  } catch (error) {
    if (error instanceof StoreError) return facts;
    throw error;
  }
}

/** A single key. */
export function keyFacts(table: bigint, key: Uint8Array): Facts {
  return { table, ...spanFacts({ from: key, to: Buffer.concat([key, Buffer.alloc(1)]) }) };
}

export function spanFacts({ from, to }: KeySpan): Facts {
  return { fromKeyHex: from && toHex(from), toKeyHex: to && toHex(to) };
}
