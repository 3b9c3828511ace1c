/** Builds of the engine that get one thing wrong, for as long as something is done with them. */
import { FreePageAllocator } from '../../src/engine/pager/free-page-allocator.js';
import { Snapshot } from '../../src/engine/pager/snapshot.js';
import { JournalBody } from '../../src/engine/journal/body.js';
import { JournalWriter } from '../../src/engine/journal/writer.js';

type Broken = <Result>(work: () => Result) => Result;

/** The superblock is encoded when the pages of the journal are not counted yet: its sums are wrong. */
export const superblockTooEarly: Broken = (work) => {
  const { finish } = Object.getOwnPropertyDescriptors(JournalWriter.prototype);
  const original = finish.value as JournalWriter['finish'];
  return whileReplaced(JournalWriter.prototype, 'finish', work, function* (this: JournalWriter, commit) {
    const next = commit.makeNext();
    return yield* original.call(this, { ...commit, makeNext: () => next });
  });
};

/** Pages that were freed stay in the cache, and come to the journal. */
export const freedPagesJournalled: Broken = (work) =>
  whileReplaced(FreePageAllocator.prototype, 'freedPages', work, () => []);

/** A commit that frees pages is not put in place at once, and they are used again all the same. */
export const reusedBeforeCheckpoint: Broken = (work) => {
  const original = Object.getOwnPropertyDescriptor(FreePageAllocator.prototype, 'freedCount') as PropertyDescriptor;
  Object.defineProperty(FreePageAllocator.prototype, 'freedCount', { ...original, get: () => 0 });
  try {
    return work();
  } finally {
    Object.defineProperty(FreePageAllocator.prototype, 'freedCount', original);
  }
};

/** Each segment of a journal is written over the one before. */
export const segmentRewritten: Broken = (work) => whileReplaced(JournalBody.prototype, 'begin', work, () => {});

/** A checkpoint puts page 0 in its place, and no other page. */
export const onlyPageZeroPlaced: Broken = (work) =>
  whileReplaced(JournalWriter.prototype, 'committedPageIds', work, () => new Uint32Array());

/** Whoever follows a store is told of a commit that is only in a journal, and may not be synced yet. */
export const journalFollowed: Broken = (work) => whileFollowed((snapshot) => snapshot.hasOverlay, work);

/** Whoever follows a store is told of a new one whose name may not be synced yet. */
export const newNameFollowed: Broken = (work) => whileFollowed((snapshot) => !snapshot.hasOverlay, work);

function whileFollowed<Result>(isTaken: (snapshot: Snapshot) => boolean, work: () => Result): Result {
  const { isDurable } = Object.getOwnPropertyDescriptors(Snapshot.prototype);
  const original = isDurable.value as Snapshot['isDurable'];
  return whileReplaced(Snapshot.prototype, 'isDurable', work, function (this: Snapshot) {
    return isTaken(this) || original.call(this);
  });
}

function whileReplaced<Class, Name extends keyof Class, Result>(
  prototype: Class,
  name: Name,
  work: () => Result,
  replacement: Class[Name],
): Result {
  const original = prototype[name];
  prototype[name] = replacement;
  try {
    return work();
  } finally {
    prototype[name] = original;
  }
}
