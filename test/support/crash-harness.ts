/**
 * Lets the power go at every change that a store makes to the disk, in several ways each, and holds what is left
 * against the model (`CrashPoints`). Stores that were repaired are written to, and crashed again.
 */
import { type BTreeStore, type FileSystem, StoreError } from '../../src/engine/index.js';
import type { FormatNumber } from './any-format.js';
import { contentOf } from './crash-contents.js';
import { CrashFollower } from './crash-follower.js';
import { faultyHistory } from './crash-faults.js';
import { type StoreFeature, StoreFeatures } from './crash-features.js';
import { CrashHistory, themeOf } from './crash-history.js';
import { CrashPoints, type CrashTally, openToChange, openToWrite, type State, type Survivor } from './crash-points.js';
import { replayedHistory } from './crash-replays.js';
import type { CrashRun, RunCounts } from './crash-run.js';
import { toWriteBatch } from './engine-rows.js';
import { committedIn } from './journal-pages.js';
import { CHANGING, clearFaults, type FileOperation, injectFault, MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';
import { type Batch, Model } from './model.js';
import { Random } from './random.js';
import { expectRefused } from './store-errors.js';

const COMMITS = 14;

const REFUSALS = ['NON_SEQUENTIAL_BATCH', 'ENTRY_TOO_LARGE', 'TOO_MANY_TABLES'] as const;

export interface CrashOptions {
  readonly seed: number;
  /** Crash points to try; one is a moment and a way in which a crash then falls out. */
  readonly points: number;
  /** Of the stores (default 1). */
  readonly format?: FormatNumber;
  /**
   * Beside a loss of power: let a disk operation fail, once or from then on for ever, and the power go some time after.
   */
  readonly faults?: boolean;
  /** Feed the stores by replays whose commit groups are larger than the memory that they may take. */
  readonly replays?: boolean;
  /** Follow the stores meanwhile: none may be behind what was told of it. */
  readonly follows?: boolean;
  /** In how many ways a crash falls out at each moment. */
  readonly choices?: number;
  readonly wrap?: (files: MemoryFiles) => FileSystem;
  /** How many violations are enough (default 1). */
  readonly violationsMax?: number;
}

export interface CrashReport extends CrashTally, RunCounts {
  /** What the stores had, or did. */
  readonly features: ReadonlySet<StoreFeature>;
}

export class CrashHarness implements CrashRun {
  readonly random: Random;
  readonly format: FormatNumber;
  readonly points: CrashPoints;
  readonly counts: RunCounts = { histories: 0, commits: 0, sortFiles: 0, faults: 0, rollbacks: 0, followed: 0 };
  readonly #features = new StoreFeatures();

  constructor(private readonly options: CrashOptions) {
    const { seed, format = 1, choices = 3, points, violationsMax = 1 } = options;
    this.random = new Random(seed);
    this.format = format;
    this.points = new CrashPoints(this.random, format, choices, (): boolean => {
      const { tally } = this.points;
      return tally.points >= points || tally.violations.length >= violationsMax;
    });
  }

  get report(): CrashReport {
    return { ...this.points.tally, ...this.counts, features: this.#features.seen };
  }

  run(): CrashReport {
    while (!this.points.isEnough()) {
      this.counts.histories += 1;
      this.points.begin();
      this.#features.begin();
      if (this.options.faults === true) faultyHistory(this);
      else if (this.options.replays === true) replayedHistory(this);
      else this.#history();
      this.#goOn();
    }
    return this.report;
  }

  readonly newHistory = (model = new Model(this.format)): CrashHistory =>
    new CrashHistory(this.random, themeOf(this.counts.histories, this.format), model);

  readonly follow = (files: MemoryFiles): CrashFollower | undefined =>
    this.options.follows === true ? new CrashFollower(files) : undefined;

  /** One store from its making on, until it is large. */
  #history(): void {
    const files = new MemoryFiles();
    this.#commits(files, this.newHistory(), undefined, COMMITS);
  }

  /**
   * Writes to stores that have survived. Not at once: their crash was looked at in the middle of an operation of
   * another store's, and trees share the memory in which pages are split.
   */
  #goOn(): void {
    const { survivors } = this.points;
    for (const survivor of survivors.splice(0)) {
      try {
        this.#commitAfterCrash(survivor);
      } catch (error) {
        this.points.violation(error);
      }
    }
    survivors.length = 0;
  }

  /** One more commit, which is crashed at one moment. */
  #commitAfterCrash({ files, state, isDamaged }: Survivor): void {
    const { random, points } = this;
    points.goOn();
    points.committing(files);
    const history = this.newHistory(state?.model.clone());
    const store = openToWrite(files, this.format);
    this.#apply(store, history.nextCommit());
    const after = contentOf(history.model);
    let left = random.below(16);
    files.onOperation = ({ kind }) => {
      if (CHANGING.includes(kind) && left-- === 0) points.crash(files, [state, after], isDamaged);
    };
    store.sync();
    clearFaults(files);
    store.close();
    points.checkFile(files.get(STORE_PATH), after);
  }

  /** @param committed what the store is */
  #commits(files: MemoryFiles, history: CrashHistory, committed: State, commits: number): void {
    const { random, points } = this;
    const wrapped = this.options.wrap?.(files) ?? files;
    let allowed: readonly State[] = [committed];
    const follower = this.follow(files);
    const crashAtChanges = ({ kind }: FileOperation): void => {
      if (CHANGING.includes(kind)) points.crash(files, follower?.look(allowed) ?? allowed);
    };
    files.onOperation = crashAtChanges;
    let store = openToChange(wrapped, this.format, random);
    for (let commit = 0; commit < commits && !points.isEnough(); commit += 1) {
      const [before] = allowed;
      if (random.chance(0.2)) this.#fail(files, store, history);
      files.onOperation = crashAtChanges;
      if (random.chance(0.2)) this.#refuse(store, history);
      this.#apply(store, history.nextCommit());
      const after = contentOf(history.model);
      allowed = [before, after];
      points.committing(files);
      if (random.chance(0.1)) store.checkpoint();
      else store.sync();
      allowed = [after];
      this.counts.commits += 1;
      points.crash(files, allowed);
      if (this.format !== 1) this.#features.look(committedIn(files));
      if (!random.chance(0.2)) continue;
      store.apply(toWriteBatch(history.branch().next()));
      store.close();
      store = openToChange(wrapped, this.format, random);
    }
    store.close();
    follower?.close();
    this.counts.followed += follower?.times ?? 0;
  }

  /** The batches of a commit, together or not: pages are then changed again after they were kept. */
  #apply(store: BTreeStore, batches: readonly Batch[]): void {
    const cut = this.random.chance(0.5) ? this.random.below(batches.length) : 0;
    for (const group of [batches.slice(0, cut), batches.slice(cut)]) {
      if (group.length > 0) store.applyAll(group.map(toWriteBatch));
    }
  }

  /** Applies batches of which one is refused. */
  #refuse(store: BTreeStore, history: CrashHistory): void {
    const before = store.appliedPosition;
    const batches = history.refused().map(toWriteBatch);
    expectRefused(
      () => {
        store.applyAll(batches);
      },
      ...REFUSALS,
    );
    if (store.appliedPosition !== before) this.points.violation('a batch that was refused is applied');
    this.counts.rollbacks += 1;
  }

  /** Applies batches that the disk does not let be read or written, or all when it does not fail in time. */
  #fail(files: MemoryFiles, store: BTreeStore, history: CrashHistory): void {
    const before = store.appliedPosition;
    const kept = history.branch();
    const [batch, ...others] = kept.nextCommit();
    const kinds = this.random.pick([['read'], ['write'], ['read', 'write']] as const);
    const tally = injectFault(files, { kinds, nth: this.random.between(1, 6) });
    try {
      store.applyAll([batch, ...others].map((each) => toWriteBatch(each as Batch)));
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'IO_ERROR') throw error;
    }
    clearFaults(files);
    if (store.appliedPosition === before) this.counts.rollbacks += tally.failed > 0 ? 1 : 0;
    else history.model.assign(kept.model);
  }
}
