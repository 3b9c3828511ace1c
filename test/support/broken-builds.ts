/** Builds of the engine that get one thing wrong, for as long as something is done with them. */
import { FreePageAllocator } from '../../src/engine/pager/free-page-allocator.js';
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
