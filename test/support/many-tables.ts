/** Stores of format 2 with many tables, each with a row whose key is named after it. */
import { expect } from 'chai';
import { type BTreeStore, WriteBatch } from '../../src/engine/index.js';
import { structureProblems } from './any-format.js';
import { type Decoded2, decodeFormat2 } from './format2-decode.js';
import type { MemoryFiles } from './memory-files.js';
import { openMemory, STORE_PATH } from './memory-store.js';
import { expectRefused } from './store-errors.js';

export const PAGE_BYTES = 4096;

/** A store of format 2 to be made, with the smallest cache. */
export const newStore2 = (files: MemoryFiles): BTreeStore =>
  openMemory(files, { create: true, cachePages: 32, format: 2 });

export const tableIds = (store: BTreeStore): bigint[] => store.tables().map(({ id }) => id);

/** A put into each of some tables, as the next batch. */
export function putInto(store: BTreeStore, tables: readonly bigint[]): void {
  const position = store.appliedPosition + 1n;
  const batch = new WriteBatch(position);
  for (const table of tables) batch.put(table, `key-${table}`, `v${position}`);
  store.apply(batch);
}

/** Applies a batch, which is then rolled back: a batch after it is refused. */
export function refuse(store: BTreeStore, batch: WriteBatch): void {
  const { position } = batch;
  // What purges begins a group of its own: those before it are applied by then.
  const batches = [batch, new WriteBatch(position + 1n).purge(1n), new WriteBatch(position + 3n)];
  expectRefused(() => store.applyAll(batches), 'NON_SEQUENTIAL_BATCH');
  expect(store.appliedPosition).to.equal(position - 1n);
}

export const range = (from: number, to: number): bigint[] =>
  Array.from({ length: to - from }, (_, index) => BigInt(from + index));

export const inFile = (files: MemoryFiles): Decoded2 => decodeFormat2(files.get(STORE_PATH));

export function expectSound(files: MemoryFiles): void {
  expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
}
