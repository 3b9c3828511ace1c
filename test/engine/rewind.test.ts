/** A store as it was at a position: against the model, and forward again with what the store itself knows. */
import { expect } from 'chai';
import { BTreeStore, compact, rewind, rewindSteps, runSteps, upgrade, WriteBatch } from '../../src/engine/index.js';
import { FORMATS, type FormatNumber } from '../support/any-format.js';
import { hex } from '../support/bytes.js';
import { COPY_PATH, expectCopyOf, expectSound } from '../support/copies.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { type Batch, Model } from '../support/model.js';
import { Random } from '../support/random.js';
import { RecordedFiles } from '../support/recorded-files.js';
import { expectRefused } from '../support/store-errors.js';
import { filesWith, historyOf, modelHash, oldestOf, readStore } from '../support/timeline.js';

const POSITIONS = 60;
const ZERO_HASH = '00'.repeat(32);

/** The model as it was at a position, where the hash of the log is not known. */
function modelAt(batches: readonly Batch[], position: number, format: FormatNumber): Model {
  const model = new Model(format);
  for (const batch of batches.slice(0, position)) {
    const isLast = batch.position === BigInt(position) && position < batches.length;
    expect(model.apply(isLast ? { ...batch, hash: Buffer.alloc(32) } : batch)).to.equal(undefined);
  }
  return model;
}

const openCopy = (files: MemoryFiles): BTreeStore => BTreeStore.open(COPY_PATH, { files, readOnly: true });

/** The files of a store that is as another was at a position. */
function rewound(files: MemoryFiles, position: bigint): MemoryFiles {
  rewind(STORE_PATH, position, COPY_PATH, { files, cachePages: 32, force: true });
  const copy = new MemoryFiles();
  copy.set(STORE_PATH, files.get(COPY_PATH));
  return copy;
}

/** Applies what `changes` gives, and looks at some of the positions on the way. */
function goForward(source: BTreeStore, copy: BTreeStore, hashes: readonly string[], random: Random): void {
  const upTo = BigInt(random.between(Number(copy.appliedPosition), POSITIONS));
  for (const part of [upTo, undefined]) {
    for (const batch of source.changes(copy.appliedPosition, part)) {
      copy.apply(batch);
      if (random.chance(0.1)) expect(hex(copy.contentHash().hash)).to.equal(hashes[Number(batch.position)]);
    }
  }
  expect(hex(copy.contentHash().hash)).to.equal(hashes[POSITIONS]);
  expect(copy.appliedHash).to.deep.equal(source.appliedHash);
}

