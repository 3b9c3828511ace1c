/** Backups: as of the position at which the store was opened, whatever a writer does meanwhile. */
import { expect } from 'chai';
import { backup, backupSteps, WriteBatch } from '../../src/engine/index.js';
import { FORMATS } from '../support/any-format.js';
import { BackupHarness } from '../support/backup-harness.js';
import { COPY_PATH, expectCopyOf, expectSound, randomStore } from '../support/copies.js';
import { toWriteBatch } from '../support/engine-rows.js';
import { HistoryMaker } from '../support/histories.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { memoryWith, STORE_PATH, usingStore } from '../support/memory-store.js';
import { Random } from '../support/random.js';
import { expectRefused } from '../support/store-errors.js';
import { makeTempFolder, removeFolder } from '../commands/support/temp-folder.js';

const copied = (files: MemoryFiles): MemoryFiles => memoryWith(files.get(COPY_PATH));

describe('a backup', () => {
  for (const format of FORMATS) {
    it(`has what the store has, in format ${format}, with purged tables and all`, () => {
      const { files, model } = randomStore(51 + format, format, 80, { purges: true });
      const before = files.get(STORE_PATH);
      const summary = backup(STORE_PATH, COPY_PATH, { files });
      expect(summary).to.deep.equal({
        path: COPY_PATH,
        appliedPosition: model.appliedPosition,
        pages: files.get(COPY_PATH).length / 4096,
        bytes: files.get(COPY_PATH).length,
      });
      expect(files.get(STORE_PATH).equals(before)).to.equal(true);
      expectCopyOf(copied(files), model);
      expectRefused(() => backup(STORE_PATH, COPY_PATH, { files }), 'OUTPUT_EXISTS');
      expectRefused(() => backup(STORE_PATH, STORE_PATH, { files, force: true }), 'OUTPUT_IS_INPUT');
    });

    it(`is as of when it began, in format ${format}, though a writer commits between its steps`, () => {
      const maker = new HistoryMaker(new Random(61), { tables: [1n, 2n], smallValues: true, format });
      const { files } = randomStore(1, format, 0);
      usingStore(files, {}, (writer) => {
        for (let count = 0; count < 60; count += 1) writer.apply(toWriteBatch(maker.next()));
        writer.sync();
        const model = maker.model.clone();
        const steps = backupSteps(STORE_PATH, COPY_PATH, { files, cachePages: 32 });
        let commits = 0;
        while (steps.next().done !== true) {
          for (let count = 0; count < 5; count += 1) writer.apply(toWriteBatch(maker.next()));
          writer.sync();
          commits += 1;
        }
        expect(commits).to.be.greaterThan(3);
        expectCopyOf(copied(files), model);
      });
    });

    it(`is right beside a process that commits batch after batch, in format ${format}`, async function () {
      this.timeout(60_000);
      const folder = makeTempFolder();
      try {
        const harness = new BackupHarness(folder, 71, format);
        const { violations, backups, besideReplay } = await harness.run(format === 1 ? 2 : 3, format);
        expect(violations).to.deep.equal([]);
        expect([backups, besideReplay]).to.deep.equal(format === 1 ? [2, 1] : [3, 2]);
      } finally {
        removeFolder(folder);
      }
    });
  }

  it('of a store with a table that is purged meanwhile is not made', () => {
    const { files } = randomStore(81, 2, 40);
    usingStore(files, {}, (writer) => {
      const steps = backupSteps(STORE_PATH, COPY_PATH, { files, cachePages: 32 });
      steps.next();
      writer.apply(new WriteBatch(writer.appliedPosition + 1n).purge(1000n));
      writer.sync();
      expectRefused(() => {
        while (steps.next().done !== true);
      }, 'SNAPSHOT_GONE');
    });
    expect(files.paths()).to.not.include(COPY_PATH);
  });

  it('of a damaged store is not made, also where only its counts tell', () => {
    const { files } = randomStore(82, 2, 40);
    const bytes = files.get(STORE_PATH);
    bytes[bytes.length - 2000]! ^= 1;
    const damaged = memoryWith(bytes);
    expectRefused(() => backup(STORE_PATH, COPY_PATH, { files: damaged }), 'PAGE_CORRUPTED');
    expect(damaged.paths()).to.deep.equal([STORE_PATH]);
    expectSound(files);
  });
});
