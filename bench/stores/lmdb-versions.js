import { open } from 'lmdb';
import { syncFiles } from '../lib/files.js';

/** Large enough to never be moved; it costs address space only. */
const MAP_SIZE = 8 * 2 ** 30;
const POSITION_DIGITS = 12;

/** Every version of every key, under the key and the position: what history takes in a store that has none. */
export function openStore(path) {
  const store = open({ path, noSubdir: true, encoding: 'string', mapSize: MAP_SIZE, noMemInit: true, noSync: true });
  const keyAt = (key, position) => key + `${position}`.padStart(POSITION_DIGITS, '0');
  return {
    keyFrom: (text) => text,
    write(operations, position) {
      store.transactionSync(() => {
        for (const { key, value } of operations) store.put(keyAt(key, position), value);
      });
    },
    finish() {
      syncFiles(path);
    },
    getAt(key, position) {
      const versions = store.getRange({ start: keyAt(key, position), end: key, reverse: true, limit: 1 });
      for (const { value } of versions) return value;
      return undefined;
    },
    close: () => store.close(),
  };
}
