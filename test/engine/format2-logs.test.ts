/** Logs that were made for format 1, logs that the crate got wrong, and logs of real data, all in format 2. */
import { expect } from 'chai';
import { rowsInFile, structureProblems } from '../support/any-format.js';
import { crateBrokenStores, goldenStores, realLogs } from '../support/golden.js';
import { ownStores } from '../fixtures/stores.js';
import { parseLog } from '../support/log-lines.js';
import { replayed, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectSame, expectSameRowsAt } from '../support/model-check.js';
import { Model } from '../support/model.js';

const OPTIONS = [
  { linesPerSync: 1, cachePages: 32 },
  { linesPerSync: 7, cachePages: 256 },
  { linesPerSync: Infinity, cachePages: 16_384 },
] as const;

describe('a log replayed into format 2', () => {
  for (const { name, log } of [...goldenStores(), ...crateBrokenStores(), ...ownStores()]) {
    for (const { linesPerSync, cachePages } of OPTIONS) {
      it(`${name} gives the model's rows at every position (${cachePages} pages)`, () => {
        expectModelRows(log, linesPerSync, cachePages, 1n);
      });
    }
  }

  for (const { name, log } of realLogs()) {
    it(`${name} gives the model's rows at every tenth position`, () => {
      expectModelRows(log, 20, 64, 10n);
    }).timeout(60_000);
  }
});

function expectModelRows(log: readonly string[], linesPerSync: number, cachePages: number, step: bigint): void {
  const model = new Model(2);
  for (const batch of parseLog(log.join('\n'))) expect(model.apply(batch)).to.equal(undefined);
  const files = replayed(log, linesPerSync, cachePages, 2);
  const file = files.get(STORE_PATH);
  expect(structureProblems(file)).to.deep.equal([]);
  const due = model
    .tableIds()
    .flatMap((table) => model.rowsAt(table, model.appliedPosition).map((row) => ({ table, ...row })));
  expect(rowsInFile(file, model.appliedPosition)).to.deep.equal(
    due.map(({ table, key, value }) => ({ table, keyHex: key, valueHex: value })),
  );
  usingStore(files, { readOnly: true, cachePages: 64 }, (store) => {
    expectSame(store, model);
    for (let position = 0n; position <= model.appliedPosition; position += step) {
      expectSameRowsAt(store, model, position);
    }
  });
}
