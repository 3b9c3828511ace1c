/** Gathers the records of a file into batches, and feeds them to a store. */
import { type BTreeStore, Replayer, StoreError, type Steps, WriteBatch } from '../../engine/index.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import { BatchComparison, differs } from './batch-comparison.js';
import { badRecord, type ImportedRecord } from './record.js';

export interface FeedOptions {
  /** The position before the file's first batch. */
  readonly start: bigint;
  /** Records in a batch, where they do not say themselves where one ends. */
  readonly recordsPerBatch: number;
}

export class BatchFeed {
  readonly replayer: Replayer;
  readonly #comparison: BatchComparison | undefined;
  #batch: WriteBatch | undefined;
  #position: bigint;
  /** Of the batch. */
  #records = 0;
  #bytes = 0;
  #line = 0;
  /** Rows or changes taken in all. */
  rows = 0;

  constructor(
    private readonly store: BTreeStore,
    private readonly options: FeedOptions,
  ) {
    this.replayer = new Replayer(store);
    this.#position = options.start;
    this.#comparison = BatchComparison.where(store, options.start);
  }

  /** Takes the next record of the file. @throws StoreError, CliError what is wrong with it, or with its batch */
  *take(record: ImportedRecord): Steps<void> {
    this.#line = record.line;
    this.rows += record.rows ?? 1;
    this.#records++;
    const batch = (this.#batch ??= this.#newBatch());
    for (const operation of record.operations) this.#add(operation, batch);
    if (record.endsBatch ?? this.#records >= this.options.recordsPerBatch) yield* this.#push(batch);
  }

  /** Commits what has come. */
  *end(): Steps<void> {
    if (this.#batch !== undefined) yield* this.#push(this.#batch);
    if (this.#comparison === undefined) this.#refuseShortFile();
    yield* this.replayer.finishSteps();
  }

  #newBatch(): WriteBatch {
    // As much memory as the batch before has taken, and a little more.
    const room = Buffer.allocUnsafeSlow(1024 + Math.ceil(this.#bytes * 1.1));
    return new WriteBatch(this.#position + 1n, undefined, room);
  }

  #add(operation: ImportedRecord['operations'][number], batch: WriteBatch): void {
    try {
      batch.push(operation);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw error.code === 'INVALID_ARGUMENT' ? badRecord(this.#line, error.message) : this.#located(error);
    }
  }

  *#push(batch: WriteBatch): Steps<void> {
    this.#batch = undefined;
    this.#records = 0;
    this.#bytes = batch.byteLength;
    this.#position = batch.position;
    yield* this.#comparison?.check(batch, this.#line) ?? [];
    try {
      yield* this.replayer.pushBatchSteps(batch, this.#line);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'LOG_MISMATCH') throw error;
      throw differs(this.#line, batch.position);
    }
  }

  /** A file that ends before the position of the store was not compared with anything. */
  #refuseShortFile(): void {
    const { start } = this.options;
    const { appliedPosition } = this.store;
    if (this.replayer.notCompared !== 'log-ends') return;
    const batches = this.#position - start;
    const sentence = `the file has ${batches} batches, and the store is at position ${appliedPosition}: nothing was compared or imported`;
    const facts = { batches, appliedPosition };
    throw new CliError('IMPORT_ENDS_EARLY', EXIT.refused, sentence, {
      facts,
      hint: `--start ${appliedPosition} imports behind what the store has`,
    });
  }

  #located(error: StoreError): StoreError {
    return error.with({ line: this.#line, appliedPosition: this.replayer.summary.toPosition });
  }
}
