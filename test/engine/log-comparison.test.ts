/** A store held against a log: equal, and where they part when one thing in the log is another. */
import { expect } from 'chai';
import type { BTreeStore, LogComparisonOptions, LogReport } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { compareBigint, compareText, hex, utf8 } from '../support/bytes.js';
import { crateBrokenStores, goldenStores } from '../support/golden.js';
import { formatLine } from '../support/log-lines.js';
import { memoryWith } from '../support/memory-store.js';
import { type Batch, Model, type Operation } from '../support/model.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';
import { filesWith, historyOf, readStore } from '../support/timeline.js';

function compare(store: BTreeStore, lines: readonly string[], options: LogComparisonOptions = {}): LogReport {
  const comparison = store.verifyLog(options);
  for (const line of lines) if (!comparison.push(utf8(line))) break;
  return comparison.finish();
}

const linesOf = (batches: readonly Batch[]): string[] => batches.map(formatLine);

interface Place {
  readonly position: bigint;
  readonly table: bigint;
  readonly key: string;
}

/** What happened to each key: position → value, or that it was deleted. */
function eventsOf(model: Model, table: bigint, key: string): Map<bigint, string> {
  const events = new Map<bigint, string>();
  for (const { createdAt, deletedAt, value } of model.history(table, key)) {
    events.set(createdAt, value);
    if (deletedAt !== null && !events.has(deletedAt)) events.set(deletedAt, 'deleted');
  }
  return events;
}

/** The first position, table and key whose events are not the same in two models. */
function firstDifference(a: Model, b: Model): Place | undefined {
  const places: Place[] = [];
  for (const table of new Set([...a.tableIds(), ...b.tableIds()])) {
    for (const key of new Set([...a.keys(table), ...b.keys(table)])) {
      const [one, other] = [eventsOf(a, table, key), eventsOf(b, table, key)];
      for (const position of new Set([...one.keys(), ...other.keys()]))
        if (one.get(position) !== other.get(position)) places.push({ position, table, key });
    }
  }
  const order = (x: Place, y: Place): number =>
    compareBigint(x.position, y.position) || compareBigint(x.table, y.table) || compareText(x.key, y.key);
  return places.sort(order)[0];
}

function modelOf(batches: readonly Batch[]): Model {
  const model = new Model(2);
  for (const batch of batches) expect(model.apply(batch)).to.equal(undefined);
  return model;
}

type Change = (batches: Batch[], random: Random, at: number) => void;

const changed = (batch: Batch, index: number, ...operations: readonly Operation[]): Batch => ({
  ...batch,
  operations: batch.operations.toSpliced(index, 1, ...operations),
});

/** One thing in one operation of a batch is another. */
const ofOperation =
  (change: (operation: Operation, random: Random) => readonly Operation[]): Change =>
  (batches, random, at) => {
    const batch = batches[at]!;
    if (batch.operations.length === 0) return;
    const index = random.below(batch.operations.length);
    batches[at] = changed(batch, index, ...change(batch.operations[index]!, random));
  };

const CHANGES: Readonly<Record<string, Change>> = {
  'a value': ofOperation((operation) => [
    operation.kind === 'put' ? { ...operation, value: utf8('another') } : operation,
  ]),
  'a key': ofOperation((operation) => [
    operation.kind === 'purge' ? operation : { ...operation, key: utf8('key/0001x') },
  ]),
  'a table': ofOperation((operation) => [{ ...operation, table: 5n }]),
  'an operation more': ofOperation((operation, random) => [
    operation,
    { kind: 'put', table: 1n, key: utf8(`key/${random.below(300)}`), value: utf8('more') },
  ]),
  'a delete of nothing more': ofOperation((operation) => [
    operation,
    { kind: 'delete', table: 1n, key: utf8('nobody') },
  ]),
  'an operation less': ofOperation(() => []),
  'two batches exchanged': (batches, _random, at) => {
    const [one, other] = [batches[at]!, batches[at + 1]!];
    batches.splice(at, 2, { ...one, operations: other.operations }, { ...other, operations: one.operations });
  },
  'a batch cut': (batches, _random, at) => {
    const operations = batches.map((batch) => batch.operations).toSpliced(at, 1);
    batches.splice(
      0,
      batches.length,
      ...batches.map((batch, index) => ({ ...batch, operations: operations[index] ?? [] })),
    );
  },
};

