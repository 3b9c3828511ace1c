/**
 * Damages a store at random, salvages it, and compares the result with what an independent look at the undamaged store
 * and at the damaged bytes says: every version on pages that the damage has left alone is there, exactly once, and
 * nothing that the undamaged store did not hold.
 */
import { salvage, type SalvageSummary, StoreError, verify } from '../../src/engine/index.js';
import type { FormatNumber } from './any-format.js';
import { randomStore } from './copies.js';
import { memoryWith, STORE_PATH } from './memory-store.js';
import type { MemoryFiles } from './memory-files.js';
import type { Random } from './random.js';
import { rootPages, type StoredVersion, storedVersions, treePages } from './stored-versions.js';

const PAGE = 4096;
export const SAVED_PATH = '/memory/saved.kmb';
export const AGAIN_PATH = '/memory/again.kmb';
const HARM_MAX = 20;
/** Values that are longer are always in pages of their own; shorter ones may be. */
const LONGEST_INLINE = 900;

export interface Trial {
  readonly what: string;
  readonly problems: readonly string[];
  readonly pagesDamaged: number;
  readonly pages: number;
  readonly saved: number;
  readonly versions: number;
  /** Undefined where nothing could be saved. */
  readonly summary: SalvageSummary | undefined;
}

/** A store to be damaged. */
export function storeToDamage(seed: number, format: FormatNumber, batches = 90): Buffer {
  return randomStore(seed, format, batches, { purges: format === 2 && seed % 2 === 0 }).files.get(STORE_PATH);
}

/** Damages a store, and salvages it. */
export function runTrial(sound: Buffer, random: Random): Trial {
  const { damaged, what } = damage(sound, random);
  const trial = judge(sound, damaged);
  const isSilent = trial.saved < trial.versions && trial.summary?.lost.length === 0;
  const silence = isSilent ? ['something is lost, and it does not say so'] : [];
  return { what, ...trial, problems: [...trial.problems, ...silence] };
}

/** Most trials are about the same few stores. */
const known = new WeakMap<Buffer, StoredVersion[]>();

function versionsIn(sound: Buffer): StoredVersion[] {
  const versions = known.get(sound) ?? storedVersions(sound);
  known.set(sound, versions);
  return versions;
}

/** What a salvage of a damaged store is to be told. */
export function judge(sound: Buffer, damaged: Buffer): Omit<Trial, 'what'> {
  const files = memoryWith(damaged);
  const before = versionsIn(sound);
  const pages = sound.length / PAGE;
  const changed = changedPages(sound, damaged);
  const counts = { pagesDamaged: changed.size, pages, versions: before.length };
  const due = before.filter((version) => version.pages.every((page) => !changed.has(page)));
  const summary = trySalvage(files, damaged);
  if (summary === undefined) {
    const problems = due.length > 0 ? [`nothing was saved, and ${due.length} versions could have been`] : [];
    return { ...counts, problems, saved: 0, summary };
  }
  const after = storedVersions(files.get(SAVED_PATH));
  const problems = [
    ...versionProblems(before, due, after, summary),
    ...soundnessProblems(files, summary),
    ...(files.get(STORE_PATH).equals(damaged) ? [] : ['the damaged store was changed']),
  ];
  const names = new Set(after.map(({ keyHex, createdAt, value }) => `${keyHex}@${createdAt} ${value}`));
  const saved = before.filter(({ keyHex, createdAt, value }) => names.has(`${keyHex}@${createdAt} ${value}`)).length;
  return { ...counts, problems, saved, summary };
}

/** What is wrong with what was saved. */
export function versionProblems(
  before: readonly StoredVersion[],
  due: readonly StoredVersion[],
  after: readonly StoredVersion[],
  { tables, mayHavePurged }: SalvageSummary,
): string[] {
  const unknown = new Set(tables.filter(({ isKnown }) => !isKnown).map(({ id }) => id));
  const nameOf = ({ keyHex, createdAt, deletedAt, value }: StoredVersion): string =>
    `${keyHex}@${createdAt}-${deletedAt} ${value}`;
  const pool = new Map<string, number>();
  const count = (name: string): number => pool.get(name) ?? 0;
  for (const version of before) pool.set(nameOf(version), count(nameOf(version)) + 1);
  const exact = new Set(before.map((version) => `${version.table} ${nameOf(version)}`));
  const starts = new Set(before.map(startOf));
  const problems: string[] = [];
  for (const version of after) {
    const name = nameOf(version);
    if (!exact.has(`${version.table} ${name}`) && isOfValueOnly(version) && starts.has(startOf(version))) continue;
    const isHeld = unknown.has(version.table) || exact.has(`${version.table} ${name}`);
    // Without the records of the tables nothing says what was purged, and free pages still hold it.
    if (!mayHavePurged && (!isHeld || count(name) === 0))
      problems.push(`saved, and never held: ${version.table} ${name.slice(0, 90)}`);
    pool.set(name, count(name) - 1);
  }
  const saved = new Set(after.flatMap((version) => [`${version.table} ${nameOf(version)}`, nameOf(version)]));
  for (const version of due) {
    const name = unknown.size > 0 ? nameOf(version) : `${version.table} ${nameOf(version)}`;
    if (!saved.has(name))
      problems.push(`not saved, and on a sound page: ${version.table} ${nameOf(version).slice(0, 90)}`);
  }
  return problems;
}

