/** What the questions about the past must be answered with, by the model and by definitions of the tests' own. */
import { createHash } from 'node:crypto';
import type { BTreeStore } from '../../src/engine/index.js';
import type { FormatNumber } from './any-format.js';
import { fromHex } from './bytes.js';
import { toWriteBatch } from './engine-rows.js';
import { HistoryMaker, type HistoryOptions } from './histories.js';
import { MemoryFiles } from './memory-files.js';
import { openMemory, usingStore } from './memory-store.js';
import type { Model } from './model.js';
import { type Batch } from './model.js';
import { Random } from './random.js';

export interface History {
  readonly batches: readonly Batch[];
  readonly model: Model;
}

/** So many batches, and what they lead to. */
export function historyOf(seed: number, count: number, options: HistoryOptions = {}): History {
  const maker = new HistoryMaker(new Random(seed), { operationsMax: 12, ...options });
  const batches = Array.from({ length: count }, () => maker.next());
  return { batches, model: maker.model };
}

/** The files of a store with these batches, synced every few of them. */
export function filesWith(batches: readonly Batch[], format: FormatNumber, perSync = 7): MemoryFiles {
  const files = new MemoryFiles();
  usingStore(files, { create: true, cachePages: 64, format }, (store) => {
    for (const [index, batch] of batches.entries()) {
      store.apply(toWriteBatch(batch));
      if (index % perSync === 0) store.sync();
    }
    store.sync();
  });
  return files;
}

/** Opens a store with these batches to be read. */
export function readStore(files: MemoryFiles): BTreeStore {
  return openMemory(files, { readOnly: true, cachePages: 32 });
}

/** The content hash, as docs/FORMAT.md defines it. */
export function modelHash(model: Model, at: bigint): string {
  const store = createHash('sha256');
  for (const table of model.tableIds()) {
    if (model.rowsAt(table, at).length === 0) continue;
    const id = Buffer.alloc(8);
    id.writeBigUInt64LE(table);
    store.update(id).update(tableHash(model, table, at));
  }
  return store.digest('hex');
}

export function tableHash(model: Model, table: bigint, at: bigint): Buffer {
  const hash = createHash('sha256');
  for (const { key, value } of model.rowsAt(table, at)) hash.update(counted(key)).update(counted(value));
  return hash.digest();
}

function counted(digits: string): Buffer {
  const bytes = fromHex(digits);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The first position at which all tables of a store can be read. */
export function oldestOf(model: Model): bigint {
  return model.listedIds().reduce((oldest, id) => (model.oldest(id) > oldest ? model.oldest(id) : oldest), 0n);
}
