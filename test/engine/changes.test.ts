/** The log that a store gives again, against the model. */
import { expect } from 'chai';
import { runSteps, type WriteBatch } from '../../src/engine/index.js';
import { MergingIterator } from '../../src/engine/commit-group/merging-iterator.js';
import type { OperationIterator } from '../../src/engine/commit-group/operation-iterator.js';
import { SortedRuns } from '../../src/engine/commit-group/sorted-runs.js';
import { U64 } from '../../src/engine/bytes/u64.js';
import { newOperation } from '../../src/engine/log/operation.js';
import { FORMATS } from '../support/any-format.js';
import { hex } from '../support/bytes.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore } from '../support/memory-store.js';
import { expectRefused } from '../support/store-errors.js';
import { filesWith, historyOf, modelChanges, oldestOf, plainBatch, readStore } from '../support/timeline.js';

const POSITIONS = 60;

/** Batches that differ in nothing have equal texts; Chai compares at length what is equal. */
const textOf = (batches: Iterable<WriteBatch>): string[] => Array.from(batches, plainBatch);

describe('changes', () => {
  const { batches, model } = historyOf(701, POSITIONS, { tables: [0n, 7n, 2n ** 64n - 1n], smallValues: true });

  for (const format of FORMATS) {
    it(`give all batches after any position again, in format ${format} (seed 701)`, () => {
      const store = readStore(filesWith(batches, format));
      const all = modelChanges(model, 0n, BigInt(POSITIONS));
      for (let after = 0; after <= POSITIONS; after += 1) {
        for (const upTo of new Set([after, after + 1, (after + POSITIONS) >> 1, POSITIONS])) {
          if (upTo > POSITIONS) continue;
          const found = textOf(store.changes(BigInt(after), BigInt(upTo)));
          const due = all.slice(after, upTo);
          if (upTo === POSITIONS && upTo > after) due.push(`${due.pop()!} ${hex(model.appliedHash)}`);
          expect(found).to.deep.equal(due);
        }
      }
      store.close();
    });

    it(`of one table are its own, and have no hash, in format ${format}`, () => {
      const store = readStore(filesWith(batches, format));
      for (const table of [0n, 7n, 404n]) {
        const due = modelChanges(model, 13n, BigInt(POSITIONS), table);
        expect(textOf(store.changes(13n, undefined, { table }))).to.deep.equal(due);
      }
      store.close();
    });

    it(`are the same however little is sorted in memory, and leave no file open, in format ${format}`, () => {
      const files = filesWith(batches, format);
      const store = readStore(files);
      const open = files.openHandles;
      const due = textOf(store.changes());
      for (const partBytes of [1, 700, 5000]) {
        expect(textOf(store.changes(0n, undefined, { partBytes }))).to.deep.equal(due);
        expect(files.openHandles).to.equal(open);
      }
      const begun = store.changes(0n, undefined, { partBytes: 1 });
      begun.next();
      expect(files.openHandles).to.be.above(open);
      begun.return();
      expect(files.openHandles).to.equal(open);
      store.close();
    });
  }

  it('have no hash where it is not known', () => {
    const store = newStore(undefined, 1);
    store.apply(toWriteBatch({ ...batches[0]!, hash: Buffer.alloc(32) }));
    expect([...store.changes()].map(({ hash }) => hash)).to.deep.equal([undefined]);
    store.close();
  });

  it('are refused where a table has forgotten, and not of another one (seed 604)', () => {
    const purging = historyOf(604, 80, { format: 2, purges: true, tables: [1n, 2n, 3n], smallValues: true });
    const store = readStore(filesWith(purging.batches, 2));
    const oldest = oldestOf(purging.model);
    expect(oldest > 0n && oldest < 80n).to.equal(true);
    for (let after = 0n; after <= 80n; after += 1n) {
      if (after < oldest) expectRefused(() => [...store.changes(after)], 'POSITION_FORGOTTEN');
      for (const table of [1n, 2n, 3n]) {
        if (after < purging.model.oldest(table))
          expectRefused(() => [...store.changes(after, 80n, { table })], 'POSITION_FORGOTTEN');
        else
          expect(textOf(store.changes(after, 80n, { table }))).to.deep.equal(
            modelChanges(purging.model, after, 80n, table),
          );
      }
    }
    expectRefused(() => store.changes(81n), 'POSITION_BEYOND_APPLIED');
    expectRefused(() => store.changes(0n, 81n), 'POSITION_BEYOND_APPLIED');
    store.close();
  });
});

describe('sorted runs', () => {
  const byPosition = (a: OperationIterator, b: OperationIterator): number => a.at.compare(b.at);
  const source = (positions: readonly number[]): OperationIterator => {
    let index = -1;
    const view = new DataView(new ArrayBuffer(13));
    view.setUint8(0, 2);
    return {
      operation: { ...newOperation(), view, kind: 2, tableOffset: 1, keyStart: 13 },
      get at() {
        return new U64(0, positions[index]!);
      },
      next: () => ++index < positions.length,
    };
  };

  it('are merged into longer ones where there are many, and their files closed', () => {
    const files = new MemoryFiles();
    const runs = new SortedRuns(() => files.createTemporary(), byPosition, 3);
    for (let run = 0; run < 40; run += 1) runSteps(runs.add(source([run, run + 50, run + 100])));
    expect(files.openHandles).to.be.below(5);
    const merged = runs.merged(source([7, 200]));
    expect(merged).to.be.instanceOf(MergingIterator);
    const found: number[] = [];
    while (merged.next()) found.push(merged.at.lo);
    const due = Array.from({ length: 40 }, (_, run) => [run, run + 50, run + 100]).flat();
    expect(found).to.deep.equal([...due, 7, 200].sort((a, b) => a - b));
    runs.close();
    expect(files.openHandles).to.equal(0);
  });
});
