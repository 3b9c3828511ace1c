import { BTreeStore } from '../../dist/engine/index.js';

/** Opens a store, gets one key, closes it; `times` times. */
export function prepare({ path, table, key, times }) {
  return () => {
    for (let time = 0; time < times; time++) {
      const store = BTreeStore.open(path, { readOnly: true });
      if (store.get(BigInt(table), key) === undefined) throw new Error(`table ${table} lacks ${key}`);
      store.close();
    }
    return { operations: times };
  };
}
