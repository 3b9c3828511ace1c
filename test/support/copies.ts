/** Stores with a random history, to be copied, and what a copy of them must hold. */
import { expect } from 'chai';
import { verify } from '../../src/engine/index.js';
import { type FormatNumber, structureProblems } from './any-format.js';
import { toWriteBatch } from './engine-rows.js';
import { HistoryMaker, type HistoryOptions } from './histories.js';
import { MemoryFiles } from './memory-files.js';
import { STORE_PATH, usingStore } from './memory-store.js';
import type { Model } from './model.js';
import { expectSame, expectSameRowsAt, expectSameVersionAt, knownPosition } from './model-check.js';
import { Random } from './random.js';

export const COPY_PATH = '/memory/copy.kmb';

export interface RandomStore {
  readonly files: MemoryFiles;
  readonly model: Model;
}

/** A store that has taken random batches, synced now and then. */
export function randomStore(
  seed: number,
  format: FormatNumber,
  batches: number,
  options: HistoryOptions = {},
): RandomStore {
  const files = new MemoryFiles();
  const maker = new HistoryMaker(new Random(seed), { ...options, format });
  usingStore(files, { create: true, cachePages: 64, format }, (store) => {
    for (let count = 1; count <= batches; count += 1) {
      store.apply(toWriteBatch(maker.next()));
      if (count % 25 === 0) store.sync();
    }
    store.sync();
  });
  return { files, model: maker.model };
}

/** A copy has all that the model has, at every position, and nothing is wrong with it. */
export function expectCopyOf(files: MemoryFiles, model: Model, seed = 1): void {
  expectSound(files);
  usingStore(files, { readOnly: true }, (store) => {
    expect(store.tables().map(({ id }) => id)).to.deep.equal(model.listedIds());
    expectSame(store, model);
    const random = new Random(seed);
    for (let count = 0; count < 8; count += 1) {
      expectSameRowsAt(store, model, BigInt(random.below(Number(model.appliedPosition) + 1)));
    }
    for (const table of model.tableIds()) {
      for (const key of model.keys(table))
        expectSameVersionAt(store, model, table, key, knownPosition(random, model, table));
    }
  });
}

/** A store that the checks of the engine, and those of the tests, find nothing wrong with. */
export function expectSound(files: MemoryFiles, path = STORE_PATH): void {
  const report = verify(path, { files, strict: true });
  expect(report.findings.map(({ message }) => message)).to.deep.equal([]);
  expect(structureProblems(files.get(path), {})).to.deep.equal([]);
}