describe('a comparison with a log', () => {
  const { batches, model } = historyOf(901, 50, { tables: [1n, 7n], smallValues: true, operationsMax: 8 });

  for (const format of FORMATS) {
    const store = readStore(filesWith(batches, format));
    after(() => store.close());

    it(`of the log that made the store is equal, up to any position, in format ${format}`, () => {
      const lines = linesOf(batches);
      const due = { equal: true, comparedTo: 50n, chain: 'equal', difference: null };
      expect(compare(store, lines)).to.deep.equal(due);
      expect(compare(store, [...lines, '', '{"position":51,"ops":[]}'])).to.deep.equal(due);
      for (const partBytes of [1, 3000]) expect(compare(store, lines, { partBytes })).to.deep.equal(due);
      for (const to of [0n, 1n, 23n, 49n])
        expect(compare(store, lines, { to })).to.deep.equal({
          ...due,
          comparedTo: to,
          chain: to === 0n ? 'unknown' : 'unknown',
        });
    });

    it(`of a log that ends early is not known, unless that much is asked for, in format ${format}`, () => {
      const lines = linesOf(batches);
      const due = { equal: null, reason: 'log-ends', chain: 'unknown', difference: null };
      expect(compare(store, [])).to.deep.equal({ ...due, comparedTo: 0n });
      expect(compare(store, lines.slice(0, 30))).to.deep.equal({ ...due, comparedTo: 30n });
      expect(compare(store, lines.slice(0, 30), { to: 40n })).to.deep.equal({ ...due, comparedTo: 30n });
      expect(compare(store, lines.slice(0, 30), { to: 30n })).to.include({ equal: true, comparedTo: 30n });
      expectRefused(() => store.verifyLog({ to: 51n }), 'POSITION_BEYOND_APPLIED');
    });

    it(`finds where the log is another one, in format ${format} (seed 902)`, () => {
      const random = new Random(902);
      let unseen = 0;
      for (const [name, change] of Object.entries(CHANGES)) {
        for (let round = 0; round < 15; round += 1) {
          const log = [...batches];
          change(log, random, random.below(batches.length - 1));
          const changedModel = modelOf(log);
          const due = firstDifference(model, changedModel);
          const report = compare(store, linesOf(log), { partBytes: random.pick([1, 20_000_000]) });
          const isSame = linesOf(log).join() === linesOf(batches).join();
          expect(report.chain, name).to.equal(isSame ? 'equal' : 'different');
          expect(report.equal, name).to.equal(isSame);
          if (due === undefined) {
            unseen += 1;
            const nowhere = { position: 50n, table: null, key: null, store: null, log: null };
            expect(report.difference).to.deep.equal(isSame ? null : nowhere);
            continue;
          }
          const { position, table, key, store: held, log: said } = report.difference!;
          expect({ position, table, key: key && hex(key) }, name).to.deep.equal(due);
          expect(held && hex(held)).to.equal(model.versionAt(due.table, due.key, due.position)?.value ?? null);
          expect(said && hex(said)).to.equal(changedModel.versionAt(due.table, due.key, due.position)?.value ?? null);
        }
      }
      expect(unseen).to.be.above(5);
    });

    it(`of a store with purges is equal, and sees one more or one less, in format ${format} (seed 604)`, () => {
      const purging = historyOf(604, 80, { format, purges: true, tables: [1n, 2n, 3n], smallValues: true });
      const purged = readStore(filesWith(purging.batches, format));
      expect(compare(purged, linesOf(purging.batches))).to.include({ equal: true, chain: 'equal' });
      const at = 78;
      const more = purging.batches.with(at, { ...purging.batches[at]!, operations: [{ kind: 'purge', table: 1n }] });
      expect(compare(purged, linesOf(more))).to.include({ equal: false, chain: 'different' });
      const isPurge = ({ kind }: Operation): boolean => kind === 'purge';
      const last = purging.batches.findLastIndex(({ operations }) => operations.some(isPurge));
      const batch = purging.batches[last]!;
      const less = purging.batches.with(last, {
        ...batch,
        operations: batch.operations.filter((one) => !isPurge(one)),
      });
      expect(compare(purged, linesOf(less))).to.include({ equal: false, chain: 'different' });
      purged.close();
    });

    it(`refuses a log that cannot be one, in format ${format}`, () => {
      const lines = linesOf(batches);
      const gap = expectRefused(() => compare(store, [lines[0]!, lines[2]!]), 'LOG_GAP');
      expect(gap.facts).to.include({ line: 2, position: 3n });
      expect(expectRefused(() => compare(store, lines.slice(4)), 'LOG_GAP').message).to.contain('from position 1 on');
      expect(expectRefused(() => compare(store, [lines[0]!, '{']), 'INVALID_LOG_LINE').facts).to.include({ line: 2 });
    });
  }

  for (const format of FORMATS) {
    it(`of a store that does not know its hash is one of the content alone, in format ${format} (seed 903)`, () => {
      // As the crate leaves it: no batch tells a hash, and none is kept.
      const unknown = batches.map((batch, index) => (index === 0 ? { ...batch, hash: Buffer.alloc(32) } : batch));
      const store = readStore(filesWith(unknown, format));
      const lines = linesOf(batches);
      expect(compare(store, lines)).to.deep.equal({ equal: true, comparedTo: 50n, chain: 'unknown', difference: null });
      expect(compare(store, lines.slice(0, 20))).to.include({ equal: null, reason: 'log-ends', chain: 'unknown' });
      const random = new Random(903);
      for (const [name, change] of Object.entries(CHANGES)) {
        const log = [...batches];
        change(log, random, random.below(batches.length - 1));
        const due = firstDifference(model, modelOf(log));
        const { equal, chain, difference } = compare(store, linesOf(log));
        expect({ equal, chain }, name).to.deep.equal({ equal: due === undefined, chain: 'unknown' });
        const found = difference?.key && { ...difference, key: hex(difference.key) };
        if (due !== undefined) expect(found, name).to.include(due);
      }
      store.close();
    });
  }

  for (const { name, bytes, log } of goldenStores()) {
    it(`of ${name} of the crate with its log is equal, by its content`, () => {
      const store = readStore(memoryWith(bytes));
      const chain = store.appliedPosition === 0n ? 'equal' : 'unknown';
      expect(compare(store, log)).to.deep.include({ equal: true, comparedTo: store.appliedPosition, chain });
      store.close();
    });
  }

  for (const { name, bytes, log } of crateBrokenStores()) {
    it(`of ${name}, which the crate wrote wrongly, is refused: it is damaged`, () => {
      const store = readStore(memoryWith(bytes));
      expectRefused(() => compare(store, log), 'PAGE_CORRUPTED', 'TREE_CORRUPTED');
      store.close();
    });
  }
});
