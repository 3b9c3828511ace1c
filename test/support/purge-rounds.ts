/** Fills a table and purges it, round after round. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BTreeStore, verify, WriteBatch } from '../../src/engine/index.js';

/** Each round fills a table of a store of format 2, and purges it. Gives the bytes of the full file in each. */
export function purgeRounds(rounds: number, rows: number): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'kmb-store-purges-'));
  try {
    const path = join(folder, 'a.kmb');
    const store = BTreeStore.open(path, { create: true, format: 2 });
    const sizes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      commit(store, filling(next(store), rows));
      sizes.push(statSync(path).size);
      commit(store, next(store).purge(1n));
    }
    store.close();
    if (!verify(path, { strict: true }).ok) throw new Error('the store is not sound');
    return sizes;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function next(store: BTreeStore): WriteBatch {
  return new WriteBatch(store.appliedPosition + 1n);
}

function commit(store: BTreeStore, batch: WriteBatch): void {
  store.apply(batch);
  store.sync();
}

function filling(batch: WriteBatch, rows: number): WriteBatch {
  // Another table is between the pages of this one.
  batch.put(2n, `${batch.position}`, 'another table');
  for (let row = 0; row < rows; row += 1) batch.put(1n, `key-${(row * 7919) % rows}`, `${row}`.padEnd(100, 'v'));
  return batch;
}
