/** Group commit: many batches applied in one pass over the leaves. */
import { StoreError } from '../errors.js';
import type { FileHandle } from '../file/files.js';
import type { WriteBatch } from '../log/batch.js';
import { type LogPosition, nextHash } from '../log/hash-chain.js';
import { HASH_SIZE } from '../format/layout.js';
import type { Steps } from '../steps.js';
import { MergingIterator } from './merging-iterator.js';
import { orderOperations, type TableOperations } from './operations.js';
import { RunFile } from './run-file.js';
import { MemoryIterator, type OperationIterator } from './operation-iterator.js';

/** Where there are more tables, each has few operations in a small group, and its pages are visited for those alone. */
const FEW_TABLES = 8;

/**
 * Consecutive batches that are applied together: their operations in the order of their keys, so that each leaf is
 * visited once. What does not fit into memory is sorted part by part and waits in a file. Only the first batch may
 * purge tables: what comes before a purge must be seen to be possible.
 */
export class CommitGroup {
  /** The batches in memory, after those in the file. */
  #batches: WriteBatch[] = [];
  #ordered: TableOperations[] | undefined;
  #runs: RunFile | undefined;
  #closed = false;
  #isLookedAt = false;
  readonly #purged = new Set<bigint>();
  #length = 0;
  /** The hashes after each batch, one after the other. */
  #hashes = Buffer.allocUnsafeSlow(HASH_SIZE);
  #hash: Uint8Array;

  /**
   * @param start what the group follows
   * @param makeFile makes a file without a name, whose first page is taken
   * @param onClose called when the group has closed its file
   */
  constructor(
    private readonly start: LogPosition,
    private readonly makeFile: () => FileHandle,
    private readonly onClose: (group: CommitGroup) => void = () => {},
  ) {
    this.#hash = start.hash;
  }

  /** How many batches there are. */
  get length(): number {
    return this.#length;
  }

  /** The position of the first batch, there or to come. */
  get firstPosition(): bigint {
    return this.start.position + 1n;
  }

  /** The position of the last batch; of an empty group, that of the batch before it. */
  get lastPosition(): bigint {
    return this.start.position + BigInt(this.#length);
  }

  /**
   * The tables that are removed with all they had before anything else happens; known once `operations` has been
   * called.
   */
  get purgedTables(): ReadonlySet<bigint> {
    return this.#purged;
  }

  /** Whether a batch can come into the group: one that purges only as the first. */
  takes(batch: WriteBatch): boolean {
    return this.#length === 0 || !batch.purges;
  }

  /**
   * Adds the next batch. It must stay as it is until it is spilled or applied.
   *
   * @throws StoreError `NON_SEQUENTIAL_BATCH`, `STORE_CLOSED`
   */
  add(batch: WriteBatch): void {
    if (this.#closed) throw new StoreError('STORE_CLOSED', 'the store of these batches is closed');
    const expected = this.lastPosition + 1n;
    if (batch.position !== expected) {
      const message = `a batch at position ${batch.position} cannot follow position ${expected - 1n}`;
      throw new StoreError('NON_SEQUENTIAL_BATCH', message, { expected, found: batch.position });
    }
    this.#keepHash(nextHash(this.#hash, batch));
    this.#batches.push(batch);
    this.#length++;
    this.#ordered = undefined;
  }

  /** Where in the log the last batch of the group below a position is. */
  positionBefore(position: bigint): LogPosition {
    const last = this.lastPosition < position ? this.lastPosition : position - 1n;
    const start = Number(last - this.firstPosition) * HASH_SIZE;
    if (start < 0) return this.start;
    return { position: last, hash: Uint8Array.from(this.#hashes.subarray(start, start + HASH_SIZE)) };
  }

  /**
   * Whether the operations so far have come in key order, on a few tables: then the group gains nothing from more of
   * them. It is looked at once; afterwards the answer is no.
   */
  *isWorthApplying(): Steps<boolean> {
    if (this.#isLookedAt) return false;
    this.#isLookedAt = true;
    const tables = yield* this.#order();
    return tables.length <= FEW_TABLES && this.#runs === undefined && tables.every(({ isAscending }) => isAscending);
  }

  /**
   * Sorts what is in memory and puts it into a file. Batches whose operations came in key order gain nothing from
   * waiting for others: they stay in memory, to be applied now.
   *
   * @returns whether the memory of the batches is free again
   * @throws StoreError `IO_ERROR`: the batches are still in memory
   */
  *spill(): Steps<boolean> {
    const tables = yield* this.#order();
    if (this.#runs === undefined && tables.every(({ isAscending }) => isAscending)) return false;
    this.#runs ??= new RunFile(this.makeFile());
    yield* this.#runs.write(new MemoryIterator(tables));
    this.#batches = [];
    this.#ordered = undefined;
    return true;
  }

  /** All operations, from the first one on. Each call gives another source. @throws StoreError `IO_ERROR` */
  *operations(): Steps<OperationIterator> {
    const inMemory = new MemoryIterator(yield* this.#order());
    return this.#runs === undefined ? inMemory : new MergingIterator([...this.#runs.sources(), inMemory]);
  }

  /** Releases the file. Nothing can be added or applied afterwards; a second call does nothing. */
  close(): void {
    const runs = this.#runs;
    this.#closed = true;
    this.#runs = undefined;
    this.onClose(this);
    runs?.close();
  }

  *#order(): Steps<TableOperations[]> {
    if (this.#ordered !== undefined) return this.#ordered;
    const tables = yield* orderOperations(this.#batches);
    for (const { id, purged } of tables) if (purged) this.#purged.add(id);
    this.#ordered = tables;
    return tables;
  }

  #keepHash(hash: Uint8Array): void {
    const offset = this.#length * HASH_SIZE;
    if (offset === this.#hashes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * offset);
      this.#hashes.copy(grown);
      this.#hashes = grown;
    }
    this.#hashes.set(hash, offset);
    this.#hash = hash;
  }
}
