/** Sorts more than fits into memory: part by part, and what is not the last part waits in a temporary file. */
import type { FileSystem } from '../file/files.js';
import type { Steps } from '../steps.js';
import type { OperationIterator } from './operation-iterator.js';
import { SortedRuns } from './sorted-runs.js';

/** What is sorted in memory. */
const PART_BYTES = 16 * 1024 * 1024;

/** A part in memory. */
export interface SortedPart {
  /** What it takes in memory. */
  readonly byteLength: number;
  sorted(): OperationIterator;
}

export class PartSorter<Part extends SortedPart> {
  readonly #runs: SortedRuns;
  #part: Part;

  constructor(
    files: FileSystem,
    private readonly newPart: () => Part,
    compare: (a: OperationIterator, b: OperationIterator) => number,
    private readonly partBytes = PART_BYTES,
  ) {
    this.#runs = new SortedRuns(() => files.createTemporary(), compare);
    this.#part = newPart();
  }

  /** What is added to now. */
  get part(): Part {
    return this.#part;
  }

  /** Writes what is in memory when it has become much. @throws StoreError `IO_ERROR` */
  *makeRoom(): Steps<void> {
    if (this.#part.byteLength < this.partBytes) return;
    yield* this.#runs.add(this.#part.sorted());
    this.#part = this.newPart();
  }

  /** All of it. Nothing is added any more. */
  sorted(): OperationIterator {
    return this.#runs.merged(this.#part.sorted());
  }

  /** Releases the files. */
  close(): void {
    this.#runs.close();
  }
}
