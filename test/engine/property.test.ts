/** Random histories against the naive model: under every cache size, across reopenings, at every position. */
import { expect } from 'chai';
import { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectSameRowsAt } from '../support/model-check.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { Random } from '../support/random.js';
import { randomSteps, runSteps, type Step } from '../support/steps.js';
import { checkStructure, OWN_FILES } from '../support/structure-check.js';

const CACHE_PAGES = [32, 256, 16_384] as const;

describe('a random history', () => {
  for (const seed of [101, 102, 103]) {
    it(`gives what the model says under every cache size (seed ${seed})`, () => {
      const steps = randomSteps(seed, { steps: 150 });
      for (const cachePages of CACHE_PAGES) runSteps(new MemoryFiles(), steps, cachePages);
    });
  }

  for (const seed of [201, 202]) {
    it(`with purges gives what the model says (seed ${seed})`, () => {
      runSteps(
        new MemoryFiles(),
        randomSteps(seed, { steps: 150, purges: true, tables: [0n, 7n, 18446744073709551615n] }),
        32,
      );
    });
  }

  it('reads back at every single position, of a store that is larger than the cache (seed 301)', () => {
    const files = new MemoryFiles();
    const maker = new HistoryMaker(new Random(301), { operationsMax: 12 });
    usingStore(files, { create: true, cachePages: 32 }, (store) => {
      for (let count = 0; count < 250; count += 1) store.apply(toWriteBatch(maker.next()));
      store.sync();
      for (let position = 0n; position <= maker.model.appliedPosition; position += 1n)
        expectSameRowsAt(store, maker.model, position);
    });
    expect(files.get(STORE_PATH).length).to.be.greaterThan(32 * 4096);
    expect(checkStructure(files.get(STORE_PATH), OWN_FILES)).to.deep.equal([]);
  });

  it('gives the same file byte for byte when it is applied again (seed 401)', () => {
    const steps = without('check', randomSteps(401, { steps: 120 }));
    expectSameBytes(steps, steps);
  });

  it('gives the same file byte for byte whether batches were refused in between or not (seed 402)', () => {
    const steps = without('check', randomSteps(402, { steps: 120, operationsMax: 30 }));
    expectSameBytes(steps, without('refuse', steps));
  });

  it('gives the same file byte for byte whether it was read in between or not (seed 402)', () => {
    const steps = randomSteps(402, { steps: 120, operationsMax: 30 });
    expectSameBytes(steps, without('check', steps));
  });

  it('gives the same file byte for byte under every cache size (seed 404)', () => {
    const steps = without('check', randomSteps(404, { steps: 120, operationsMax: 30 }));
    const [smallest, ...others] = CACHE_PAGES.map((cachePages) => runSteps(new MemoryFiles(), steps, cachePages));
    for (const bytes of others) expect(bytes.equals(smallest ?? Buffer.alloc(0))).to.equal(true);
  });
});

/** Leaves out the steps of a kind, of which there are some. */
function without(kind: Step['kind'], steps: readonly Step[]): Step[] {
  const rest = steps.filter((step) => step.kind !== kind);
  expect(rest.length).to.be.lessThan(steps.length);
  return rest;
}

/** Two histories leave the same file behind, under the smallest and the largest cache. */
function expectSameBytes(steps: readonly Step[], others: readonly Step[]): void {
  for (const cachePages of [32, 16_384]) {
    const bytes = runSteps(new MemoryFiles(), steps, cachePages);
    expect(runSteps(new MemoryFiles(), others, cachePages).equals(bytes), `${cachePages} pages`).to.equal(true);
  }
}
