/**
 * Looks at what crashes leave. The store must be as of the last `sync` that returned, or as of the one that was going
 * on; a reader must see that before anything is repaired, and change nothing; a writer must repair it, leave nothing
 * beside it, and keep what the reader saw. The repair is crashed in the same way.
 */
import { createHash } from 'node:crypto';
import { BTreeStore, type FileSystem } from '../../src/engine/index.js';
import { FIRST_PAGES, type FormatNumber, structureProblems } from './any-format.js';
import { type Content, rowsOf, versionsIn, versionsOf } from './crash-contents.js';
import { pageOf } from './format2/layout.js';
import { decodeFormat2 } from './format2-decode.js';
import { type JournalSegment, segmentsOf } from './journal-pages.js';
import { CHANGING, type MemoryFiles } from './memory-files.js';
import { STORE_PATH } from './memory-store.js';
import type { Random } from './random.js';
import { damageSuperblock, isWholePage } from './superblock-damage.js';

export const CACHE_PAGES = 32;
const JOURNAL_PATH = `${STORE_PATH}-journal`;
/** A repair that was crashed is repaired, which is crashed, and so on. */
const REPAIRS_DEEP = 3;
/** About how many changes a repair makes: one of them is the moment of its crash. */
const REPAIR_CHANGES = 24;

/** Undefined: there is no store. */
export type State = Content | undefined;

/** A store that was repaired after a crash. */
export interface Survivor {
  readonly files: MemoryFiles;
  readonly state: State;
  readonly isDamaged: boolean;
}

export interface CrashTally {
  points: number;
  /** Of them, those in the middle of a repair. */
  repairPoints: number;
  /** Of them, those at which one of two superblocks was lost, too. */
  damagedPoints: number;
  /** Of them, those with several commits in the journal, and those in a checkpoint of several. */
  segmentPoints: number;
  checkpointPoints: number;
  /** Different images among them. */
  images: number;
  readonly violations: string[];
}

/** What was found to be so before the crash. */
interface Moment {
  readonly files: MemoryFiles;
  /** What the store may be. */
  readonly allowed: readonly State[];
  /** How many repairs there were after the first crash. */
  readonly depth: number;
  /** Whether one of two superblocks is lost already. */
  readonly isDamaged: boolean;
}

export class CrashPoints {
  readonly tally: CrashTally = {
    ...{ points: 0, repairPoints: 0, damagedPoints: 0, segmentPoints: 0, checkpointPoints: 0, images: 0 },
    violations: [],
  };
  /** Stores that were repaired after a crash, to be written to. */
  readonly survivors: Survivor[] = [];
  #seen = new Set<string>();
  /** Of each content: the digests of files that were found to hold it, sound. */
  #sound = new Map<State, Set<string>>();
  /** The superblocks of the commits before. */
  #older: Buffer[] = [];

  constructor(
    private readonly random: Random,
    private readonly format: FormatNumber,
    /** In how many ways a crash falls out at each moment. */
    private readonly choices: number,
    readonly isEnough: () => boolean,
  ) {}

  /** A store of its own begins. */
  begin(): void {
    this.#seen = new Set();
    this.#sound = new Map();
    this.goOn();
  }

  /** A store that has survived is written to. */
  goOn(): void {
    this.#older = [];
  }

  /** A commit is about to replace this superblock. */
  committing(files: MemoryFiles): void {
    if (this.format !== 1 && files.paths().includes(STORE_PATH)) {
      this.#older = [...this.#older.slice(-2), Buffer.from(pageOf(files.view(STORE_PATH), 0))];
    }
  }

  /** The power goes now. @param isDamaged whether one of two superblocks is lost already */
  crash(files: MemoryFiles, allowed: readonly State[], isDamaged = false): void {
    this.#crash({ files, allowed, depth: 0, isDamaged });
  }

  /** Holds a file system against the contents that its store may have. */
  check(files: MemoryFiles, allowed: readonly State[], isDamaged = false): void {
    this.#check({ files, allowed, depth: 0, isDamaged });
  }

  #crash(moment: Moment): void {
    const { files, depth } = moment;
    const choices = depth > 0 ? 1 : this.choices;
    for (let choice = 0; choice < choices && !this.isEnough(); choice += 1) {
      this.tally.points += 1;
      if (depth > 0) this.tally.repairPoints += 1;
      const image = files.crash(this.random);
      this.#countSegments(image);
      const isDamaged = this.#damages(image, moment) || moment.isDamaged;
      if (this.#isNew(image, moment.allowed)) this.#check({ ...moment, files: image, isDamaged });
    }
  }

