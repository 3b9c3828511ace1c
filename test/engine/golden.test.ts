/** Stores that the crate wrote, and stores laid out as the engine never would: read, replayed, written on. */
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BTreeStore } from '../../src/engine/index.js';
import { ownStores } from '../fixtures/stores.js';
import { fromHex, hex } from '../support/bytes.js';
import { toWriteBatch, waysToReadAll } from '../support/engine-rows.js';
import { goldenStores, type StoreCase } from '../support/golden.js';
import { HistoryMaker } from '../support/histories.js';
import { memoryWith, openMemory, replayed, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectSame, expectSameRowsAt } from '../support/model-check.js';
import { Model } from '../support/model.js';
import { Random } from '../support/random.js';
import { readAllRows } from '../support/read-rows.js';
import { checkStructure, CRATE_FILES, OWN_FILES } from '../support/structure-check.js';
import { withTempDir } from '../support/temp-dir.js';

const stores = [...goldenStores(), ...ownStores()];

for (const store of stores) {
  describe(`the store ${store.name}`, () => {
    for (const [way, readAll] of Object.entries(waysToReadAll)) {
      it(`gives its rows by ${way}, now and at every given position`, () => {
        usingStore(memoryWith(store.bytes), { readOnly: true }, (opened) => {
          expect(opened.appliedPosition).to.equal(store.appliedPosition);
          expect(readAll(opened, undefined)).to.deep.equal(store.rowsAt.get(store.appliedPosition));
          for (const [position, rows] of store.rowsAt) expect(readAll(opened, position)).to.deep.equal(rows);
        });
      });
    }

    it('gives each key that it ever had, now and at every given position', () => {
      usingStore(memoryWith(store.bytes), { readOnly: true, cachePages: 32 }, (opened) => {
        expectKeys(opened, store);
      });
    });

    it('replays from its log to the same rows at each of those positions, in a sound file', () => {
      for (const [linesPerSync, cachePages] of [
        [1, 32],
        [7, 256],
        [Number.POSITIVE_INFINITY, 16_384],
      ] as const) {
        const files = replayed(store.log, linesPerSync, cachePages);
        const bytes = files.get(STORE_PATH);
        expect(checkStructure(bytes, OWN_FILES)).to.deep.equal([]);
        for (const [position, rows] of store.rowsAt) expect(readAllRows(bytes, position)).to.deep.equal(rows);
        usingStore(files, { readOnly: true }, (opened) => expectKeys(opened, store));
      }
    });

    it('takes more random batches and stays sound', () => {
      const model = modelOf(store);
      const maker = new HistoryMaker(
        new Random(store.bytes.length),
        { tables: tableIds(store), smallValues: true },
        model,
      );
      const files = memoryWith(store.bytes);
      for (let round = 0; round < 3; round += 1) {
        usingStore(files, { cachePages: 32 }, (opened) => {
          for (let batch = 0; batch < 20; batch += 1) opened.apply(toWriteBatch(maker.next()));
          opened.sync();
          expectSame(opened, model);
        });
        expect(checkStructure(files.get(STORE_PATH), CRATE_FILES)).to.deep.equal([]);
      }
      usingStore(files, { readOnly: true }, (opened) => {
        for (const position of store.rowsAt.keys()) expectSameRowsAt(opened, model, position);
      });
    });
  });
}

describe('reading', () => {
  it('changes no byte and no modification time, and leaves nothing beside the store', () => {
    withTempDir((directory) => {
      for (const { name, bytes } of stores) {
        const path = join(directory, `${name}.kmb`);
        writeFileSync(path, bytes);
        const before = statSync(path, { bigint: true });
        const opened = BTreeStore.open(path, { readOnly: true });
        for (const readAll of Object.values(waysToReadAll)) readAll(opened, undefined);
        opened.close();
        expect(statSync(path, { bigint: true }).mtimeNs).to.equal(before.mtimeNs);
        expect(readFileSync(path).equals(bytes)).to.equal(true);
      }
      expect(readdirSync(directory).sort()).to.deep.equal(stores.map(({ name }) => `${name}.kmb`).sort());
    });
  });

  it('works on a store that is open for writing without changing it', () => {
    for (const { bytes } of stores) {
      const files = memoryWith(bytes);
      usingStore(files, {}, (opened) => waysToReadAll['scan']?.(opened, undefined));
      expect(files.get(STORE_PATH).equals(bytes)).to.equal(true);
    }
  });

  it('keeps the unknown hash of a store of the crate unknown', () => {
    for (const { bytes, appliedPosition } of goldenStores().filter(({ appliedPosition: applied }) => applied > 0n)) {
      const opened = openMemory(memoryWith(bytes));
      opened.apply(toWriteBatch({ position: appliedPosition + 1n, operations: [] }));
      expect(hex(opened.appliedHash)).to.equal('00'.repeat(32));
      opened.close();
    }
  });
});

/** The model after the store's log; a store of the crate does not know its hash. */
function modelOf({ batches, name }: StoreCase): Model {
  const model = new Model();
  for (const batch of batches) model.apply(batch);
  if (!name.startsWith('own-') && batches.length > 0) model.appliedHash = Buffer.alloc(32);
  return model;
}

const tableIds = ({ rowsAt }: StoreCase): bigint[] => {
  const ids = new Set([...rowsAt.values()].flat().map(({ table }) => table));
  return ids.size === 0 ? [1n] : [...ids].slice(0, 3);
};

/** Each key of the log at each given position: the expected value, or nothing. */
function expectKeys(opened: BTreeStore, { batches, rowsAt, appliedPosition }: StoreCase): void {
  const keys = new Map<string, { table: bigint; key: Uint8Array }>();
  for (const operation of batches.flatMap(({ operations }) => operations)) {
    if (operation.kind !== 'purge') keys.set(`${operation.table}/${hex(operation.key)}`, operation);
  }
  for (const [position, rows] of rowsAt) {
    const values = new Map(rows.map(({ table, keyHex, valueHex }) => [`${table}/${keyHex}`, valueHex]));
    for (const [name, { table, key }] of keys) {
      const value = opened.getAt(table, key, position);
      expect(value && hex(value), `${name} at ${position}`).to.equal(values.get(name));
      if (position !== appliedPosition) continue;
      const current = opened.get(table, key);
      expect(current && hex(current), `${name} now`).to.equal(values.get(name));
    }
  }
  expect(opened.get(1n, fromHex('6e6f2073756368206b6579'))).to.equal(undefined);
}
