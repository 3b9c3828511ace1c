/** What a salvage saves: all that is on sound pages, exactly once, and nothing else; with the log all there was. */
import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  beginSalvage,
  BTreeStore,
  Replayer,
  runSteps,
  salvage,
  type SalvageSummary,
  verify,
  WriteBatch,
} from '../../src/engine/index.js';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import { utf8 } from '../support/bytes.js';
import { expectCopyOf } from '../support/copies.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import { formatLine } from '../support/log-lines.js';
import { newStore2, putInto, range } from '../support/many-tables.js';
import { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, newStore, STORE_PATH } from '../support/memory-store.js';
import type { Model } from '../support/model.js';
import { Random } from '../support/random.js';
import { judge, runTrial, SAVED_PATH, storeToDamage, versionProblems } from '../support/salvage-trial.js';
import { expectRefused } from '../support/store-errors.js';
import { rootPages, storedVersions } from '../support/stored-versions.js';

const PAGE = 4096;
const DAMAGED = new URL('../../../shared/damaged/', import.meta.url);

interface Scene {
  readonly bytes: Buffer;
  readonly lines: readonly string[];
  readonly model: Model;
}

function sceneOf(seed: number, format: FormatNumber, purges = false): Scene {
  const files = new MemoryFiles();
  const maker = new HistoryMaker(new Random(seed), { format, purges });
  const store = newStore(files, format);
  const lines: string[] = [];
  for (let count = 0; count < 80; count += 1) {
    const batch = maker.next();
    lines.push(formatLine(batch));
    store.apply(toWriteBatch(batch));
  }
  store.sync();
  store.close();
  return { bytes: files.get(STORE_PATH), lines, model: maker.model };
}

/** Salvages with a log. */
function fill(files: MemoryFiles, lines: readonly string[]): SalvageSummary {
  const run = beginSalvage(STORE_PATH, SAVED_PATH, { files });
  try {
    runSteps(run.look());
    for (const line of lines) if (!runSteps(run.push(utf8(line)))) break;
    return runSteps(run.finish());
  } finally {
    run.close();
  }
}

/** Zeroes some pages, but not the superblock. */
function harmed(bytes: Buffer, random: Random, pages: number): Buffer {
  const damaged = Buffer.from(bytes);
  for (let left = pages; left > 0; left -= 1) {
    const page = random.between(2, bytes.length / PAGE - 1);
    damaged.fill(0, page * PAGE, (page + 1) * PAGE);
  }
  return damaged;
}

