/**
 * Lets the power go at every change that a store makes to the disk, in several ways each, and holds what is left
 * against the model.
 *
 * After a crash the store must be as of the last `sync` that returned, or as of the one that was going on; a reader
 * must see that before anything is repaired, and change nothing; a writer must repair it, leave nothing beside it, and
 * keep what the reader saw. The repair is crashed in the same way.
 */
import { createHash } from 'node:crypto';
import { BTreeStore, type FileSystem, Replayer, StoreError, WriteBatch } from '../../src/engine/index.js';
import { hex, utf8 } from './bytes.js';
import { type Content, contentOf, nextCommit, rowText, textOf, versionsIn } from './crash-history.js';
import { toWriteBatch } from './engine-rows.js';
import { HistoryMaker, type HistoryOptions } from './histories.js';
import { CrashOutcome } from './crash-outcome.js';
import { formatLine } from './log-lines.js';
import type { Batch, Model } from './model.js';
import { CHANGING, clearFaults, type Fault, type FileOperation, injectFault, MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';
import { Random } from './random.js';
import { type FormatNumber, structureProblems } from './any-format.js';

const CACHE_PAGES = 32;
/** A repair that was crashed is repaired, which is crashed, and so on. */
const REPAIRS_DEEP = 3;
/** About how many changes a repair makes: one of them is the moment of its crash. */
const REPAIR_CHANGES = 24;

export interface CrashOptions {
  readonly seed: number;
  /** Of the stores (default 1). */
  readonly format?: FormatNumber;
  /** Crash points to try; one is a moment and a way in which a crash then falls out. */
  readonly points: number;
  /**
   * Beside a loss of power: let a disk operation fail, once or from then on for ever, and the power go some time after.
   */
  readonly faults?: boolean;
  /** Feed the stores by replays whose commit groups are larger than the memory that they may take. */
  readonly replays?: boolean;
  /** In how many ways a crash falls out at each moment. */
  readonly choices?: number;
  readonly wrap?: (files: MemoryFiles) => FileSystem & { commitBegins?(): void };
  /** How many violations are enough (default 1). */
  readonly violationsMax?: number;
}

export interface CrashReport {
  points: number;
  /** Of them, those in the middle of a repair. */
  repairPoints: number;
  /** Different images among them. */
  images: number;
  /** Whole histories, each of a store of its own. */
  histories: number;
  commits: number;
  /** Files in which parts of a commit group have waited. */
  sortFiles: number;
  /** Operations that were made to fail. */
  faults: number;
  readonly violations: string[];
}

/** Undefined: there is no store. */
type State = Content | undefined;

export class CrashHarness {
  readonly report: CrashReport = {
    points: 0,
    repairPoints: 0,
    images: 0,
    histories: 0,
    commits: 0,
    sortFiles: 0,
    faults: 0,
    violations: [],
  };
  readonly #random: Random;
  readonly #choices: number;
  readonly #violationsMax: number;
  #seen = new Set<string>();
  /** Stores that were repaired after a crash, to be written to. */
  readonly #survivors: { readonly image: MemoryFiles; readonly position: bigint }[] = [];
  /** Of each content: the digests of files that were found to hold it, sound. */
  #sound = new Map<State, Set<string>>();

  readonly #format: FormatNumber;

  constructor(private readonly options: CrashOptions) {
    this.#format = options.format ?? 1;
    this.#random = new Random(options.seed);
    this.#choices = options.choices ?? 3;
    this.#violationsMax = options.violationsMax ?? 1;
  }

  run(): CrashReport {
    while (!this.#isEnough()) {
      if (this.options.faults === true) this.#faultyHistory();
      else if (this.options.replays === true) this.#replayedHistory();
      else this.#history();
      this.#goOn();
    }
    return this.report;
  }

  /**
   * Writes to stores that have survived. Not at once: their crash was looked at in the middle of an operation of
   * another store's, and trees share the memory in which pages are split.
   */
  #goOn(): void {
    for (const { image, position } of this.#survivors.splice(0)) {
      try {
        goOn(image, position);
      } catch (error) {
        this.report.violations.push(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** In format 2 now and then so many tables that their records need a tree. */
  #historyOptions(): HistoryOptions {
    const isCrowded = this.#format === 2 && this.#random.chance(0.3);
    const tables = isCrowded ? Array.from({ length: 60 }, (_, index) => BigInt(index)) : [1n, 2n, 7n];
    return { tables, operationsMax: 20, purges: true, format: this.#format };
  }

  #isEnough(): boolean {
    return this.report.points >= this.options.points || this.report.violations.length >= this.#violationsMax;
  }

  /** One store from its making on, until it is large. */
  #history(): void {
    this.#begin();
    const random = this.#random;
    const maker = new HistoryMaker(random, this.#historyOptions());
    const files = new MemoryFiles();
    const wrapped: FileSystem & { commitBegins?(): void } = this.options.wrap?.(files) ?? files;
    let allowed: readonly State[] = [undefined];
    files.onOperation = ({ kind }) => {
      if (CHANGING.includes(kind)) this.#crashNow(files, allowed, 0);
    };
    let store = openToWrite(wrapped, this.#format);
    for (let commit = 0; commit < 14 && !this.#isEnough(); commit += 1) {
      const before = allowed[0];
      store.applyAll(nextCommit(random, maker).map(toWriteBatch));
      const after = contentOf(maker.model);
      allowed = [before, after];
      wrapped.commitBegins?.();
      store.sync();
      allowed = [after];
      this.report.commits += 1;
      this.#crashNow(files, allowed, 0);
      if (!random.chance(0.2)) continue;
      store.apply(toWriteBatch(new HistoryMaker(random, { format: this.#format }, maker.model.clone()).next()));
      store.close();
      store = openToWrite(wrapped);
    }
    store.close();
  }

  /**
   * A store that is fed by replays; it commits whenever a group is full, and parts of the group wait in a file until
   * then.
   */
  #replayedHistory(): void {
    this.#begin();
    const random = this.#random;
    const maker = new HistoryMaker(random, this.#historyOptions());
    const files = new MemoryFiles();
    let allowed: readonly State[] = [undefined];
    files.onOperation = (operation) => {
      if (isSortFile(operation)) this.report.sortFiles += 1;
      if (CHANGING.includes(operation.kind)) this.#crashNow(files, allowed, 0);
    };
    for (let replay = 0; replay < 4 && !this.#isEnough(); replay += 1) {
      const store = openToWrite(files, this.#format);
      const replayer = new Replayer(store, {
        partBytes: random.between(1000, 8000),
        groupBytes: random.between(10_000, 60_000),
      });
      let [committed] = allowed;
      for (let line = 0; line < 24 && !this.#isEnough(); line += 1) {
        const batch = maker.next();
        const content = contentOf(maker.model);
        allowed = [committed, content];
        replayer.push(utf8(formatLine(batch)));
        if (replayer.summary.toPosition === batch.position) {
          committed = content;
          this.report.commits += 1;
        }
      }
      allowed = [committed, contentOf(maker.model)];
      replayer.finish();
      allowed = allowed.slice(1);
      this.report.commits += 1;
      store.close();
      this.#crashNow(files, allowed, 0);
    }
  }

  /**
   * A store on a disk that fails at some operation, up to its first error: it must be told as one, leave the store as
   * before or as after the commit that it struck, and be over when the store is opened again.
   */
  #faultyHistory(): void {
    this.#begin();
    const random = this.#random;
    const maker = new HistoryMaker(random, { tables: [1n, 2n], operationsMax: 20, format: this.#format });
    const files = new MemoryFiles();
    const allowed: State[] = [undefined];
    const fault = randomFault(random);
    const commits = random.between(2, 4);
    let tally = { failed: 0 };
    let store: BTreeStore | undefined;
    try {
      for (let commit = 0; commit < commits; commit += 1) {
        store ??= openToWrite(files, this.#format);
        if (commit === commits - 1) tally = injectFault(files, fault);
        const model = maker.model.clone();
        const batches = nextCommit(random, maker);
        const replays = random.chance(0.5);
        // A replay commits the batches before the one at which the disk failed.
        if (replays) allowed.push(...contentsOnTheWay(model, batches));
        allowed.push(contentOf(maker.model));
        if (replays) replayAtOnce(store, batches);
        else commitAtOnce(store, batches);
        allowed.splice(0, allowed.length - 1);
        if (random.chance(0.5)) continue;
        store.close();
        store = undefined;
      }
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'IO_ERROR') throw error;
      if (tally.failed === 0) this.report.violations.push(`an error without a fault: ${error.message}`);
    }
    this.report.faults += tally.failed > 0 ? 1 : 0;
    // For half of the stores the disk gets well before they are closed.
    if (random.chance(0.5)) clearFaults(files);
    closeInAnyCase(store);
    clearFaults(files);
    this.#crashNow(files, allowed, 0);
    const asItIs = files.crash(random, new CrashOutcome(random, Infinity, 'everything'));
    this.report.points += 1;
    this.check(asItIs, allowed);
  }

  #begin(): void {
    this.report.histories += 1;
    this.#seen = new Set();
    this.#sound = new Map();
  }

  #crashNow(files: MemoryFiles, allowed: readonly State[], depth: number): void {
    const choices = depth > 0 ? 1 : this.#choices;
    for (let choice = 0; choice < choices && !this.#isEnough(); choice += 1) {
      this.report.points += 1;
      if (depth > 0) this.report.repairPoints += 1;
      const image = files.crash(this.#random);
      if (this.#isNew(image, allowed)) this.check(image, allowed, depth);
    }
  }

  #isNew(image: MemoryFiles, allowed: readonly State[]): boolean {
    const hash = createHash('sha1').update(allowed.map((state) => state?.position ?? 'none').join());
    for (const path of image.paths()) hash.update(`\0${path}\0`).update(image.view(path));
    const digest = hash.digest('hex');
    if (this.#seen.has(digest)) return false;
    this.#seen.add(digest);
    this.report.images += 1;
    return true;
  }

  /** Holds a file system against the contents that its store may have. */
  check(image: MemoryFiles, allowed: readonly State[], depth = 0): void {
    const { violations } = this.report;
    try {
      const found = readerSees(image);
      const state = allowed.find((candidate) => candidate?.rows === found);
      if (state === undefined && found !== undefined) return void violations.push(`a reader sees ${firstLine(found)}`);
      if (found === undefined && !allowed.includes(undefined)) return void violations.push('a reader finds no store');
      this.#repair(image, state, depth);
    } catch (error) {
      violations.push(error instanceof Error ? error.message : String(error));
    }
  }

  #repair(image: MemoryFiles, state: State, depth: number): void {
    let left = this.#random.below(REPAIR_CHANGES);
    image.onOperation = ({ kind }) => {
      if (depth < REPAIRS_DEEP && CHANGING.includes(kind) && left-- === 0) this.#crashNow(image, [state], depth + 1);
    };
    const store = openToWrite(image);
    const position = store.appliedPosition;
    store.close();
    image.onOperation = () => {};
    if (position !== (state?.position ?? 0n)) throw new Error(`a writer finds position ${position}`);
    const expected = state === undefined ? [] : [STORE_PATH];
    if (image.paths().join() !== expected.join()) throw new Error(`left behind: ${image.paths().join()}`);
    if (state !== undefined) this.#checkFile(image.get(STORE_PATH), state);
    if (this.#random.chance(0.02)) this.#survivors.push({ image, position });
  }

  #checkFile(bytes: Buffer, state: Content): void {
    const digest = createHash('sha1').update(bytes).digest('hex');
    const sound = this.#sound.get(state) ?? new Set<string>();
    this.#sound.set(state, sound);
    if (sound.has(digest)) return;
    // Purged tables leave leaks in format 1.
    const [problem] = structureProblems(bytes, { allowLeaks: this.#format === 1 });
    if (problem !== undefined) throw new Error(JSON.stringify(problem));
    if (versionsIn(bytes) !== state.versions)
      throw new Error(`the versions are not those of position ${state.position}`);
    sound.add(digest);
  }
}

const isSortFile = ({ kind, path }: FileOperation): boolean => kind === 'create' && path.includes('-sort-');

/** What a store holds after each batch but the last one. */
function contentsOnTheWay(model: Model, batches: readonly Batch[]): Content[] {
  return batches.slice(0, -1).map((batch) => {
    model.apply(batch);
    return contentOf(model);
  });
}

function commitAtOnce(store: BTreeStore, batches: readonly Batch[]): void {
  store.applyAll(batches.map(toWriteBatch));
  store.sync();
}

/** As one group, each batch of which waits in a file. */
function replayAtOnce(store: BTreeStore, batches: readonly Batch[]): void {
  const replayer = new Replayer(store, { partBytes: 1 });
  for (const batch of batches) replayer.push(utf8(formatLine(batch)));
  replayer.finish();
}

const openToWrite = (files: FileSystem, format?: FormatNumber): BTreeStore =>
  BTreeStore.open(STORE_PATH, {
    create: true,
    cachePages: CACHE_PAGES,
    files,
    ...(format === undefined ? {} : { format }),
  });

function closeInAnyCase(store: BTreeStore | undefined): void {
  try {
    store?.close();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

function randomFault(random: Random): Fault {
  return {
    kinds: random.chance(0.8) ? CHANGING : [...CHANGING, 'open', 'read', 'size', 'close'],
    nth: 1 + Math.floor(80 * random.next() ** 2),
    forEver: random.chance(0.5),
    errno: random.pick(['EIO', 'ENOSPC']),
    writtenShare: random.pick([0, 0, random.next()]),
  };
}

/** What a reader sees, who must change nothing; undefined where there is no store. */
function readerSees(image: MemoryFiles): string | undefined {
  if (!image.paths().includes(STORE_PATH)) return undefined;
  const changes = (): number => CHANGING.reduce((sum, kind) => sum + image.count(kind), 0);
  const before = changes();
  const store = BTreeStore.open(STORE_PATH, { readOnly: true, cachePages: CACHE_PAGES, files: image });
  const rows = store
    .tables()
    .flatMap(({ id }) => store.scan(id, {}, 1e6).map(({ key, value }) => rowText(id, hex(key), hex(value))));
  const text = textOf(store.appliedPosition, store.appliedHash, rows);
  store.close();
  if (changes() !== before) throw new Error('a reader changed something');
  return text;
}

/** The store that was repaired can be written. */
function goOn(image: MemoryFiles, position: bigint): void {
  const store = openToWrite(image);
  store.apply(new WriteBatch(position + 1n).put(1n, `after ${position}`, 'the crash'));
  store.sync();
  store.close();
  const [problem] = structureProblems(image.get(STORE_PATH), { allowLeaks: true });
  if (problem !== undefined) throw new Error(`the store cannot go on at ${position}`);
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
