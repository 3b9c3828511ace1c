/**
 * Long work in steps: what another part of the program sees in between, and what is left when the steps are given up.
 */
import { expect } from 'chai';
import type { BTreeStore } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS, withoutFreePages } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectSame } from '../support/model-check.js';
import { type Batch, Model, type Operation } from '../support/model.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';

const maker = new HistoryMaker(new Random(951), { operationsMax: 40 });
const first = Array.from({ length: 40 }, (): Batch => maker.next());
/** One of them alone fills hundreds of pages, the last one removes what was there before. */
const second = [
  ...Array.from({ length: 40 }, (): Batch => maker.next()),
  bulkBatch(81n),
  { position: 82n, operations: [{ kind: 'purge', table: 2n }, ...maker.propose().operations] } satisfies Batch,
];

function bulkBatch(position: bigint): Batch {
  const puts = Array.from({ length: 1000 }, (_, index): Operation => ({
    kind: 'put',
    table: 1n,
    key: utf8(`bulk/${index}`),
    value: Buffer.alloc(1900, index),
  }));
  return { position, operations: puts };
}

/** What these groups lead to. */
const modelAfter = (format: FormatNumber, ...groups: readonly (readonly Batch[])[]): Model => {
  const model = new Model(format);
  for (const batch of groups.flat()) model.apply(batch);
  return model;
};

/** A store that holds the first group, synced. */
function startStore(format: FormatNumber, files: MemoryFiles, cachePages = 32): BTreeStore {
  const store = openMemory(files, { create: true, cachePages, format });
  store.applyAll(first.map(toWriteBatch));
  store.sync();
  return store;
}

function countSteps(steps: Iterator<void>): number {
  let count = 0;
  while (steps.next().done !== true) count += 1;
  return count;
}

for (const format of FORMATS) {
  describe(`applying in steps in format ${format}`, () => {
    it('comes to the same as applying at once', () => {
      const files = new MemoryFiles();
      const store = startStore(format, files, 16_384);
      expect(countSteps(store.applySteps(second.map(toWriteBatch)))).to.be.greaterThan(1);
      expectSame(store, modelAfter(format, first, second));
      expect(countSteps(store.syncSteps())).to.be.greaterThan(0);
      store.close();
      const atOnce = new MemoryFiles();
      const other = startStore(format, atOnce);
      other.applyAll(second.map(toWriteBatch));
      other.sync();
      other.close();
      expect(withoutFreePages(files.get(STORE_PATH)).equals(withoutFreePages(atOnce.get(STORE_PATH)))).to.equal(true);
    });

    it('leaves the store as it was, wherever the steps are given up', () => {
      const store = startStore(format, new MemoryFiles());
      const batches = second.map(toWriteBatch);
      const total = countSteps(startStore(format, new MemoryFiles()).applySteps(batches));
      for (let stop = 0; stop <= total; stop += Math.ceil(total / 12)) {
        const steps = store.applySteps(batches);
        for (let count = 0; count < stop; count += 1) steps.next();
        steps.return();
        expectSame(store, modelAfter(format, first));
      }
      store.applyAll(batches);
      expectSame(store, modelAfter(format, first, second));
      store.close();
    });

    it('never shows half of a batch: between the steps no call is answered', () => {
      const store = startStore(format, new MemoryFiles());
      const cursor = store.cursor(1n);
      cursor.next();
      const steps = store.applySteps(second.map(toWriteBatch));
      steps.next();
      const [batch] = second;
      for (const use of [
        () => store.get(1n, utf8('k')),
        () => store.history(1n, utf8('k')),
        () => store.scan(1n, {}, 1),
        () => cursor.next(),
        () => cursor.row(),
        () => store.tables(),
        () => store.sync(),
        () => batch && store.apply(toWriteBatch(batch)),
      ]) {
        expectRefused(use, 'INVALID_ARGUMENT');
      }
      countSteps(steps);
      expectSame(store, modelAfter(format, first, second));
      store.close();
    });

    it('may be given up after the store was closed, and leaves the file as it was', () => {
      const files = new MemoryFiles();
      const store = startStore(format, files);
      const before = files.get(STORE_PATH);
      const steps = store.applySteps(second.map(toWriteBatch));
      for (let count = 0; count < 5; count += 1) steps.next();
      store.close();
      steps.return();
      expect(files.openHandles).to.equal(0);
      expect(files.get(STORE_PATH).equals(before)).to.equal(true);
    });
  });

  describe(`a sync in steps in format ${format}`, () => {
    it('that is given up leaves a store that refuses all work until it is opened again', () => {
      const files = new MemoryFiles();
      const store = startStore(format, files, 16_384);
      store.applyAll(second.map(toWriteBatch));
      const steps = store.syncSteps();
      steps.next();
      expectRefused(() => store.get(1n, utf8('k')), 'STORE_FAILED');
      steps.return();
      for (const use of [() => store.get(1n, utf8('k')), () => store.sync()]) expectRefused(use, 'STORE_FAILED');
      store.close();
      expect(files.openHandles).to.equal(0);
      const reopened = openMemory(files, { readOnly: true });
      expect([first.length, first.length + second.length].map(BigInt)).to.include(reopened.appliedPosition);
      reopened.close();
    });
  });
}