describe('salvage', () => {
  for (const format of FORMATS) {
    it(`saves what is on sound pages, and nothing else, in format ${format}`, () => {
      for (const seed of [4]) {
        const sound = storeToDamage(seed, format, 70);
        const random = new Random(1000 * seed);
        for (let trial = 0; trial < 8; trial += 1) {
          const { what, problems } = runTrial(sound, random);
          expect(problems, `seed ${seed}, trial ${trial}: ${what}`).to.deep.equal([]);
        }
      }
    });

    it(`of a sound store of format ${format} loses nothing, and keeps the hash`, () => {
      const { bytes, model } = sceneOf(11, format, format === 2);
      const files = memoryWith(bytes);
      const summary = salvage(STORE_PATH, SAVED_PATH, { files });
      expect(summary).to.deep.include({ lost: [], isMarked: false, isPositionKnown: true });
      expectCopyOf(memoryWith(files.get(SAVED_PATH)), model);
    });

    it(`with the log is what the store was at every position, in format ${format}`, () => {
      for (const seed of [21]) {
        const { bytes, lines, model } = sceneOf(seed, format, format === 2);
        const random = new Random(seed);
        const pages = [harmed(bytes, random, 5), Buffer.from(bytes)];
        pages[1]?.fill(0, 0, (format === 2 ? 2 : 1) * PAGE);
        for (const damaged of pages) {
          const files = memoryWith(damaged);
          expect(fill(files, lines)).to.deep.include({ lost: [], isMarked: false, isLogComplete: true });
          expectCopyOf(memoryWith(files.get(SAVED_PATH)), model);
        }
      }
    });

    it(`refuses another log, and takes what a part of the log has, in format ${format}`, () => {
      const { bytes, lines } = sceneOf(31, format);
      const files = memoryWith(harmed(bytes, new Random(31), 4));
      const without = salvage(STORE_PATH, SAVED_PATH, { files });
      const other = sceneOf(32, format).lines;
      expectRefused(() => fill(memoryWith(bytes), other), 'LOG_MISMATCH');
      const withPart = memoryWith(files.get(STORE_PATH));
      const summary = fill(withPart, lines.slice(0, 60));
      const versions = ({ tables }: SalvageSummary): number => tables.reduce((sum, table) => sum + table.versions, 0);
      expect(versions(summary)).to.be.greaterThan(versions(without));
      expect(summary).to.include({ isMarked: true, isLogComplete: false });
      const saved = withPart.get(SAVED_PATH);
      // What is known of a key only up to the end of the log reads as deleted from there on.
      const certain = storedVersions(saved).filter(({ deletedAt }) => deletedAt !== 61n);
      expect(versionProblems(storedVersions(bytes), [], certain, summary)).to.deep.equal([]);
    });
  }

  it('finds what is missing, and what should not be there', () => {
    const sound = storeToDamage(41, 2);
    const damaged = harmed(sound, new Random(41), 2);
    expect(judge(sound, damaged).problems).to.deep.equal([]);
    const before = storedVersions(sound);
    const files = memoryWith(harmed(damaged, new Random(42), 6));
    const summary = salvage(STORE_PATH, SAVED_PATH, { files });
    const [first, ...others] = storedVersions(files.get(SAVED_PATH));
    expect(versionProblems(before, before, others, summary).length).to.be.greaterThan(1);
    expect(versionProblems(before, [], [first!, first!], summary)).to.have.lengthOf(1);
    expect(versionProblems(before, [], [{ ...first!, deletedAt: 9999n }], summary)).to.have.lengthOf(1);
  });

  it('finds tables whose catalogue is lost by what their pages say', () => {
    const files = new MemoryFiles();
    const store = newStore2(files);
    putInto(store, range(1, 61));
    store.sync();
    store.close();
    const sound = files.get(STORE_PATH);
    for (let page = 0; page < sound.length / PAGE; page += 1) {
      const isCatalogue = page > 1 && sound[page * PAGE + 5]! >= 6;
      if (page > 1 && !isCatalogue) continue;
      const damaged = Buffer.from(sound).fill(0, page * PAGE, (page + 1) * PAGE);
      expect(judge(sound, damaged).problems, `page ${page}`).to.deep.equal([]);
    }
    const headless = Buffer.from(sound).fill(0, 0, 2 * PAGE);
    const { problems, summary } = judge(sound, headless);
    expect(problems).to.deep.equal([]);
    expect(summary).to.include({ isPositionKnown: false, mayHavePurged: true, isMarked: true });
  });

  it('does not bring back what was never committed', () => {
    const files = new MemoryFiles();
    const store = newStore(files, 2);
    const maker = new HistoryMaker(new Random(51), { format: 2, smallValues: true });
    const commit = (): void => {
      for (let count = 0; count < 30; count += 1) store.apply(toWriteBatch(maker.next()));
      store.sync();
    };
    commit();
    const sound = files.get(STORE_PATH);
    commit();
    store.close();
    // The pages of the second commit, with the superblocks of the first.
    const torn = Buffer.concat([sound.subarray(0, 2 * PAGE), files.get(STORE_PATH).subarray(2 * PAGE)]);
    const tornFiles = memoryWith(torn);
    const summary = salvage(STORE_PATH, SAVED_PATH, { files: tornFiles });
    expect(summary).to.include({ appliedPosition: 30n, isMarked: true });
    const saved = storedVersions(tornFiles.get(SAVED_PATH));
    expect(versionProblems(storedVersions(sound), [], saved, summary)).to.deep.equal([]);
    expect(Object.keys(verify(SAVED_PATH, { files: tornFiles }).codes)).to.deep.equal(['salvaged']);
  });

  for (const format of FORMATS) {
    it(`lets no replay go on behind a loss unknowingly, in format ${format}`, () => {
      const { bytes, lines } = sceneOf(61, format);
      const files = memoryWith(harmed(bytes, new Random(61), 4));
      expect(salvage(STORE_PATH, SAVED_PATH, { files }).isMarked).to.equal(true);
      const store = BTreeStore.open(SAVED_PATH, { files });
      // Format 1 has no room for the mark: there the unknown hash is all that tells.
      expect(store.isSalvaged).to.equal(format === 2);
      const replayer = new Replayer(store);
      for (const line of lines) replayer.push(utf8(line));
      replayer.finish();
      expect(replayer.notCompared).to.equal('hash-unknown');
      store.close();
      expect(BTreeStore.open(SAVED_PATH, { files, readOnly: true }).isSalvaged).to.equal(format === 2);
    });
  }

  it('does not take the place of the store, nor unasked that of another file', () => {
    const files = memoryWith(sceneOf(61, 2).bytes);
    salvage(STORE_PATH, SAVED_PATH, { files });
    expectRefused(() => salvage(STORE_PATH, STORE_PATH, { files, force: true }), 'OUTPUT_IS_INPUT');
    expectRefused(() => salvage(STORE_PATH, SAVED_PATH, { files }), 'OUTPUT_EXISTS');
  });

  it('finds a value whose leaf is lost, as of when it was put, and claims no more of it', () => {
    const files = new MemoryFiles();
    const store = newStore(files, 2);
    const long = (byte: number): Buffer => Buffer.alloc(9000, byte);
    store.apply(new WriteBatch(1n).put(1n, 'a', long(1)).put(1n, 'b', long(2)).put(1n, 'short', 'x').put(2n, 'c', 'y'));
    store.apply(new WriteBatch(2n).put(1n, 'a', long(3)));
    store.apply(new WriteBatch(3n).delete(1n, 'b'));
    store.apply(new WriteBatch(4n).put(1n, 'd', long(4)));
    store.sync();
    store.close();
    const sound = files.get(STORE_PATH);
    const [leaf = 0] = rootPages(sound);
    const damaged = Buffer.from(sound).fill(0, leaf * PAGE, (leaf + 1) * PAGE);
    const { problems, summary } = judge(sound, damaged);
    expect(problems).to.deep.equal([]);
    expect(summary).to.include({ valuesAlone: 4, isMarked: true });
    expect(summary?.lost).to.have.lengthOf(1);
    expect(summary?.lost[0]).to.include({ kind: 'rows', table: 1n });
    const saved = memoryWith(damaged);
    salvage(STORE_PATH, SAVED_PATH, { files: saved });
    const versions = storedVersions(saved.get(SAVED_PATH)).map(({ keyHex, createdAt, deletedAt, value }) => [
      Buffer.from(keyHex, 'hex').toString(),
      createdAt,
      deletedAt,
      value.length > 2 ? value.slice(0, 2) : value,
    ]);
    expect(versions).to.have.deep.members([
      ['a', 1n, 2n, '01'],
      ['a', 2n, 3n, '03'],
      ['b', 1n, 2n, '02'],
      ['c', 1n, null, '79'],
      // Nothing can have come after the applied position.
      ['d', 4n, null, '04'],
    ]);
  });

  it('gives rows whose table is not known tables of their own, or the one that is named', () => {
    const { bytes } = sceneOf(71, 1);
    const damaged = Buffer.from(bytes).fill(0, 0, PAGE);
    const files = memoryWith(damaged);
    const { tables } = salvage(STORE_PATH, SAVED_PATH, { files });
    expect(tables.map(({ isKnown }) => isKnown)).to.deep.equal([false, false, false]);
    const one = salvage(STORE_PATH, SAVED_PATH, { files, force: true, assumeTable: 7n, format: 2 });
    expect(one.tables.map(({ id }) => id)).to.deep.equal([7n]);
    expectRefused(
      () => salvage(STORE_PATH, '/memory/x', { files: memoryWith(sceneOf(72, 2).bytes), format: 1 }),
      'FORMAT_MISMATCH',
    );
  });
});

describe('salvage of the damaged stores', function () {
  if (!existsSync(DAMAGED)) return;
  const sound = readFileSync(new URL('BASE.kmb', DAMAGED));
  for (const name of readdirSync(DAMAGED).filter((file) => file.endsWith('.kmb'))) {
    it(`${name}: what is sound is saved`, () => {
      expect(judge(sound, readFileSync(new URL(name, DAMAGED))).problems).to.deep.equal([]);
    });
  }
});
