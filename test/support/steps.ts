/**
 * A random history with everything that happens to a store between its batches: refused batches, groups, syncs,
 * reopenings with and without a sync, checks. Made once, then run under any configuration: the store must always say
 * the same.
 */
import { expect } from 'chai';
import type { BTreeStore } from '../../src/engine/index.js';
import { type FormatNumber, rowsInFile, structureProblems } from './any-format.js';
import { U64_MAX } from './bytes.js';
import { toWriteBatch } from './engine-rows.js';
import { HistoryMaker, type HistoryOptions } from './histories.js';
import type { MemoryFiles } from './memory-files.js';
import { openMemory, STORE_PATH } from './memory-store.js';
import { expectSame, expectSameRange, expectSameRowsAt, expectSameVersionAt, knownPosition } from './model-check.js';
import { type Batch, Model, type Operation, type Refusal } from './model.js';
import { Random } from './random.js';
import { expectRefused } from './store-errors.js';

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
  let synced = new Model(options.format);
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

/** A broken batch, alone or after good ones in a group. */
function refusedStep(random: Random, maker: HistoryMaker): Step {
  const ahead = new HistoryMaker(random, {}, maker.model.clone());
  const good = Array.from({ length: random.chance(0.5) ? 0 : random.between(1, 3) }, () => ahead.next());
  // In format 2 hardly any batch is refused before it is applied: those before one that purges are by then.
  if (ahead.model.format === 2 && random.chance(0.8)) good.push(...purgesIn(ahead, random));
  const { batch, refusal } = ahead.broken();
  return { kind: 'refuse', batches: [...good, batch], refusal };
}

/** Two batches: one that purges a table and writes, and one that purges what is not there. */
function purgesIn(maker: HistoryMaker, random: Random): Batch[] {
  const lost = random.pick([...maker.model.listedIds(), 1n]);
  return [lost, 404n].map((table) => {
    const { position, operations } = maker.propose();
    const purge: Operation = { kind: 'purge', table };
    const batch = { position, operations: [purge, ...operations] };
    expect(maker.model.apply(batch)).to.equal(undefined);
    return batch;
  });
}

/** Runs all steps on a new store and gives the bytes of the file that is left. */
export function runSteps(
  files: MemoryFiles,
  steps: readonly Step[],
  cachePages: number,
  format: FormatNumber = 1,
): Buffer {
  let store = openMemory(files, { create: true, cachePages, format });
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
  return openMemory(files, { create: true, cachePages, format: expected.format });
}

function expectFile(bytes: Buffer, expected: Model): void {
  expect(structureProblems(bytes, { allowLeaks: expected.format === 1 })).to.deep.equal([]);
  const rows = expected
    .tableIds()
    .flatMap((table) => expected.rowsAt(table, expected.appliedPosition).map((row) => ({ table, ...row })));
  const stored = rowsInFile(bytes, U64_MAX - 1n);
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
  expect(store.tables().map(({ id }) => id)).to.deep.equal(model.listedIds());
  expectSame(store, model);
  for (let count = 0; count < 5; count += 1) {
    expectSameRowsAt(store, model, BigInt(random.below(Number(model.appliedPosition) + 1)));
  }
  for (let count = 0; count < 20; count += 1) expectSameRange(store, model, random);
  for (const table of model.tableIds()) {
    for (const key of model.keys(table)) {
      expectSameVersionAt(store, model, table, key, knownPosition(random, model, table));
    }
  }
}
