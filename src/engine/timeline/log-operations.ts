/**
 * The operations of a whole log, the last table, key and position first: read once, sorted in parts, which wait in
 * temporary files.
 */
import type { OperationIterator } from '../commit-group/operation-iterator.js';
import { byKey } from '../commit-group/merging-iterator.js';
import { orderOperations, type TableOperations } from '../commit-group/operations.js';
import { SortedRuns } from '../commit-group/sorted-runs.js';
import type { U64 } from '../bytes/u64.js';
import type { FileSystem } from '../file/files.js';
import { WriteBatch } from '../log/batch.js';
import { BatchArena } from '../log/batch-arena.js';
import { newOperation, PURGE } from '../log/operation.js';
import type { Steps } from '../steps.js';

/** What is sorted in memory. */
const PART_BYTES = 16 * 1024 * 1024;
/** What a batch takes beside its operations while it waits. */
const BATCH_OVERHEAD = 512;

export class LogOperations {
  /** The position of the last purge of each table that was purged. */
  readonly purges = new Map<bigint, bigint>();
  readonly #runs: SortedRuns;
  readonly #arena = new BatchArena();
  #batches: WriteBatch[] = [];
  #bytes = 0;

  constructor(
    files: FileSystem,
    private readonly partBytes = PART_BYTES,
  ) {
    this.#runs = new SortedRuns(() => files.createTemporary(), lastFirst);
  }

  /** Memory for the next batch. */
  get room(): (bytes: number) => Buffer {
    return this.#arena.room;
  }

  /** Takes the next batch. It may not be changed afterwards. @throws StoreError `IO_ERROR` */
  *add(batch: WriteBatch): Steps<void> {
    this.#arena.keep(batch.byteLength);
    this.#batches.push(batch.purges ? this.#withoutPurges(batch) : batch);
    this.#bytes += batch.byteLength + BATCH_OVERHEAD;
    if (this.#bytes < this.partBytes) return;
    yield* this.#runs.add(new ReverseIterator(yield* orderOperations(this.#batches)));
    this.#batches = [];
    this.#bytes = 0;
    this.#arena.clear();
  }

  /** All operations, of several on a key in one batch the last. Nothing is added any more. */
  *sorted(): Steps<OperationIterator> {
    return this.#runs.merged(new ReverseIterator(yield* orderOperations(this.#batches)));
  }

  /** Releases the files. */
  close(): void {
    this.#runs.close();
  }

  /** What is left of a batch: a purge takes what came before it in its table. */
  #withoutPurges(batch: WriteBatch): WriteBatch {
    const purgedAt = new Map<bigint, number>();
    for (const offset of offsetsOf(batch)) {
      if (batch.kindAt(offset) === PURGE) purgedAt.set(batch.tableAt(offset), offset);
    }
    const rest = new WriteBatch(batch.position);
    const operation = newOperation();
    for (const offset of offsetsOf(batch)) {
      const table = batch.tableAt(offset);
      if (offset > (purgedAt.get(table) ?? -1)) rest.appendCopy(table, batch.readOperation(offset, operation));
    }
    for (const table of purgedAt.keys()) this.purges.set(table, batch.position);
    return rest;
  }
}

function* offsetsOf(batch: WriteBatch): Generator<number> {
  for (let offset = batch.firstOffset(); offset < batch.endOffset; offset = batch.nextOffset(offset)) yield offset;
}

function lastFirst(a: OperationIterator, b: OperationIterator): number {
  return byKey(b, a) || b.at.compare(a.at);
}

/** Operations in memory, the last first. */
class ReverseIterator implements OperationIterator {
  readonly operation = newOperation();
  at!: U64;
  #table: number;
  #index = 0;

  /** @param tables sorted, ascending by table id */
  constructor(private readonly tables: readonly TableOperations[]) {
    this.#table = tables.length;
  }

  next(): boolean {
    for (;;) {
      while (this.#index === 0) {
        if (--this.#table < 0) return false;
        this.#index = (this.tables[this.#table] as TableOperations).length;
      }
      const operations = this.tables[this.#table] as TableOperations;
      this.#index--;
      if (operations.isSuperseded(this.#index)) continue;
      operations.readOperation(this.#index, this.operation);
      this.at = operations.batchAt(this.#index).at;
      return true;
    }
  }
}
