/**
 * A crash between any two operations of a commit: the store is as of one commit, and never older than the last that
 * returned.
 */
import { expect } from 'chai';
import { type BTreeStore, type FileSystem, BTreeStore as Store, WriteBatch } from '../../src/engine/index.js';
import { type FormatNumber, FORMATS, structureProblems } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { plainRow, toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { MemoryFiles } from '../support/memory-files.js';
import { newStore, STORE_PATH } from '../support/memory-store.js';
import type { Batch, Model, Operation } from '../support/model.js';
import { Random } from '../support/random.js';
import { RecordedFiles, type Survival } from '../support/recorded-files.js';

const survivalsAt = (count: number): Survival[] => ['all', 'nothing', { seed: 2 * count }, { seed: 2 * count + 1 }];

const openAt = (files: FileSystem, readOnly: boolean): BTreeStore =>
  Store.open(STORE_PATH, { files, readOnly, cachePages: 32 });

/** All that a store says, as far as a commit could get it wrong. */
function contentsOf(store: BTreeStore): string {
  const rows = store
    .tables()
    .map(({ id }) => [`${id}`, ...store.scan(id, {}, 1e6).map((row) => showRow(plainRow(row)))]);
  return JSON.stringify([`${store.appliedPosition}`, rows]);
}

function contentsOfModel(model: Model): string {
  const rows = model
    .tableIds()
    .map((table) => [`${table}`, ...model.rowsAt(table, model.appliedPosition).map(showRow)]);
  return JSON.stringify([`${model.appliedPosition}`, rows]);
}

const showRow = (row: { key: string; value: string; createdAt: bigint }): string =>
  `${row.key} ${row.value} ${row.createdAt}`;

function using<T>(store: BTreeStore, work: (store: BTreeStore) => T): T {
  try {
    return work(store);
  } finally {
    store.close();
  }
}

/** Puts on many keys, so that more pages change than the smallest cache holds. */
function broad(model: Model, random: Random): Batch {
  const operations = Array.from({ length: 60 }, (): Operation => ({
    kind: 'put',
    table: 1n,
    key: utf8(`broad/${random.below(120)}`),
    value: random.bytes(random.between(300, 900)),
  }));
  return { position: model.appliedPosition + 1n, operations };
}

interface Scene {
  readonly before: MemoryFiles;
  /** What the store may say after a crash: as of each commit, the first one done before. */
  readonly contents: readonly string[];
  readonly files: RecordedFiles;
  /** How many events there were when each commit returned. */
  readonly ends: readonly number[];
}

/** Three commits on a store that exists, of which the first two are put in place together, and the last at the end. */
function threeCommits(seed: number, format: FormatNumber): Scene {
  const random = new Random(seed);
  const maker = new HistoryMaker(random, { tables: [1n, 2n], operationsMax: 6, smallValues: true, format });
  const before = new MemoryFiles();
  using(newStore(before, format), (store) => {
    for (let count = 0; count < 8; count += 1) store.apply(toWriteBatch(maker.next()));
    take(store, maker.model, broad(maker.model, random));
    store.sync();
  });
  const contents = [contentsOfModel(maker.model)];
  const files = new RecordedFiles(before);
  const ends = [0];
  using(openAt(files, false), (store) => {
    for (let commit = 0; commit < 3; commit += 1) {
      take(store, maker.model, broad(maker.model, random));
      store.apply(toWriteBatch(maker.next()));
      if (commit === 1) store.checkpoint();
      else store.sync();
      contents.push(contentsOfModel(maker.model));
      ends.push(files.events.length);
    }
  });
  return { before, contents, files, ends };
}

function take(store: BTreeStore, model: Model, batch: Batch): void {
  expect(model.apply(batch)).to.equal(undefined);
  store.apply(toWriteBatch(batch));
}

/** What a reader sees over a crashed store, and that it changes nothing. */
function readOver(files: MemoryFiles): string {
  const bytes = files.paths().map((path) => [path, files.get(path).toString('latin1')]);
  const contents = using(openAt(files, true), contentsOf);
  expect(files.paths().map((path) => [path, files.get(path).toString('latin1')])).to.deep.equal(bytes);
  return contents;
}

/** A writer makes one file of it again, and whole. */
function recover(files: MemoryFiles): string {
  const contents = using(openAt(files, false), contentsOf);
  expect(files.paths()).to.deep.equal([STORE_PATH]);
  expect(structureProblems(files.get(STORE_PATH))).to.deep.equal([]);
  return contents;
}

const atEvent = (count: number, survival: Survival): string => `event ${count}, ${JSON.stringify(survival)} survives`;

for (const format of FORMATS) {
  describe(`a crash during commits of format ${format}`, () => {
    for (const seed of [701]) {
      it(`at any moment leaves the store as of one of them (seed ${seed})`, () => {
        const { contents, files, ends } = threeCommits(seed, format);
        const seen = new Set<string>();
        for (let count = 0; count <= files.events.length; count += 1) {
          const least = ends.findLastIndex((end) => end <= count);
          for (const survival of survivalsAt(count)) {
            const crashed = files.crashed(count, survival);
            const found = readOver(crashed);
            expect(contents.indexOf(found), atEvent(count, survival)).to.be.within(least, least + 1);
            expect(recover(crashed) === found, `${atEvent(count, survival)}: reader and writer agree`).to.equal(true);
            seen.add(`${least} ${contents.indexOf(found)}`);
          }
        }
        expect([...seen].sort()).to.deep.equal(['0 0', '0 1', '1 1', '1 2', '2 2', '2 3', '3 3']);
      });
    }

    it('and another one during the recovery is recovered from as well (seed 703)', () => {
      const { files, ends } = threeCommits(703, format);
      let played = 0;
      for (let count = 1; count < (ends[1] ?? 0); count += 2) {
        const crashed = files.crashed(count, { seed: count });
        const expected = readOver(crashed);
        const recovery = new RecordedFiles(crashed);
        using(openAt(recovery, false), ({ recovery: { journal } }) => {
          if (journal === 'played') played += 1;
        });
        for (let second = 0; second <= recovery.events.length; second += 1) {
          for (const survival of survivalsAt(second)) {
            const again = recovery.crashed(second, survival);
            const label = `${atEvent(count, { seed: count })}, then ${atEvent(second, survival)}`;
            expect(readOver(again) === expected, label).to.equal(true);
            expect(recover(again) === expected, label).to.equal(true);
          }
        }
      }
      expect(played).to.be.greaterThan(0);
    });

    it('of the machine while a commit is recovered whose writer was only killed (seed 705)', () => {
      const random = new Random(705);
      const { before } = threeCommits(705, format);
      const model = using(openAt(before, true), contentsOf);
      const batch = new WriteBatch(BigInt((JSON.parse(model) as [string])[0]) + 1n);
      for (let row = 0; row < 120; row += 1) batch.put(1n, utf8(`broad/${row}`), random.bytes(300));
      const seen = new Set<string>();
      for (let kill = 0; ; kill += 1) {
        const files = new RecordedFiles(before);
        const killed = openAt(files, false);
        killed.apply(batch);
        files.killAt = files.events.length + kill;
        try {
          killed.sync();
          break;
        } catch (error) {
          expect((error as Error).message).to.equal('killed');
        }
        files.killAt = Infinity;
        const start = files.events.length;
        const expected = using(openAt(files, true), contentsOf);
        using(openAt(files, false), ({ recovery: { journal } }) => seen.add(journal));
        for (let count = start; count <= files.events.length; count += 1) {
          for (const survival of survivalsAt(count)) {
            const crashed = files.crashed(count, survival);
            const found = readOver(crashed);
            // What was never synced may be lost, as long as it is all of it.
            const label = `killed at ${kill}, ${atEvent(count, survival)}`;
            expect(found === expected || (found === model && count < files.events.length), label).to.equal(true);
            expect(recover(crashed) === found, label).to.equal(true);
          }
        }
      }
      expect([...seen].sort()).to.deep.equal(['dropped', 'none', 'played']);
    });

    it('of a new store leaves the whole store or none (seed 704)', () => {
      const maker = new HistoryMaker(new Random(704), { operationsMax: 20, format });
      const files = new RecordedFiles(new MemoryFiles());
      using(Store.open(STORE_PATH, { files, create: true, cachePages: 32, format }), (store) => {
        for (let count = 0; count < 18; count += 1) store.apply(toWriteBatch(maker.next()));
        store.sync();
      });
      const expected = contentsOfModel(maker.model);
      let made = 0;
      for (let count = 0; count <= files.events.length; count += 1) {
        for (const survival of survivalsAt(count)) {
          const crashed = files.crashed(count, survival);
          if (!crashed.paths().includes(STORE_PATH)) continue;
          made += 1;
          expect(using(openAt(crashed, true), contentsOf) === expected, atEvent(count, survival)).to.equal(true);
          expect(using(openAt(crashed, false), contentsOf) === expected, atEvent(count, survival)).to.equal(true);
        }
      }
      expect(made).to.be.greaterThan(0);
      expect(files.crashed(files.events.length, 'nothing').paths()).to.deep.equal([STORE_PATH]);
    });

    it('is one that the same test sees through when the journal is not synced (seed 701)', () => {
      const { contents, files, ends } = threeCommits(701, format);
      const unsafe = files.events.filter((event) => event.kind !== 'syncDirectory');
      files.events.splice(0, files.events.length, ...unsafe);
      const seen = new Set<number>();
      for (let count = 0; count < files.events.length; count += 1) {
        for (const survival of survivalsAt(count)) {
          const crashed = files.crashed(count, survival);
          try {
            seen.add(contents.indexOf(readOver(crashed)));
          } catch {
            seen.add(-1);
          }
        }
      }
      expect(ends.length).to.equal(4);
      expect(seen.has(-1), 'half a commit').to.equal(true);
    });
  });
}