  #countSegments(image: MemoryFiles): void {
    if (!image.paths().includes(JOURNAL_PATH)) return;
    const segments = segmentsOf(image.view(JOURNAL_PATH));
    if (segments.length < 2) return;
    this.tally.segmentPoints += 1;
    if (segments.at(-1)?.next.equals(pageOf(image.view(STORE_PATH), 0))) this.tally.checkpointPoints += 1;
  }

  /** Loses one of two superblocks, if both are there. */
  #damages(image: MemoryFiles, { isDamaged }: Moment): boolean {
    if (this.format === 1 || isDamaged || !image.paths().includes(STORE_PATH) || !this.random.chance(0.3)) return false;
    const bytes = image.get(STORE_PATH);
    if (damageSuperblock(bytes, this.random, this.#older) === undefined) return false;
    image.overwrite(STORE_PATH, bytes);
    this.tally.damagedPoints += 1;
    return true;
  }

  #isNew(image: MemoryFiles, allowed: readonly State[]): boolean {
    const hash = createHash('sha1').update(allowed.map((state) => state?.position ?? 'none').join());
    for (const path of image.paths()) hash.update(`\0${path}\0`).update(image.view(path));
    const digest = hash.digest('hex');
    if (this.#seen.has(digest)) return false;
    this.#seen.add(digest);
    this.tally.images += 1;
    return true;
  }

  #check(moment: Moment): void {
    const { violations } = this.tally;
    const { files, allowed } = moment;
    try {
      const found = readerSees(files);
      const state = allowed.find((candidate) => candidate?.rows === found);
      if (state === undefined && found !== undefined) return void violations.push(`a reader sees ${firstLine(found)}`);
      if (found === undefined && !allowed.includes(undefined)) return void violations.push('a reader finds no store');
      this.#repair(moment, state);
    } catch (error) {
      this.violation(error);
    }
  }

  violation(error: unknown): void {
    this.tally.violations.push(error instanceof Error ? error.message : String(error));
  }

  #repair({ files, depth, isDamaged }: Moment, state: State): void {
    let left = this.random.below(REPAIR_CHANGES);
    files.onOperation = ({ kind }) => {
      if (depth < REPAIRS_DEEP && CHANGING.includes(kind) && left-- === 0) {
        this.#crash({ files, allowed: [state], depth: depth + 1, isDamaged });
      }
    };
    const journal = files.paths().includes(JOURNAL_PATH) ? segmentsOf(files.get(JOURNAL_PATH)) : [];
    const store = openToWrite(files, this.format);
    const { appliedPosition: position, recovery } = store;
    if (this.random.chance(0.05)) this.#checkVersions(store, state);
    store.close();
    files.onOperation = () => {};
    if (position !== (state?.position ?? 0n)) throw new Error(`a writer finds position ${position}`);
    const expected = state === undefined ? [] : [STORE_PATH];
    if (files.paths().join() !== expected.join()) throw new Error(`left behind: ${files.paths().join()}`);
    if (state !== undefined) {
      this.checkFile(files.get(STORE_PATH), state, isDamaged, recovery.journal === 'played' ? journal : []);
    }
    if (this.random.chance(isDamaged ? 0.1 : 0.02)) this.survivors.push({ files, state, isDamaged });
  }

  #checkVersions(store: BTreeStore, state: State): void {
    if (state !== undefined && versionsOf(store, state.model) !== state.versions)
      throw new Error(`a writer reads other versions than those of ${state.position}`);
  }

  /**
   * Holds a store that no writer has open against what it must hold.
   *
   * @param isDamaged whether one of two superblocks is lost until the next commit
   * @param journal the segments of the journal that was played in
   */
  checkFile(file: Buffer, state: Content, isDamaged = false, journal: readonly JournalSegment[] = []): void {
    const digest = createHash('sha1').update(file).digest('hex');
    const sound = this.#sound.get(state) ?? new Set<string>();
    this.#sound.set(state, sound);
    if (sound.has(digest)) return;
    const bytes = isDamaged ? withFirstPage(file) : file;
    if (this.format !== 1) checkNoneFree(bytes, journal);
    // Tables that were purged leave leaks in format 1.
    const [problem] = structureProblems(bytes, { allowLeaks: this.format === 1, ignoreCopy: isDamaged });
    if (problem !== undefined) throw new Error(typeof problem === 'string' ? problem : JSON.stringify(problem));
    if (versionsIn(bytes) !== state.versions)
      throw new Error(`the versions are not those of position ${state.position}`);
    sound.add(digest);
  }
}

/** Sizes of a journal at which it is put in place: with every commit, after a few, at the end. */
const JOURNAL_BYTES = [0, 150_000, 500_000, Infinity] as const;

/** Opens a store that is about to be changed. */
export const openToChange = (files: FileSystem, format: FormatNumber, random: Random): BTreeStore => {
  const journalBytes = random.pick(JOURNAL_BYTES);
  return BTreeStore.open(STORE_PATH, { create: true, cachePages: CACHE_PAGES, files, format, journalBytes });
};

export const openToWrite = (files: FileSystem, format: FormatNumber): BTreeStore =>
  BTreeStore.open(STORE_PATH, { create: true, cachePages: CACHE_PAGES, files, format });

/** What a reader sees, who must change nothing; undefined where there is no store. */
function readerSees(image: MemoryFiles): string | undefined {
  if (!image.paths().includes(STORE_PATH)) return undefined;
  const changes = (): number => CHANGING.reduce((sum, kind) => sum + image.count(kind), 0);
  const before = changes();
  const store = BTreeStore.open(STORE_PATH, { readOnly: true, cachePages: CACHE_PAGES, files: image });
  const text = rowsOf(store);
  store.close();
  if (changes() !== before) throw new Error('a reader changed something');
  return text;
}

/** The superblock that counts is page 1 as long as page 0 is lost. */
function withFirstPage(file: Buffer): Buffer {
  const [first, copy] = [pageOf(file, 0), pageOf(file, 1)];
  const isFirstLater = isWholePage(first) && (!isWholePage(copy) || commitNumber(first) >= commitNumber(copy));
  return isFirstLater ? file : Buffer.concat([copy, file.subarray(copy.length)]);
}

const commitNumber = (superblock: Buffer): bigint => superblock.readBigUInt64LE(64);

/** No commit has pages in its segment that it frees. */
function checkNoneFree(file: Buffer, journal: readonly JournalSegment[]): void {
  const last = journal.find(({ next }) => next.equals(pageOf(file, 0)));
  if (last === undefined) return;
  const { freePages } = decodeFormat2(file);
  const page = [...last.images.keys()].find((pageId) => pageId < FIRST_PAGES[2] || freePages.has(pageId));
  if (page !== undefined) throw new Error(`page ${page} is free, or a superblock, and in the journal`);
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
