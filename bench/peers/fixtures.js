/** The logs and stores that the workloads read: made once, when they are first asked for. */
import { runReplayCommand, runScenario } from '../lib/child.js';
import { makeLog, OPERATIONS_PER_BATCH } from '../lib/data.js';
import { removeFiles, sizeOf } from '../lib/files.js';
import { makeLogFile } from '../lib/log-file.js';
import { largeValueLines } from '../formats/logs.js';

const LARGE_VALUE = 10_000;
/** All in one transaction, where operations need not say which batch they are of. */
const ALL = 2 ** 30;
const TRANSACTIONS = { 'lmdb-versions': OPERATIONS_PER_BATCH };

export class Fixtures {
  #stores = new Map();

  constructor(folder, operations) {
    this.folder = folder;
    this.operations = operations;
    this.largeValues = Math.max(100, Math.ceil(operations / 100));
  }

  /** @param order `random`, `sequential`, `updates` (each key five times) or `large` (values of 10 KB) */
  log(order) {
    const count = order === 'large' ? this.largeValues : this.operations;
    const path = `${this.folder}${order}-${count}.ndjson`;
    if (order === 'large') makeLogFile(path, () => largeValueLines(count, LARGE_VALUE));
    else makeLog(path, order, count);
    return path;
  }

  /** A store with all of a log. Those of the peers are as dense as they can be made. */
  store(order, store) {
    const path = this.pathOf(`${order}-${store}`);
    if (this.#stores.has(path)) return path;
    removeFiles(path);
    const log = this.log(order);
    if (store === 'kmb') runReplayCommand({ path, log });
    else {
      const operationsPerTransaction = TRANSACTIONS[store] ?? ALL;
      runScenario({ scenario: 'put', store, path, log, operationsPerTransaction, compacts: true });
    }
    this.#stores.set(path, sizeOf(path));
    return path;
  }

  bytesOf(path) {
    return this.#stores.get(path);
  }

  pathOf(name) {
    return `${this.folder}peers-${name}.store`;
  }

  removeStores() {
    for (const path of this.#stores.keys()) removeFiles(path);
  }
}
