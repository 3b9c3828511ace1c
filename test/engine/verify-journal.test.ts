/** A check beside a writer, and over what a killed one has left: it tells change from damage. */
import { expect } from 'chai';
import { StoreError, verify, verifySteps, WriteBatch, type VerifyReport } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { copyOf, crashedStore, JOURNAL_PATH, withFile } from '../support/crashed-store.js';
import { MemoryFiles } from '../support/memory-files.js';
import { openMemory, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';

const SEED = 9101;

for (const format of FORMATS)
  describe(`verify over a journal (format ${format})`, () => {
    const { atCommitPoint, inPlace, old } = crashedStore(format);

    for (const [name, files] of Object.entries({ atCommitPoint, inPlace })) {
      it(`checks the commit that stands: ${name}`, () => {
        const report = verify(STORE_PATH, { files });
        expect(report).to.deep.include({ ok: true, hasJournal: true, appliedPosition: 4n, codes: {} });
        expect(report.trees).to.include({ tables: 4, keys: 4 });
      });
    }

    it('mends a page 0 that was cut short while the commit was put in place', () => {
      const torn = inPlace.get(STORE_PATH);
      torn.fill(0, 512, 4096);
      const report = verify(STORE_PATH, { files: withFile(inPlace, STORE_PATH, torn) });
      expect(report).to.deep.include({ ok: true, hasJournal: true, appliedPosition: 4n });
    });

    it('finds damage in the pages of the file and in those of the journal', () => {
      const file = inPlace.get(STORE_PATH);
      // The page of table 3, which the commit does not change.
      const at = (format + 2) * 4096 + 4000;
      file.writeUInt8(file.readUInt8(at) ^ 1, at);
      const { ok, codes } = verify(STORE_PATH, { files: withFile(inPlace, STORE_PATH, file) });
      expect([ok, codes]).to.deep.equal([false, { 'page-crc': 1 }]);
    });

    it('says that a journal is of no use, and checks the file without it', () => {
      const other = copyOf(old);
      usingStore(other, {}, (store) => {
        store.apply(new WriteBatch(4n).put(1n, 'k', 'otherwise'));
        store.sync();
      });
      const files = withFile(atCommitPoint, STORE_PATH, other.get(STORE_PATH));
      const { ok, codes, hasJournal, trees } = verify(STORE_PATH, { files });
      expect({ ok, codes, hasJournal }).to.deep.equal({
        ok: false,
        codes: { 'journal-unusable': 1 },
        hasJournal: false,
      });
      expect(trees?.keys).to.be.greaterThan(0);
    });

    it('passes over a journal that was never finished', () => {
      const files = withFile(old, JOURNAL_PATH, atCommitPoint.get(JOURNAL_PATH).subarray(0, 4096));
      expect(verify(STORE_PATH, { files })).to.deep.include({ ok: true, hasJournal: false });
    });
  });

const WRITERS = [
  { name: 'format 1', format: 1, purgeChance: 0 },
  { name: 'format 2', format: 2, purgeChance: 0 },
  { name: 'format 2, pages are used again', format: 2, purgeChance: 0.02 },
] as const;

for (const { name, format, purgeChance } of WRITERS)
  describe(`verify beside a writer (${name}, seed ${SEED})`, () => {
    /** Puts, purges and syncs for ever, in small steps. */
    function* writer(files: MemoryFiles, random: Random): Generator<void> {
      const store = openMemory(files, { create: true, cachePages: 32, format });
      try {
        for (let position = 1n; ; position++) {
          const batch = new WriteBatch(position);
          for (let put = 0; put < 12; put++) {
            batch.put(
              1n,
              `key ${random.below(50_000)}`,
              'v'.repeat(random.chance(purgeChance) ? 2500 : random.below(60)),
            );
          }
          if (random.chance(purgeChance)) batch.purge(1n);
          yield* store.applySteps([batch]);
          yield;
          if (random.below(3) === 0) yield* store.syncSteps();
        }
      } finally {
        store.close();
      }
    }

    /** A check between whose steps the writer goes on now and then; undefined when it found no peace. */
    function checkBeside(
      files: MemoryFiles,
      work: Generator<void>,
      random: Random,
      pace: number,
    ): VerifyReport | undefined {
      const steps = verifySteps(STORE_PATH, { files });
      try {
        for (;;) {
          for (let step = random.below(pace); step > 0; step--) work.next();
          const { done, value } = steps.next();
          if (done === true) return value;
        }
      } catch (error) {
        if (error instanceof StoreError && error.code === 'STORE_CHANGING') return undefined;
        throw error;
      }
    }

    it('never takes change for damage', () => {
      const random = new Random(SEED);
      const files = new MemoryFiles();
      const work = writer(files, random);
      while (!files.paths().includes(STORE_PATH)) work.next();
      let checked = 0;
      let restless = 0;
      for (let round = 0; round < 60; round++) {
        const report = checkBeside(files, work, random, round < 57 ? [2, 3, 9][round % 3]! : 40);
        if (report === undefined) restless++;
        else checked++;
        expect(report?.severities.corrupt ?? 0, `round ${round}`).to.equal(0);
        expect(report?.severities.torn ?? 0, `round ${round}`).to.equal(0);
      }
      work.return(undefined);
      expect(checked).to.be.greaterThan(10);
      if (purgeChance === 0) expect(restless).to.be.greaterThan(0);
    });
  });
