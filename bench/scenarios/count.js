import { openStore } from '../stores/index.js';

/** Counts the rows below a prefix. */
export async function prepare({ prefix, ...target }) {
  const store = await openStore(target);
  return () => ({ operations: store.count(prefix), afterwards: () => store.close() });
}
