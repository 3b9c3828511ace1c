/**
 * A store that is closed while work in steps is still under way, as a signal does between two slices: no file is lost,
 * none stays open.
 */
import { expect } from 'chai';
import { Replayer, runSteps, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS, structureProblems } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';

const ROWS = 900;

/** Puts on all keys: every leaf changes. */
function everywhere(position: bigint): WriteBatch {
  const batch = new WriteBatch(position);
  for (let row = 0; row < ROWS; row += 1) batch.put(1n, `row/${row}`, `${position}`.repeat(1000));
  return batch;
}

/**
 * How the store and what is beside it are after a sync that was given up by closing the store after this many steps.
 */
function closedAfter(steps: number, format: FormatNumber): { files: MemoryFiles; finished: boolean } {
  const files = new MemoryFiles();
  const store = newStore(files, format);
  store.apply(everywhere(1n));
  store.sync();
  store.apply(everywhere(2n));
  const sync = store.syncSteps();
  let finished = false;
  for (let count = 0; count < steps && !finished; count += 1) finished = sync.next().done === true;
  store.close();
  return { files, finished };
}

for (const format of FORMATS)
  describe(`a store of format ${format} that is closed in the middle of a sync`, () => {
    it('is as of one commit, whole, at any step', () => {
      const seen = new Set<string>();
      for (let steps = 0; ; steps += 1) {
        const { files, finished } = closedAfter(steps, format);
        expect(files.openHandles, `after ${steps} steps`).to.equal(0);
        const values = usingStore(files, { readOnly: true }, (store) => {
          const found = new Set(
            store.scan(1n, {}, 1e6).map(({ value }) => Buffer.from(value.subarray(0, 1)).toString()),
          );
          return [`${store.appliedPosition}`, ...found].join();
        });
        expect(values, `after ${steps} steps`).to.be.oneOf(['1,1', '2,2']);
        openMemory(files).close();
        expect(files.paths()).to.deep.equal([STORE_PATH]);
        expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
        seen.add(values);
        if (finished) break;
      }
      expect([...seen]).to.deep.equal(['1,1', '2,2']);
    });

    it('ends the steps that go on all the same, and makes no file for them', () => {
      for (let stop = 0; stop < 12; stop += 1) {
        for (const create of [true, false]) {
          const files = new MemoryFiles();
          const store = newStore(files, format);
          if (!create) {
            store.apply(everywhere(1n));
            store.sync();
          }
          const batch = everywhere(create ? 1n : 2n);
          const apply = store.applySteps([batch]);
          while (apply.next().done !== true);
          const sync = store.syncSteps();
          let done = false;
          for (let count = 0; count < stop && !done; count += 1) done = sync.next().done === true;
          store.close();
          if (done) continue;
          const left = files.paths();
          expectRefused(() => runSteps(sync), 'STORE_CLOSED');
          expect(files.paths()).to.deep.equal(left);
          expect(files.openHandles).to.equal(0);
        }
      }
    });
  });

describe('a replay that is given up', () => {
  it('leaves no file open once the store is closed', () => {
    const files = new MemoryFiles();
    const store = newStore(files);
    const replayer = new Replayer(store, { partBytes: 1 });
    for (const position of [1, 2, 3]) {
      const ops = ['z', 'a'].map((key) => ({ op: 'put', table: 1, key, value: 'v' }));
      replayer.push(utf8(JSON.stringify({ position, ops })));
    }
    store.close();
    expect(files.openHandles).to.equal(0);
  });
});
