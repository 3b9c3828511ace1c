/**
 * A random history with everything that happens to a store between its batches: refused batches, groups, syncs,
 * reopenings with and without a sync, checks. Made once, then run under any configuration: the store must always say
 * the same.
 */
import { expect } from 'chai';
import type { BTreeStore } from '../../src/engine/index.js';
import { U64_MAX } from './bytes.js';
import { toWriteBatch } from './engine-rows.js';
import { HistoryMaker, type HistoryOptions } from './histories.js';
import type { MemoryFiles } from './memory-files.js';
import { openMemory, STORE_PATH } from './memory-store.js';
import { expectSame, expectSameRange, expectSameRowsAt, expectSameVersionAt } from './model-check.js';
import { type Batch, Model, type Refusal } from './model.js';
import { Random } from './random.js';
import { readAllRows } from './read-rows.js';
import { expectRefused } from './store-errors.js';
import { checkStructure, OWN_FILES } from './structure-check.js';

export type Step =
  | { readonly kind: 'apply'; readonly batches: readonly Batch[] }
  | { readonly kind: 'refuse'; readonly batches: readonly Batch[]; readonly refusal: Refusal }
  | { readonly kind: 'sync'; readonly expected: Model }
  | { readonly kind: 'reopen'; readonly expected: Model }
  | { readonly kind: 'check'; readonly expected: Model; readonly seed: number };

export interface StepOptions extends HistoryOptions {
  readonly steps: number;
}

/** The last step is a sync. */
export function randomSteps(seed: number, options: StepOptions): Step[] {
  const random = new Random(seed);
  let synced = new Model();
  let maker = new HistoryMaker(random, options);
  const steps: Step[] = [];
  while (steps.length < options.steps) {
    const kind = random.below(100);
    if (kind < 60) steps.push({ kind: 'apply', batches: [maker.next()] });
    else if (kind < 68)
      steps.push({
        kind: 'apply',
        batches: Array.from({ length: random.between(2, 12) }, () => maker.next()),
      });
    else if (kind < 78) steps.push(refusedStep(random, maker));
    else if (kind < 90) steps.push({ kind: 'check', expected: maker.model.clone(), seed: random.below(1e9) });
    else if (kind < 97) {
      synced = maker.model.clone();
      steps.push({ kind: 'sync', expected: synced });
    } else {
      steps.push({ kind: 'reopen', expected: synced });
      maker = new HistoryMaker(random, options, synced.clone());
    }
  }
  return [...steps, { kind: 'sync', expected: maker.model.clone() }];
}

/** A broken batch, alone or behind good ones in a group. */
function refusedStep(random: Random, maker: HistoryMaker): Step {
  const ahead = new HistoryMaker(random, {}, maker.model.clone());
  const good = Array.from({ length: random.chance(0.5) ? 0 : random.between(1, 3) }, () => ahead.next());
  const { batch, refusal } = ahead.broken();
  return { kind: 'refuse', batches: [...good, batch], refusal };
}

/** Runs all steps on a new store and gives the bytes of the file that is left. */
export function runSteps(files: MemoryFiles, steps: readonly Step[], cachePages: number): Buffer {
  let store = openMemory(files, { create: true, cachePages });
  for (const [index, step] of steps.entries()) {
    try {
      store = runStep(files, store, step, cachePages);
    } catch (error) {
      if (error instanceof Error) error.message = `step ${index} (${step.kind}, ${cachePages} pages): ${error.message}`;
      throw error;
    }
  }
  store.close();
  expect(files.openHandles, 'files left open').to.equal(0);
  expect(files.paths(), 'files left behind').to.deep.equal([STORE_PATH]);
  return files.get(STORE_PATH);
}

function runStep(files: MemoryFiles, store: BTreeStore, step: Step, cachePages: number): BTreeStore {
  switch (step.kind) {
    case 'apply':
      applyTo(store, step.batches);
      return store;
    case 'refuse':
      expectRefused(() => applyTo(store, step.batches), step.refusal);
      return store;
    case 'sync':
      store.sync();
      expectFile(files.get(STORE_PATH), step.expected);
      return store;
    case 'reopen':
      store.close();
      return reopen(files, step.expected, cachePages);
    case 'check':
      check(store, step.expected, new Random(step.seed));
      return store;
  }
}

const applyTo = (store: BTreeStore, batches: readonly Batch[]): void => {
  const [first] = batches;
  if (batches.length === 1 && first !== undefined) store.apply(toWriteBatch(first));
  else store.applyAll(batches.map(toWriteBatch));
};

/** What was not synced is gone, and the file is as the last sync left it. */
function reopen(files: MemoryFiles, expected: Model, cachePages: number): BTreeStore {
  const never = expected.appliedPosition === 0n && !files.paths().includes(STORE_PATH);
  if (!never) expectFile(files.get(STORE_PATH), expected);
  return openMemory(files, { create: true, cachePages });
}

function expectFile(bytes: Buffer, expected: Model): void {
  expect(checkStructure(bytes, { ...OWN_FILES, allowLeaks: true })).to.deep.equal([]);
  const rows = expected
    .tableIds()
    .flatMap((table) => expected.rowsAt(table, expected.appliedPosition).map((row) => ({ table, ...row })));
  const stored = readAllRows(bytes, U64_MAX - 1n);
  expect(stored.length).to.equal(rows.length);
  for (const [index, { table, keyHex, valueHex }] of stored.entries()) {
    const row = rows[index];
    if (table !== row?.table || keyHex !== row.key || valueHex !== row.value) {
      expect({ table, key: keyHex, value: valueHex }, 'in the file').to.deep.equal({
        table: row?.table,
        key: row?.key,
        value: row?.value,
      });
    }
  }
}

function check(store: BTreeStore, model: Model, random: Random): void {
  expect(store.tables().map(({ id }) => id)).to.deep.equal(model.tableIds());
  expectSame(store, model);
  for (let count = 0; count < 5; count += 1) expectSameRowsAt(store, model, randomPosition(random, model));
  for (let count = 0; count < 20; count += 1) expectSameRange(store, model, random);
  for (const table of model.tableIds()) {
    for (const key of model.keys(table)) expectSameVersionAt(store, model, table, key, randomPosition(random, model));
  }
}

const randomPosition = (random: Random, model: Model): bigint =>
  BigInt(random.below(Number(model.appliedPosition) + 1));
