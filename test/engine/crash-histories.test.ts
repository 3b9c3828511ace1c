/** Random histories of stores, and the power going at every change to the disk. `npm run crash` runs many more of them. */
import { expect } from 'chai';
import { CrashHarness, type CrashOptions } from '../support/crash-harness.js';
import { HAS_JOURNAL } from '../support/crash-switch.js';
import { ForgetfulFiles, type SyncName } from '../support/forwarding-files.js';
import type { MemoryFiles } from '../support/memory-files.js';
import { STORE_PATH } from '../support/memory-store.js';

const run = (options: CrashOptions): ReturnType<CrashHarness['run']> => new CrashHarness(options).run();

(HAS_JOURNAL ? describe : describe.skip)('a crash', function () {
  this.timeout(120_000);

  it('at any change leaves the store as of the last sync or the one that was going on (seed 11)', () => {
    const report = run({ seed: 11, points: 2000 });
    expect(report.violations).to.deep.equal([]);
    expect(report.commits).to.be.greaterThan(10);
    expect(report.repairPoints).to.be.greaterThan(200);
  });

  it('after a disk operation that failed does so too, and the failure was told (seed 12)', () => {
    const report = run({ seed: 12, points: 1000, faults: true });
    expect(report.violations).to.deep.equal([]);
    expect(report.faults).to.be.greaterThan(20);
  });
});

/** What the harness says when syncs are left out; of the first commit, which makes the store, only the directory's matters. */
function violationsWithout(forgets: readonly SyncName[], fromCommit = 2): readonly string[] {
  const wrap = (files: MemoryFiles): ForgetfulFiles => new ForgetfulFiles(files, STORE_PATH, forgets, fromCommit);
  return run({ seed: 13, points: 3000, wrap }).violations;
}

(HAS_JOURNAL ? describe : describe.skip)(
  'a store that is deliberately not crash-safe is found out: one that',
  function () {
    this.timeout(120_000);

    for (const [what, forgets] of [
      ['does not sync new pages before the journal', ['store 1']],
      ['does not sync the journal', ['journal 1']],
      ["does not sync the journal's name", ['directory 1']],
      ['does not sync the pages in place before the journal goes', ['store 2']],
      ['changes pages in place before the commit point', ['journal 1', 'directory 1']],
    ] as const) {
      it(what, () => {
        expect(violationsWithout(forgets)).to.not.be.empty;
      });
    }

    it('does not sync the name of a new store', () => {
      expect(violationsWithout(['directory 1'], 1)).to.not.be.empty;
    });
  },
);

(HAS_JOURNAL ? describe.skip : describe)('a commit without a journal', () => {
  it('is found out: a crash in its middle leaves half of it (seed 14)', () => {
    expect(run({ seed: 14, points: 1000 }).violations).to.not.be.empty;
  });

  it('is found out: so does a disk operation that fails (seed 15)', () => {
    expect(run({ seed: 15, points: 1000, faults: true }).violations).to.not.be.empty;
  });
});
