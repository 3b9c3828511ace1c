import { open } from 'lmdb';
import { syncFiles } from '../lib/files.js';

/** Large enough to never be moved; it costs address space only. */
const MAP_SIZE = 8 * 2 ** 30;

/** Relaxed: commits go to the system's page cache (`noSync`), and the file is synced once, at the end. */
export function openStore(path, { durable = false } = {}) {
  const store = open({
    path,
    noSubdir: true,
    encoding: 'string',
    mapSize: MAP_SIZE,
    noMemInit: true,
    noSync: !durable,
  });
  return {
    keyFrom: (text) => text,
    write(operations) {
      store.transactionSync(() => {
        for (const { key, value } of operations) store.put(key, value);
      });
    },
    async finish() {
      if (durable) await store.flushed;
      else syncFiles(path);
    },
    get: (key) => store.get(key),
    scan(onRow) {
      for (const { key, value } of store.getRange()) onRow(key, value);
    },
    close: () => store.close(),
  };
}
