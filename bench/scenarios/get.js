import { keyOf } from '../lib/data.js';
import { Random } from '../lib/random.js';
import { openStore } from '../stores/index.js';

/** Gets keys in random order, now or as of a position. */
export async function prepare({ order, operations, gets, at, ...target }) {
  const store = await openStore(target);
  const random = new Random(gets);
  const keys = Array.from({ length: gets }, () => store.keyFrom(keyOf(order, random.below(operations))));
  const position = at === undefined ? undefined : BigInt(at);
  const get = position === undefined ? store.get : (key) => store.getAt(key, position);
  return () => {
    let found = 0;
    for (const key of keys) if (get(key) !== undefined) found++;
    return { operations: gets, found, afterwards: () => store.close() };
  };
}
