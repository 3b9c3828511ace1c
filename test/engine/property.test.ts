/** Random histories against the naive model: under every cache size, across reopenings, at every position. */
import { expect } from 'chai';
import { type FormatNumber, FORMATS, structureProblems, withoutFreePages } from '../support/any-format.js';
import { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectSameRowsAt } from '../support/model-check.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker, type HistoryOptions } from '../support/histories.js';
import { Random } from '../support/random.js';
import { randomSteps, runSteps, type Step } from '../support/steps.js';

const CACHE_PAGES = [32, 256, 16_384] as const;

/** Batches of the largest of these do not fit the smallest cache. */
const WIDE: HistoryOptions = { operationsMax: 30 };

for (const format of FORMATS) {
  describe(`a random history in format ${format}`, () => {
    for (const seed of [101, 102, 103]) {
      it(`gives what the model says under every cache size (seed ${seed})`, () => {
        const steps = randomSteps(seed, { format, steps: 150 });
        for (const cachePages of CACHE_PAGES) runSteps(new MemoryFiles(), steps, cachePages, format);
      });
    }

    for (const seed of [201, 202, 203]) {
      it(`with purges gives what the model says (seed ${seed})`, () => {
        const tables = [0n, 7n, 18446744073709551615n];
        runSteps(new MemoryFiles(), randomSteps(seed, { format, steps: 150, purges: true, tables }), 32, format);
      });
    }

    it('reads back at every single position, of a store that is larger than the cache (seed 301)', () => {
      const files = new MemoryFiles();
      const maker = new HistoryMaker(new Random(301), { format, operationsMax: 12 });
      usingStore(files, { create: true, cachePages: 32, format }, (store) => {
        for (let count = 0; count < 250; count += 1) store.apply(toWriteBatch(maker.next()));
        store.sync();
        for (let position = 0n; position <= maker.model.appliedPosition; position += 1n)
          expectSameRowsAt(store, maker.model, position);
      });
      expect(files.get(STORE_PATH).length).to.be.greaterThan(32 * 4096);
      expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
    });

    it('gives the same file byte for byte when it is applied again (seed 401)', () => {
      const steps = without('check', randomSteps(401, { format, steps: 120, purges: true }));
      expectSameBytes(format, steps, steps);
    });

    it('gives the same file byte for byte whether batches were refused in between or not (seed 402)', () => {
      const steps = without('check', randomSteps(402, { ...WIDE, format, steps: 120, purges: true }));
      expectSameBytes(format, steps, without('refuse', steps));
    });

    it('gives the same file byte for byte whether it was read in between or not (seed 402)', () => {
      const steps = randomSteps(402, { ...WIDE, format, steps: 120, purges: true });
      expectSameBytes(format, steps, without('check', steps));
    });

    it('gives the same file byte for byte under every cache size (seed 404)', () => {
      const steps = without('check', randomSteps(404, { ...WIDE, format, steps: 120, purges: true }));
      const [smallest, ...others] = CACHE_PAGES.map((cachePages) => bytesAfter(format, steps, cachePages));
      for (const bytes of others) expect(bytes.equals(smallest ?? Buffer.alloc(0))).to.equal(true);
    });
  });
}

/** Leaves out the steps of a kind, of which there are some. */
function without(kind: Step['kind'], steps: readonly Step[]): Step[] {
  const rest = steps.filter((step) => step.kind !== kind);
  expect(rest.length).to.be.lessThan(steps.length);
  return rest;
}

/** Two histories leave the same file behind, under the smallest and the largest cache. */
function expectSameBytes(format: FormatNumber, steps: readonly Step[], others: readonly Step[]): void {
  for (const cachePages of [32, 16_384]) {
    const bytes = bytesAfter(format, steps, cachePages);
    expect(bytesAfter(format, others, cachePages).equals(bytes), `${cachePages} pages`).to.equal(true);
  }
}

const bytesAfter = (format: FormatNumber, steps: readonly Step[], cachePages: number): Buffer =>
  withoutFreePages(runSteps(new MemoryFiles(), steps, cachePages, format));
