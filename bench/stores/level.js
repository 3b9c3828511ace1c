import { ClassicLevel } from 'classic-level';
import { syncFiles } from '../lib/files.js';

const CACHE_SIZE = 64 * 2 ** 20;
const ROWS_AT_ONCE = 1000;

/** Relaxed: batches go to LevelDB's log without a sync; all files are synced once, at the end. */
export async function openStore(path, { durable = false } = {}) {
  const store = new ClassicLevel(path, { cacheSize: CACHE_SIZE, writeBufferSize: CACHE_SIZE });
  await store.open();
  return {
    keyFrom: (text) => text,
    async write(operations) {
      // Much faster than an array of operations.
      const batch = store.batch();
      for (const { key, value } of operations) batch.put(key, value);
      await batch.write({ sync: durable });
    },
    finish() {
      syncFiles(path);
    },
    get: (key) => store.getSync(key),
    async scan(onRow) {
      const iterator = store.iterator();
      for (let rows = await iterator.nextv(ROWS_AT_ONCE); rows.length > 0; rows = await iterator.nextv(ROWS_AT_ONCE)) {
        for (const [key, value] of rows) onRow(key, value);
      }
      await iterator.close();
    },
    close: () => store.close(),
  };
}