const startOf = ({ table, keyHex, createdAt, value }: StoredVersion): string =>
  `${table} ${keyHex}@${createdAt} ${value}`;

/** Of a value whose event is lost it is known only when it was put. */
const isOfValueOnly = ({ createdAt, deletedAt, value }: StoredVersion): boolean =>
  deletedAt === createdAt + 1n && value.length > 2 * LONGEST_INLINE;

/** A salvaged store is sound, says that it was salvaged, and does not change when it is salvaged again. */
function soundnessProblems(files: MemoryFiles, { isMarked }: SalvageSummary): string[] {
  const { codes } = verify(SAVED_PATH, { files, strict: true });
  const isOf2 = files.get(SAVED_PATH).readUInt32LE(8) === 2;
  const expected = isMarked && isOf2 ? ['salvaged'] : [];
  const found = Object.keys(codes);
  const again = salvage(SAVED_PATH, AGAIN_PATH, { files, force: true });
  return [
    ...(found.join() === expected.join() ? [] : [`verify finds ${found.join()}`]),
    ...(files.get(AGAIN_PATH).equals(files.get(SAVED_PATH)) ? [] : ['salvaged again it is not the same']),
    ...(again.lost.length === 0 ? [] : ['salvaged again it has losses']),
  ];
}

function trySalvage(files: MemoryFiles, damaged: Buffer): SalvageSummary | undefined {
  try {
    return salvage(STORE_PATH, SAVED_PATH, { files });
  } catch (error) {
    if (error instanceof StoreError && error.code === 'NOT_A_STORE') return undefined;
    throw new Error(`a salvage of ${damaged.length} bytes ended`, { cause: error });
  }
}

function changedPages(sound: Buffer, damaged: Buffer): Set<number> {
  const changed = new Set<number>();
  for (let page = 0; page < sound.length / PAGE; page += 1) {
    const [from, to] = [page * PAGE, (page + 1) * PAGE];
    if (!sound.subarray(from, to).equals(damaged.subarray(from, to))) changed.add(page);
  }
  return changed;
}

/** Several kinds of damage, on 1 to 20 pages. */
function damage(sound: Buffer, random: Random): { damaged: Buffer; what: string } {
  let damaged: Buffer = Buffer.from(sound);
  const names: string[] = [];
  for (let count = random.between(1, 2); count > 0; count -= 1) {
    const name = random.pick(Object.keys(HARMS));
    const changed = HARMS[name]?.(damaged, sound, random);
    if (changed !== undefined) damaged = changed;
    names.push(name);
  }
  return { damaged, what: names.join(', ') };
}

type Harm = (damaged: Buffer, sound: Buffer, random: Random) => Buffer | undefined;

const anyPage = (file: Buffer, random: Random): number => random.below(Math.floor(file.length / PAGE));
const zero = (file: Buffer, page: number): void => void file.fill(0, page * PAGE, (page + 1) * PAGE);
const times = (random: Random, work: () => void): void => {
  for (let left = random.chance(0.5) ? random.between(1, 3) : random.between(1, HARM_MAX); left > 0; left -= 1) work();
};

const HARMS: Readonly<Record<string, Harm>> = {
  zeroed: (file, _sound, random) => {
    times(random, () => {
      zero(file, anyPage(file, random));
    });
    return undefined;
  },
  flipped: (file, _sound, random) => {
    times(random, () => {
      const offset = random.below(file.length);
      file[offset] = file[offset]! ^ (1 << random.below(8));
    });
    return undefined;
  },
  // What pages of format 1 are of different tables nobody can tell: only those of one table are exchanged.
  swapped: (file, sound, random) => {
    const pages = random.pick([...treePages(sound).values()].filter((list) => list.length > 1).concat([[1, 1]]));
    const [a, b] = [random.pick(pages) * PAGE, random.pick(pages) * PAGE];
    if (Math.max(a, b) + PAGE > file.length) return undefined;
    const first = Buffer.from(file.subarray(a, a + PAGE));
    file.copyWithin(a, b, b + PAGE);
    file.set(first, b);
    return undefined;
  },
  cut: (file, _sound, random) =>
    Buffer.from(file.subarray(0, file.length - random.below(Math.min(file.length / 2, HARM_MAX * PAGE)))),
  'superblock gone': (file) => {
    zero(file, 0);
    return undefined;
  },
  'both superblocks gone': (file) => {
    zero(file, 0);
    if (file.readUInt32LE(PAGE + 8) === 2) zero(file, 1);
    return undefined;
  },
  'roots gone': (file, sound) => {
    for (const page of rootPages(sound)) if ((page + 1) * PAGE <= file.length) zero(file, page);
    return undefined;
  },
};
