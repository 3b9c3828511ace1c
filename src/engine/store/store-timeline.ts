/** What a store says about its past as a whole: the calls of `BTreeStore` that ask `timeline/`. */
import { ResultIterator } from '../async/result-iterator.js';
import { type AbortOptions, untilAborted } from '../async/slices.js';
import { runSteps, type Steps } from '../steps.js';
import type { WriteBatch } from '../log/batch.js';
import { type Changes, changesBetween, type ChangesOptions } from '../timeline/changes.js';
import { contentHash, type ContentHash, type HashOptions } from '../timeline/content-hash.js';
import { type Differences, diffPositions, type DiffOptions, type RowDifference } from '../timeline/diff.js';
import { diffStores } from '../timeline/diff-stores.js';
import { compareWithLog, type LogComparison, type LogComparisonOptions } from '../timeline/log-comparison.js';
import {
  tableVersions,
  type TableVersion,
  type TableVersions,
  type TableVersionsOptions,
} from '../timeline/table-versions.js';
import type { StoreView } from '../timeline/view.js';

export interface DiffWithOptions extends DiffOptions {
  /** As of which position both stores are compared (default: the applied one of each). */
  readonly at?: bigint | undefined;
}

export abstract class StoreTimeline {
  /** @internal The store, for questions about these positions. @throws StoreError `POSITION_BEYOND_APPLIED` */
  protected abstract viewAt(positions: readonly (bigint | undefined)[]): StoreView;

  /**
   * The SHA-256 of the visible content: equal for equal content, whatever format, layout and history (docs/FORMAT.md
   * says of which bytes).
   *
   * @throws StoreError `POSITION_BEYOND_APPLIED`, `POSITION_FORGOTTEN` (one of the tables has lost what it was then)
   */
  contentHash(options: HashOptions = {}): ContentHash {
    return runSteps(this.contentHashSteps(options));
  }

  /** As `contentHash`, beside an event loop. @throws StoreError as `contentHash` */
  async contentHashAsync({ signal, ...options }: HashOptions & AbortOptions = {}): Promise<ContentHash> {
    return untilAborted(this.contentHashSteps(options), { signal });
  }

  /** As `contentHash`, in steps of a few milliseconds. @throws StoreError as `contentHash` */
  contentHashSteps(options: HashOptions = {}): Steps<ContentHash> {
    return contentHash(this.viewAt([options.at]), options);
  }

  /**
   * The rows that differ between two positions, one by one, for `for` or `for await`, by table and key. Values are
   * compared: a row that was put again with the same value does not differ.
   *
   * @param to the applied position by default; one before `from` gives the same the other way round
   * @throws StoreError as `contentHash`
   */
  diff(from: bigint, to?: bigint, options: DiffOptions & AbortOptions = {}): ResultIterator<RowDifference> {
    return new ResultIterator(this.diffSteps(from, to, options), options);
  }

  /** As `diff`, with undefined now and then on a long way to the next difference. @throws StoreError as `diff` */
  diffSteps(from: bigint, to?: bigint, options: DiffOptions = {}): Differences {
    const view = this.viewAt([from, to]);
    return diffPositions(view, from, to ?? view.applied.position, options);
  }

  /**
   * The rows that differ between this store, which is before, and another one, which is after.
   *
   * @throws StoreError as `diff`
   */
  diffWith(other: StoreTimeline, options: DiffWithOptions & AbortOptions = {}): ResultIterator<RowDifference> {
    return new ResultIterator(this.diffWithSteps(other, options), options);
  }

  /** As `diffWith`, with undefined now and then. @throws StoreError as `diff` */
  diffWithSteps(other: StoreTimeline, options: DiffWithOptions = {}): Differences {
    const { at } = options;
    const [left, right] = [this.viewAt([at]), other.viewAt([at])];
    const leftAt = { view: left, at: at ?? left.applied.position };
    const rightAt = { view: right, at: at ?? right.applied.position };
    return diffStores(leftAt, rightAt, options);
  }

  /**
   * The log again: the batches after one position and up to another, one by one, empty ones too. Applied to a store as
   * of the first position they give the same content at each position after it; the last one has the hash of the log
   * where that is known. Of several operations on a key in a batch there is the last, and none that had no effect.
   *
   * @param after the position that they follow (default: 0)
   * @param upTo the position of the last (default: the applied one)
   * @throws StoreError as `contentHash`, `IO_ERROR` (what does not fit into memory is sorted in a temporary file)
   */
  changes(after = 0n, upTo?: bigint, options: ChangesOptions & AbortOptions = {}): ResultIterator<WriteBatch> {
    return new ResultIterator(this.changesSteps(after, upTo, options), options);
  }

  /** As `changes`, with undefined now and then on a long way to the next batch. @throws StoreError as `changes` */
  changesSteps(after = 0n, upTo?: bigint, options: ChangesOptions = {}): Changes {
    const view = this.viewAt([after, upTo]);
    return changesBetween(view, after, upTo ?? view.applied.position, options);
  }

  /**
   * The versions of a table as rows, by key: those that are visible at a position, or all up to it; or what somebody
   * does not know who has those of an earlier one.
   *
   * @throws StoreError `POSITION_BEYOND_APPLIED`, `POSITION_FORGOTTEN` (the table has lost what it was then)
   */
  tableVersions(table: bigint, options: TableVersionsOptions & AbortOptions = {}): ResultIterator<TableVersion> {
    return new ResultIterator(this.tableVersionsSteps(table, options), options);
  }

  /** As `tableVersions`, with undefined now and then. @throws StoreError as `tableVersions` */
  tableVersionsSteps(table: bigint, options: TableVersionsOptions = {}): TableVersions {
    return tableVersions(this.viewAt([options.at, options.since]), table, options);
  }

  /**
   * Begins a comparison with a log: chain, and every version of every key. It is given the lines of the log, from
   * position 1 on, and then finished.
   *
   * @throws StoreError `POSITION_BEYOND_APPLIED`
   */
  verifyLog(options: LogComparisonOptions = {}): LogComparison {
    return compareWithLog(this.viewAt([options.to]), options);
  }
}
