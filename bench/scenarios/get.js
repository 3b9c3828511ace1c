import { keyOf, keysOf } from '../lib/data.js';
import { Random } from '../lib/random.js';
import { openStore } from '../stores/index.js';

/**
 * Gets keys in random order, now or as of a position; `warm`: after all of them were read once; `together`: in one
 * call.
 */
export async function prepare({ order, operations, gets, at, warm = false, together = false, ...target }) {
  const store = await openStore(target);
  const random = new Random(gets);
  const keys = Array.from({ length: gets }, () => store.keyFrom(keyOf(order, random.below(keysOf(order, operations)))));
  const position = at === undefined ? undefined : BigInt(at);
  const get = position === undefined ? store.get : (key) => store.getAt(key, position);
  const getAll = () => {
    if (together) return store.getMany(keys, position).filter((value) => value !== undefined).length;
    let found = 0;
    for (const key of keys) if (get(key) !== undefined) found++;
    return found;
  };
  if (warm) getAll();
  return () => ({ operations: gets, found: getAll(), afterwards: () => store.close() });
}
