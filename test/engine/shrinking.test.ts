/** Small random histories that shrink to the smallest one that fails. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { BTreeStore } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS, structureProblems } from '../support/any-format.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH } from '../support/memory-store.js';
import { expectSame, expectSameRowsAt } from '../support/model-check.js';
import { Model, type Operation } from '../support/model.js';
import { refusalOf } from '../support/store-errors.js';

const SEED = 20_240_501;

/** Few keys that sort in awkward ways, so that they meet. */
const key = fc.constantFrom('', 'a', 'a\0', 'aa', 'b', '\u00ff', 'm'.repeat(1024), `${'m'.repeat(1023)}n`, 'z');
/** Around what fits an entry of each format, with keys of 0, 1 and 1,024 bytes. */
const VALUE_BYTES: Readonly<Record<FormatNumber, readonly number[]>> = {
  1: [0, 1, 100, 700, 1300, 2000, 2996, 4019, 4020, 4021],
  2: [0, 1, 100, 700, 960, 961, 1300, 1983, 1984, 1985, 2996, 4050, 8200],
};
const table = fc.constantFrom(0n, 1n, 18446744073709551615n);

const put = (format: FormatNumber): fc.Arbitrary<Operation> =>
  fc
    .record({ table, key, valueBytes: fc.constantFrom(...VALUE_BYTES[format]) })
    .map(({ table: id, key: text, valueBytes: length }) => ({
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

const operations = (format: FormatNumber): fc.Arbitrary<Operation[]> =>
  fc.array(
    fc.oneof({ weight: 8, arbitrary: put(format) }, { weight: 3, arbitrary: remove }, { weight: 1, arbitrary: purge }),
    { maxLength: 6 },
  );

type Step =
  | { readonly kind: 'apply'; readonly batches: readonly (readonly Operation[])[] }
  | { readonly kind: 'sync' | 'reopen' };

/** One batch, some in a group, or what happens between batches. */
function step(format: FormatNumber): fc.Arbitrary<Step> {
  const batch = operations(format);
  const apply = (batches: readonly (readonly Operation[])[]): Step => ({ kind: 'apply', batches });
  return fc.oneof(
    { weight: 8, arbitrary: batch.map((only) => apply([only])) },
    { weight: 2, arbitrary: fc.array(batch, { minLength: 2, maxLength: 5 }).map(apply) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'sync' }, { kind: 'reopen' }) },
  );
}

for (const format of FORMATS) {
  describe(`any small history in format ${format}`, () => {
    it(`gives what the model says (fast-check, seed ${SEED})`, () => {
      fc.assert(
        fc.property(fc.array(step(format), { maxLength: 25 }), (steps) => {
          run(format, steps);
        }),
        { seed: SEED, numRuns: 400 },
      );
    }).timeout(30_000);
  });
}

function run(format: FormatNumber, steps: readonly Step[]): void {
  const files = new MemoryFiles();
  const model = new Model(format);
  let synced = new Model(format);
  let store = newStore(files, format);
  for (const each of steps) {
    if (each.kind === 'apply') {
      applyTo(store, model, each.batches);
    } else if (each.kind === 'sync') {
      store.sync();
      synced = model.clone();
      expect(structureProblems(files.get(STORE_PATH), { allowLeaks: format === 1 })).to.deep.equal([]);
    } else {
      store.close();
      store = openMemory(files, { create: true, cachePages: 32, format });
      model.assign(synced);
    }
  }
  expectSame(store, model);
  for (let position = 0n; position < model.appliedPosition; position += 1n) expectSameRowsAt(store, model, position);
  store.close();
}

function applyTo(store: BTreeStore, model: Model, group: readonly (readonly Operation[])[]): void {
  const batches = group.map((operations, index) => ({
    position: model.appliedPosition + 1n + BigInt(index),
    operations,
  }));
  const expected = model.apply(...batches);
  const refusal = refusalOf(() => store.applyAll(batches.map(toWriteBatch)), 'ENTRY_TOO_LARGE');
  expect(refusal?.code).to.equal(expected);
}