describe('a store that is rewound', () => {
  for (const format of FORMATS) {
    it(`to any of ${POSITIONS} positions is what it was, and goes on to what it is, in format ${format} (seed 1001)`, () => {
      const options = { format, tables: [0n, 7n], smallValues: true, operationsMax: 8 };
      const { batches, model } = historyOf(1001, POSITIONS, options);
      const hashes = Array.from({ length: POSITIONS + 1 }, (_, at) => modelHash(model, BigInt(at)));
      const files = filesWith(batches, format);
      const before = files.get(STORE_PATH);
      const random = new Random(1001);
      const source = readStore(files);
      for (let position = 0; position <= POSITIONS; position += format === 1 ? 4 : 1) {
        const copied = rewound(files, BigInt(position));
        if (position % 12 === 0) expectCopyOf(copied, modelAt(batches, position, format), position);
        const copy = openMemory(copied, { cachePages: 64 });
        expect(copy.appliedPosition).to.equal(BigInt(position));
        expect(copy.format).to.equal(format);
        expect(hex(copy.appliedHash)).to.equal(position === POSITIONS ? hex(model.appliedHash) : ZERO_HASH);
        goForward(source, copy, hashes, random);
        copy.close();
      }
      source.close();
      expect(files.get(STORE_PATH).equals(before)).to.equal(true);
    });

    it(`after upgrade, compact and purges is the same, in format ${format} (seed 1002)`, () => {
      const { batches, model } = historyOf(1002, 80, { format, purges: true, tables: [1n, 2n, 3n], smallValues: true });
      const files = filesWith(batches, format);
      const oldest = oldestOf(model);
      for (const change of [undefined, compact, upgrade, compact]) {
        change?.(STORE_PATH, { files });
        for (const position of [oldest, oldest + (80n - oldest) / 2n, 80n]) {
          if (format === 1 && change === upgrade) continue;
          usingStore(rewound(files, position), { readOnly: true }, (store) => {
            for (let at = oldest; at <= position; at += 1n)
              expect(hex(store.contentHash({ at }).hash)).to.equal(modelHash(model, at));
          });
        }
      }
      if (format === 1) return;
      for (let position = 0n; position < oldest; position += 5n) {
        const { facts } = expectRefused(() => rewound(files, position), 'POSITION_FORGOTTEN');
        expect(facts).to.include({ position });
      }
      expectSound(rewound(files, oldest));
    });
  }

  it('forgets what it had forgotten, and keeps when that was', () => {
    const { batches } = historyOf(1003, 40, { format: 2, tables: [1n, 2n] });
    const files = filesWith(batches, 2);
    compact(STORE_PATH, { files, keepFrom: 20n });
    const error = expectRefused(() => rewind(STORE_PATH, 19n, COPY_PATH, { files }), 'POSITION_FORGOTTEN');
    expect(error.facts).to.include({ position: 19n, oldest: 20n, tables: 2 });
    expect(rewind(STORE_PATH, 30n, COPY_PATH, { files })).to.include({ oldest: 20n, appliedPosition: 30n });
    const store = openCopy(files);
    expectRefused(() => store.contentHash({ at: 19n }), 'POSITION_FORGOTTEN');
    expect([...store.changes(20n)]).to.have.length(10);
    store.close();
    expectSound(files, COPY_PATH);
  });

  it('has no table that came later, and long values and histories of many pages (format 2)', () => {
    const files = new MemoryFiles();
    const long = (fill: number): Buffer => Buffer.alloc(100_000, fill);
    usingStore(files, { create: true, format: 2 }, (store) => {
      for (let position = 1n; position <= 400n; position += 1n) {
        const batch = new WriteBatch(position).put(1n, 'hot', `${position} ${'v'.repeat(60)}`);
        if (position % 100n === 0n) batch.put(1n, 'long', long(Number(position / 100n)));
        if (position === 301n) batch.put(2n, 'late', 'v').delete(1n, 'long');
        store.apply(batch);
      }
      store.sync();
    });
    const copy = rewound(files, 300n);
    expectSound(copy);
    usingStore(copy, { readOnly: true }, (store) => {
      expect(store.tables().map(({ id }) => id)).to.deep.equal([1n]);
      expect(store.get(1n, 'long')).to.deep.equal(long(3));
      expect([...store.history(1n, 'hot')]).to.have.length(300);
      expect([...store.diff(299n)]).to.have.length(2);
    });
  });

  it('is refused beyond the applied position, where something is, and of itself; then nothing is written', () => {
    const { batches } = historyOf(1004, 10, { smallValues: true });
    const files = filesWith(batches, 2);
    expectRefused(() => rewind(STORE_PATH, 11n, COPY_PATH, { files }), 'POSITION_BEYOND_APPLIED');
    expectRefused(() => rewind(STORE_PATH, -1n, COPY_PATH, { files }), 'INVALID_ARGUMENT');
    expectRefused(() => rewind(STORE_PATH, 5n, STORE_PATH, { files, force: true }), 'OUTPUT_IS_INPUT');
    expect(files.paths()).to.deep.equal([STORE_PATH]);
    rewind(STORE_PATH, 5n, COPY_PATH, { files });
    expectRefused(() => rewind(STORE_PATH, 6n, COPY_PATH, { files }), 'OUTPUT_EXISTS');
    expect(rewind(STORE_PATH, 6n, COPY_PATH, { files, force: true }).appliedPosition).to.equal(6n);
  });

  it('is there whole or not at all, whenever it is ended', () => {
    const { batches, model } = historyOf(1005, 20, { smallValues: true });
    const files = new RecordedFiles(filesWith(batches, 2));
    runSteps(rewindSteps(STORE_PATH, 12n, COPY_PATH, { files, cachePages: 32 }));
    let times = 0;
    for (let count = 0; count <= files.events.length; count += 1) {
      const crashed = files.crashed(count, { seed: count });
      usingStore(crashed, { readOnly: true }, (store) => expect(store.appliedPosition).to.equal(20n));
      if (!crashed.paths().includes(COPY_PATH)) continue;
      times += 1;
      const store = openCopy(crashed);
      expect(hex(store.contentHash().hash)).to.equal(modelHash(model, 12n));
      store.close();
    }
    expect(times).to.be.above(0);
  });
});
