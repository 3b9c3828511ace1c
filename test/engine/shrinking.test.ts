/** Small random histories that shrink to the smallest one that fails. */
import { expect } from 'chai';
import fc from 'fast-check';
import { toWriteBatch } from '../support/engine-rows.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectSame, expectSameRowsAt } from '../support/model-check.js';
import { Model, type Operation } from '../support/model.js';
import { refusalOf } from '../support/store-errors.js';
import { checkStructure, OWN_FILES } from '../support/structure-check.js';

const SEED = 20_240_501;

/** Few keys that sort in awkward ways, so that they meet. */
const key = fc.constantFrom('', 'a', 'a\0', 'aa', 'b', '\u00ff', 'm'.repeat(1024), `${'m'.repeat(1023)}n`, 'z');
const valueBytes = fc.constantFrom(0, 1, 100, 700, 1300, 2000, 2996, 4019, 4020, 4021);
const table = fc.constantFrom(0n, 1n, 18446744073709551615n);

const put = fc.record({ table, key, valueBytes }).map(({ table: id, key: text, valueBytes: length }): Operation => ({
  kind: 'put',
  table: id,
  key: Buffer.from(text, 'latin1'),
  value: Buffer.alloc(length, text === '' ? 'v' : text, 'latin1'),
}));
const remove = fc.record({ table, key }).map(({ table: id, key: text }): Operation => ({
  kind: 'delete',
  table: id,
  key: Buffer.from(text, 'latin1'),
}));
const purge = table.map((id): Operation => ({ kind: 'purge', table: id }));
const operations = fc.array(
  fc.oneof({ weight: 8, arbitrary: put }, { weight: 3, arbitrary: remove }, { weight: 1, arbitrary: purge }),
  {
    maxLength: 6,
  },
);
const step = fc.oneof(
  { weight: 8, arbitrary: operations.map((batch) => ({ kind: 'apply' as const, batch })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'sync' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

describe('any small history', () => {
  it(`gives what the model says (fast-check, seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const files = new MemoryFiles();
        const model = new Model();
        let synced = new Model();
        let store = openMemory(files, { create: true, cachePages: 32 });
        for (const each of steps) {
          if (each.kind === 'apply') {
            const batch = { position: model.appliedPosition + 1n, operations: each.batch };
            const expected = model.apply(batch);
            const refusal = refusalOf(() => store.apply(toWriteBatch(batch)), 'ENTRY_TOO_LARGE');
            expect(refusal?.code).to.equal(expected);
          } else if (each.kind === 'sync') {
            store.sync();
            synced = model.clone();
            expect(checkStructure(files.get(STORE_PATH), { ...OWN_FILES, allowLeaks: true })).to.deep.equal([]);
          } else {
            store.close();
            store = openMemory(files, { create: true, cachePages: 32 });
            model.assign(synced);
          }
        }
        expectSame(store, model);
        for (let position = 0n; position < model.appliedPosition; position += 1n)
          expectSameRowsAt(store, model, position);
        store.close();
      }),
      { seed: SEED, numRuns: 800 },
    );
  });
});
