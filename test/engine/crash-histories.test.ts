/**
 * Random histories of stores, and the power going at every change to the disk. `npm run crash` runs many more of them.
 */
import { expect } from 'chai';
import { CrashHarness, type CrashOptions } from '../support/crash-harness.js';
import { ForgetfulFiles, HastyFiles, type SyncName } from '../support/forwarding-files.js';
import { STORE_PATH } from '../support/memory-store.js';

const run = (options: CrashOptions): ReturnType<CrashHarness['run']> => new CrashHarness(options).run();

describe('a crash', function () {
  this.timeout(120_000);

  it('at any change leaves the store as of the last sync or the one that was going on (seed 11)', () => {
    const report = run({ seed: 11, points: 2000 });
    expect(report.violations).to.deep.equal([]);
    expect(report.commits).to.be.greaterThan(10);
    expect(report.repairPoints).to.be.greaterThan(200);
  });

  it('does so during replays whose commit groups wait in files (seed 16)', () => {
    const report = run({ seed: 16, points: 1000, replays: true });
    expect(report.violations).to.deep.equal([]);
    expect(report.commits).to.be.greaterThan(5);
    expect(report.sortFiles).to.be.greaterThan(5);
  });

  it('after a disk operation that failed does so too, and the failure was told (seed 12)', () => {
    const report = run({ seed: 12, points: 1000, faults: true });
    expect(report.violations).to.deep.equal([]);
    expect(report.faults).to.be.greaterThan(20);
  });
});

type Wrap = NonNullable<CrashOptions['wrap']>;

const violationsOf = (wrap: Wrap): readonly string[] => run({ seed: 13, points: 3000, wrap }).violations;

/** Leaves out syncs; of the first commit, which makes the store, only the directory's matters. */
const without =
  (forgets: readonly SyncName[], fromCommit = 2): Wrap =>
  (files) =>
    new ForgetfulFiles(files, STORE_PATH, forgets, fromCommit);

describe('a store that is deliberately not crash-safe is found out: one that', function () {
  this.timeout(120_000);

  const UNSAFE: Record<string, Wrap> = {
    'does not sync new pages before the journal': without(['store 1']),
    'does not sync the journal': without(['journal 1']),
    "does not sync the journal's name": without(['directory 1']),
    'does not sync the pages in place before the journal goes': without(['store 2']),
    'does not sync the name of a new store': without(['directory 1'], 1),
    'changes a page in place before the commit point': (files) => new HastyFiles(files, STORE_PATH),
  };
  for (const [what, wrap] of Object.entries(UNSAFE)) {
    it(what, () => {
      expect(violationsOf(wrap)).to.not.be.empty;
    });
  }
});
