/** Tables of events by themselves, over a pager whose files are in memory: against a list of events for each key. */
import { expect } from 'chai';
import fc from 'fast-check';
import { EventTable, type KeyedEvent } from '../support/event-table.js';

const SEED = 9107;
const CACHES = [32, 1024];

/** Values around every limit of an entry, a run and a page. */
const length = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 120 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 1900 }) },
  { weight: 1, arbitrary: fc.constantFrom(1960, 1968, 1972, 1975, 1976, 1977, 1978, 1979) },
);
const key = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }).map((number) => Buffer.from(`k${number}`)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('a', 'ab', 'abc', '', 'a\0', 'a\0\0\0\0\0\0\0\u0001').map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.integer({ min: 900, max: 1024 }).map((size) => Buffer.alloc(size, 'x')) },
);
const change = fc.record({ key, length: fc.option(length, { freq: 5 }) });
const batch = fc.record({ changes: fc.array(change, { minLength: 1, maxLength: 30 }), isKept: fc.boolean() });

describe('a table of events', () => {
  for (const cachePages of CACHES) {
    it(`reads at every position what was written (${cachePages} pages, seed ${SEED})`, () => {
      fc.assert(
        fc.property(fc.array(batch, { minLength: 1, maxLength: 60 }), (batches) => {
          const table = new EventTable(cachePages);
          for (const { changes, isKept } of batches) {
            const events: KeyedEvent[] = changes.map(({ key: bytes, length: size }) => ({ key: bytes, length: size }));
            table.apply(events, isKept);
          }
          table.checkAll();
        }),
        { seed: SEED, numRuns: 60 },
      );
    });
  }

  it('keeps a key that is changed again and again in full history leaves', () => {
    const table = new EventTable(64);
    for (let update = 0; update < 5000; update++) table.apply([{ key: Buffer.from('hot'), length: 100 }], true);
    table.checkAll();
    expect(table.bytesPerEvent()).to.be.lessThan(1.15 * 128);
  });

  it('sweeps and splits while a few keys are changed far more often than others', () => {
    const table = new EventTable(256);
    let state = SEED;
    for (let round = 0; round < 150; round++) {
      const events: KeyedEvent[] = [];
      for (let index = 0; index < 40; index++) {
        state = (state * 1103515245 + 12345) % 2147483648;
        const rank = Math.floor(500 ** (state / 2147483648));
        events.push({ key: Buffer.from(`key-${String(rank).padStart(6, '0')}`), length: 100 });
      }
      table.apply(events, true);
    }
    table.checkAll();
  });
});
