/**
 * Random histories of stores, and the power going at every change to the disk. `npm run crash` runs many more of them.
 */
import { expect } from 'chai';
import { type FormatNumber, FORMATS } from '../support/any-format.js';
import {
  freedPagesJournalled,
  journalFollowed,
  newNameFollowed,
  onlyPageZeroPlaced,
  segmentRewritten,
  superblockTooEarly,
} from '../support/broken-builds.js';
import { CrashHarness, type CrashOptions } from '../support/crash-harness.js';
import {
  EarlyReuseFiles,
  ForgetfulFiles,
  ForgottenValues,
  HastyFiles,
  type SyncName,
} from '../support/forwarding-files.js';
import { STORE_PATH } from '../support/memory-store.js';

const run = (options: CrashOptions): ReturnType<CrashHarness['run']> => new CrashHarness(options).run();

/** Few points in a suite that runs often. Those of format 2 take longer, and are at many moments in one way each. */
const POINTS = {
  1: { batches: { seed: 11, points: 1000 }, replays: { seed: 16, points: 1000 }, faults: { seed: 12, points: 500 } },
  2: {
    batches: { seed: 24, points: 1500, choices: 1 },
    replays: { seed: 16, points: 600, choices: 1 },
    faults: { seed: 12, points: 600 },
  },
} as const;

for (const format of FORMATS) {
  const { batches, replays, faults } = POINTS[format];

  describe(`a crash of a store of format ${format}`, function () {
    this.timeout(240_000);

    it(`at any change leaves the store as of the last sync or the one that was going on (seed ${batches.seed})`, () => {
      const report = run({ ...batches, format });
      expect(report.violations).to.deep.equal([]);
      expect(report.commits).to.be.greaterThan(10);
      expect(report.repairPoints).to.be.greaterThan(200);
      if (format === 1) return;
      expect(report.damagedPoints).to.be.greaterThan(200);
      expect(report.rollbacks).to.be.greaterThan(0);
      expect([...report.features].sort()).to.deep.equal([
        'a cut',
        'catalogue',
        'free pages',
        'history',
        'history of several pages',
        'pages taken again',
        'values',
      ]);
    });

    it('is never behind what a follower was told of it (seeds 17 and 18)', () => {
      for (const options of [{ seed: 17 }, { seed: 18, replays: true }]) {
        const report = run({ ...options, points: 300, choices: 1, format, follows: true });
        expect(report.violations).to.deep.equal([]);
        expect(report.followed).to.be.greaterThan(2);
      }
    });

    it(`does so during replays whose commit groups wait in files (seed ${replays.seed})`, () => {
      const report = run({ ...replays, format, replays: true });
      expect(report.violations).to.deep.equal([]);
      expect(report.commits).to.be.greaterThan(5);
      expect(report.sortFiles).to.be.greaterThan(5);
    });

    it(`after a disk operation that failed does so too, and the failure was told (seed ${faults.seed})`, () => {
      const report = run({ ...faults, format, faults: true });
      expect(report.violations).to.deep.equal([]);
      expect(report.faults).to.be.greaterThan(20);
    });
  });
}

type Wrap = NonNullable<CrashOptions['wrap']>;

const without =
  (...forgets: readonly SyncName[]): Wrap =>
  (files) =>
    new ForgetfulFiles(files, STORE_PATH, forgets);

/** The journal that comes back is played once more, with the same result. */
for (const format of FORMATS) {
  describe(`a store of format ${format} whose journal may come back after it was removed`, function () {
    this.timeout(120_000);

    it('is not harmed by it', () => {
      const report = run({ seed: 13, points: 600, choices: 1, format, wrap: without('removal') });
      expect(report.violations).to.deep.equal([]);
    });
  });
}

const violationsOf = (format: FormatNumber, wrap?: Wrap, seed = 19): readonly string[] =>
  run({ seed, points: 3000, format, choices: format === 1 ? 3 : 1, ...(wrap && { wrap }) }).violations;

const followedViolations = (format: FormatNumber): readonly string[] =>
  run({ seed: 19, points: 3000, format, choices: 3, follows: true }).violations;

describe('a store that is deliberately not crash-safe is found out: one that', function () {
  this.timeout(240_000);

  const UNSAFE: Record<string, Wrap> = {
    'does not sync new pages before the journal': without('new pages'),
    'does not sync the journal': without('journal'),
    "does not sync the journal's name": without("journal's name"),
    'does not sync the pages in place before the journal is removed': without('pages in place'),
    'does not sync the name of a new store': without("new store's name"),
    'changes a page in place before the commit point': (files) => new HastyFiles(files, STORE_PATH),
  };
  for (const format of FORMATS) {
    for (const [what, wrap] of Object.entries(UNSAFE)) {
      it(`${what} (format ${format})`, () => {
        expect(violationsOf(format, wrap)).to.not.be.empty;
      });
    }
  }

  const UNSAFE_2: Record<string, Wrap> = {
    'writes to pages that a commit frees one commit too early': (files) => new EarlyReuseFiles(files, STORE_PATH),
    'changes page 1 before the commit point': (files) => new HastyFiles(files, STORE_PATH, 1),
    'does not sync long values before the journal': (files) => new ForgottenValues(files, STORE_PATH),
  };
  for (const [what, wrap] of Object.entries(UNSAFE_2)) {
    it(what, () => {
      expect(violationsOf(2, wrap)).to.not.be.empty;
    });
  }

  for (const format of FORMATS) {
    it(`lets a follower be told of its name before that is synced (format ${format})`, () => {
      expect(newNameFollowed(() => followedViolations(format))[0]).to.equal('a reader finds no store');
    });

    it(`lets a follower be told of a journal that is not synced (format ${format})`, () => {
      expect(journalFollowed(() => followedViolations(format))[0]).to.match(/^a reader sees /);
    });
  }

  it('encodes the superblock before its pages are final', () => {
    expect(superblockTooEarly(() => violationsOf(2))[0]).to.match(/^page-sum /);
  });

  for (const format of FORMATS) {
    it(`writes a segment over the one before (format ${format})`, () => {
      expect(segmentRewritten(() => violationsOf(format))).to.not.be.empty;
    });

    it(`puts page 0 in place without the other pages (format ${format})`, () => {
      expect(onlyPageZeroPlaced(() => violationsOf(format))).to.not.be.empty;
    });
  }

  it('has pages in a journal that its commit frees', () => {
    const [violation] = freedPagesJournalled(() => violationsOf(2, undefined, 20));
    expect(violation).to.match(/^page \d+ is free, or a superblock, and in/);
  });
});
