/**
 * Any number of sorted operations on disk, in bounded memory: parts are written as runs, and when there are many runs
 * they are merged into one of the next level, so that never more than some hundred are read at once.
 */
import type { FileHandle } from '../file/files.js';
import type { Steps } from '../steps.js';
import { MergingIterator, type OperationOrder } from './merging-iterator.js';
import type { OperationIterator } from './operation-iterator.js';
import { RunFile } from './run-file.js';

/** Runs of a level that are merged into one. */
const RUNS_MAX = 64;

interface Level {
  readonly file: RunFile;
  runs: number;
}

export class SortedRuns {
  /** The level that runs are written to first, and then those that they were merged into: of earlier operations. */
  readonly #levels: (Level | undefined)[] = [];

  /**
   * @param makeFile makes a file without a name
   * @param order of all runs
   */
  constructor(
    private readonly makeFile: () => FileHandle,
    private readonly order: OperationOrder,
    private readonly runsMax = RUNS_MAX,
  ) {}

  /** Writes the operations of a source as the next run. @throws StoreError `IO_ERROR` */
  *add(source: OperationIterator, index = 0): Steps<void> {
    const level = (this.#levels[index] ??= { file: new RunFile(this.makeFile()), runs: 0 });
    yield* level.file.write(source);
    level.runs++;
    if (level.runs < this.runsMax) return;
    this.#levels[index] = undefined;
    try {
      yield* this.add(new MergingIterator(level.file.sources(), this.order), index + 1);
    } finally {
      level.file.close();
    }
  }

  /**
   * All operations in their order; of equal ones those that came first are first.
   *
   * @param last those that were not written, after all others
   */
  merged(last: OperationIterator): OperationIterator {
    const runs = this.#levels.toReversed().flatMap((level) => level?.file.sources() ?? []);
    return runs.length === 0 ? last : new MergingIterator([...runs, last], this.order);
  }

  close(): void {
    for (const level of this.#levels.splice(0)) level?.file.close();
  }
}
