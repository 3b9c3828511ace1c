import { BTreeStore, WriteBatch } from '../../dist/engine/index.js';

const TABLE = 1n;

/** Relaxed: batches are in memory until the store is synced, once, at the end. Durable: synced with every batch. */
export function openStore(path, { format, cachePages, durable = false } = {}) {
  const store = BTreeStore.open(path, { create: true, format, ...(cachePages === undefined ? {} : { cachePages }) });
  return {
    keyFrom: (text) => Buffer.from(text),
    write(operations) {
      const batch = new WriteBatch(store.appliedPosition + 1n);
      for (const { key, value } of operations) batch.put(TABLE, key, value);
      store.apply(batch);
      if (durable) store.sync();
    },
    finish() {
      store.sync();
    },
    get: (key) => store.get(TABLE, key),
    getAt: (key, position) => store.getAt(TABLE, key, position),
    getMany: (keys, position) => store.getMany(TABLE, keys, position),
    scan(onRow) {
      for (const { key, value } of store.cursor(TABLE)) onRow(key, value);
    },
    scanLent(onRow) {
      const cursor = store.cursor(TABLE);
      const visit = ({ keyLength, valueLength }) => {
        onRow({ length: keyLength }, { length: valueLength });
        return true;
      };
      while (cursor.lendRows(Infinity, visit));
    },
    scanAt(onRow, position) {
      for (const { key, value } of store.cursor(TABLE, { at: position })) onRow(key, value);
    },
    count(prefix) {
      return store.count(TABLE, { prefix });
    },
    close() {
      store.close();
    },
  };
}
