import { createHash } from 'node:crypto';
import { openStore } from '../stores/index.js';

/**
 * Reads all rows, more than once where once is too little to be measured; afterwards, unmeasured, for a digest that is
 * the same for the same rows. `lent`: rows are lent, not copied.
 */
export async function prepare({ at, times = 1, digests = true, lent = false, ...target }) {
  const store = await openStore(target);
  const scanNow = (onRow) => (lent ? store.scanLent(onRow) : store.scan(onRow));
  const scan = (onRow) => (at === undefined ? scanNow(onRow) : store.scanAt(onRow, BigInt(at)));
  return () => readAll(store, scan, times, digests);
}

async function readAll(store, scan, times, digests) {
  let operations = 0;
  let bytes = 0;
  for (let time = 0; time < times; time++) {
    await scan((key, value) => {
      operations++;
      bytes += key.length + value.length;
    });
  }
  return {
    operations,
    bytes,
    async afterwards() {
      if (!digests) return store.close();
      const digest = createHash('sha256');
      await scan((key, value) => digest.update(key).update(value));
      await store.close();
      return { digest: digest.digest('hex') };
    },
  };
}
