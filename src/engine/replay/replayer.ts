/** Feeds a log to a store: verifies it, applies it in commit groups, and says which line was refused. */
import { StoreError } from '../errors.js';
import type { WriteBatch } from '../log/batch.js';
import { isBlank } from '../log/lines.js';
import { decodeLogLine } from '../log/log-line.js';
import { LogVerifier, type NotCompared } from '../log/log-verifier.js';
import type { CommitGroup } from '../commit-group/commit-group.js';
import { runSteps, type Steps } from '../steps.js';
import type { BTreeStore } from '../store/store.js';
import { BatchArena } from '../log/batch-arena.js';

/**
 * Bytes of a commit group: the larger it is, the more operations share the pages that have to be read and written. A
 * load of 10,000,000 random keys takes half the time, and writes 5 GB instead of 13, in groups of 1 GiB instead of 256
 * MiB; what an interruption costs is less than a minute of such a load.
 */
export const DEFAULT_GROUP_BYTES = 1024 * 1024 * 1024;
/** What of a group is sorted in memory before it waits in a file. */
const DEFAULT_PART_BYTES = 16 * 1024 * 1024;
/**
 * What of a group is looked at first: where it has come in key order it is applied while it is in the processor's
 * cache, and so is what follows, without memory for more. It saves a twentieth of the time of a sequential load.
 */
const FIRST_LOOK_BYTES = 1024 * 1024;
/** What a batch takes beside its operations while it waits. */
const BATCH_OVERHEAD = 512;

export interface ReplayOptions {
  /** The last position to apply (default: the log's last). */
  readonly to?: bigint | undefined;
  /**
   * Commit whenever batches of this many bytes have come together, 512 counted for each beside its operations; at least
   * one batch (default 256 MiB).
   */
  readonly groupBytes?: number | undefined;
  /** So many of these bytes are in memory at most, beside a batch that is larger by itself (default 16 MiB). */
  readonly partBytes?: number | undefined;
}

/** What a replay has done; positions are those of the store before it and now. */
export interface ReplaySummary {
  readonly applied: number;
  readonly skipped: number;
  readonly operations: number;
  readonly fromPosition: bigint;
  readonly toPosition: bigint;
}

/** What is remembered of a batch that is not committed yet. */
interface PendingBatch {
  readonly line: number;
  readonly operations: number;
}

/**
 * Feeds a log to a store, line by line, and commits in groups. Batches that the store has are skipped, so that a
 * replay resumes by itself. A bad line ends it with the line's number among the error's facts; the batches before it
 * are committed.
 */
export class Replayer {
  readonly #to: bigint | undefined;
  readonly #groupBytes: number;
  readonly #partBytesMax: number;
  readonly #fromPosition: bigint;
  readonly #verifier: LogVerifier;
  /** The position as of the last commit that returned: what was applied since is not on disk. */
  #committedPosition: bigint;
  readonly #arena = new BatchArena();
  /** The batches that are not applied yet. */
  #group: CommitGroup;
  /** Bytes of the group that are in memory. */
  #partBytes = 0;
  /** The batches that are not committed yet, the first of them after `#committedPosition`. */
  #pending: PendingBatch[] = [];
  #pendingBytes = 0;
  #line = 0;
  #applied = 0;
  #operations = 0;
  #uncommitted = 0;

  constructor(
    private readonly store: BTreeStore,
    options: ReplayOptions = {},
  ) {
    this.#to = options.to;
    this.#groupBytes = options.groupBytes ?? DEFAULT_GROUP_BYTES;
    this.#partBytesMax = options.partBytes ?? DEFAULT_PART_BYTES;
    this.#fromPosition = store.appliedPosition;
    this.#committedPosition = store.appliedPosition;
    this.#verifier = new LogVerifier({ position: store.appliedPosition, hash: store.appliedHash });
    this.#group = store.newGroup();
  }

  get summary(): ReplaySummary {
    return {
      applied: this.#applied,
      skipped: this.#verifier.skipped,
      operations: this.#operations,
      fromPosition: this.#fromPosition,
      toPosition: this.#committedPosition,
    };
  }

  /** Why the log was not compared with the one applied; undefined when it was, or when there was nothing to compare. */
  get notCompared(): NotCompared | undefined {
    return this.#verifier.notCompared(this.#applied > 0);
  }

  /** How many operations have been taken that are not committed yet. */
  get uncommittedOperations(): number {
    return this.#uncommitted;
  }

  /**
   * Takes the next line of the log, without its end; a blank one is passed over. Its bytes are not needed afterwards.
   *
   * @returns whether more lines are wanted: not once the last position to apply was seen
   * @throws StoreError `INVALID_LOG_LINE`, `LOG_GAP`, `LOG_MISMATCH`, what `BTreeStore.applyAll` and `sync` throw;
   *   facts `line`, `position`, `appliedPosition`
   */
  push(line: Uint8Array): boolean {
    return runSteps(this.pushSteps(line));
  }

  /** As `push`, in steps of a few milliseconds, to be run to their end. */
  *pushSteps(line: Uint8Array): Steps<boolean> {
    this.#line++;
    if (isBlank(line)) return true;
    return yield* this.#push(yield* this.#decode(line));
  }

  /**
   * Takes the next batch of something that is not written as a log, in steps to be run to their end. It may not be
   * changed afterwards.
   *
   * @param line where it ends, for errors
   * @throws StoreError as `push`
   */
  *pushBatchSteps(batch: WriteBatch, line: number): Steps<boolean> {
    this.#line = line;
    this.#verifier.follow(batch.position);
    return yield* this.#push(batch);
  }

  *#push(batch: WriteBatch): Steps<boolean> {
    if (this.#to !== undefined && batch.position > this.#to) return false;
    if (!this.#verifier.skips(batch, this.#line)) yield* this.#take(batch);
    return batch.position !== this.#to;
  }

  /**
   * Commits what has come since the last group, and leaves the store one file; without any batch a new store is made
   * all the same.
   *
   * @throws StoreError as `push`
   */
  finish(): void {
    runSteps(this.finishSteps());
  }

  /** As `finish`, in steps of a few milliseconds, to be run to their end. */
  *finishSteps(): Steps<void> {
    yield* this.#applyGroup();
    yield* this.#sync(true);
    yield* this.store.checkpointSteps();
  }

  /** Commits what has come since the last group: for a log that goes on later. @throws StoreError as `push` */
  commit(): void {
    runSteps(this.commitSteps());
  }

  /** As `commit`, in steps of a few milliseconds, to be run to their end. @throws StoreError as `push` */
  *commitSteps(): Steps<void> {
    yield* this.#applyGroup();
    yield* this.#sync();
  }

  /**
   * Commits what came before an error, in steps, if that has not been done. Where nothing can be committed any more,
   * because a commit has failed, that failure is what has ended the replay.
   */
  *commitRestSteps(): Steps<void> {
    try {
      yield* this.commitSteps();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_FAILED') throw error;
    }
  }

  *#take(batch: WriteBatch): Steps<void> {
    if (!this.#group.takes(batch)) yield* this.#applyGroup();
    this.#arena.keep(batch.byteLength);
    this.#group.add(batch);
    this.#pending.push({ line: this.#line, operations: batch.operationCount });
    this.#uncommitted += batch.operationCount;
    const bytes = batch.byteLength + BATCH_OVERHEAD;
    this.#pendingBytes += bytes;
    this.#partBytes += bytes;
    if (this.#pendingBytes >= this.#groupBytes) yield* this.commitSteps();
    else if (this.#partBytes >= this.#partBytesMax) yield* this.#spill();
    else if (this.#partBytes >= FIRST_LOOK_BYTES && (yield* this.#group.isWorthApplying())) yield* this.#applyGroup();
  }

  /** Frees the memory of the group: its batches wait in a file, or are applied. */
  *#spill(): Steps<void> {
    let waiting: boolean;
    try {
      waiting = yield* this.#group.spill();
    } catch (error) {
      throw this.#located(error, this.#line);
    }
    if (waiting) this.#clearPart();
    else yield* this.#applyGroup();
  }

  #clearPart(): void {
    this.#arena.clear();
    this.#partBytes = 0;
  }

  /** Commits what is applied. @param atRest and leaves the store one file */
  *#sync(atRest = false): Steps<void> {
    const count = Number(this.store.appliedPosition - this.#committedPosition);
    if (count === 0) return;
    try {
      yield* atRest ? this.store.checkpointSteps() : this.store.syncSteps();
    } catch (error) {
      throw this.#located(error, this.#lineOf(this.#committedPosition + 1n));
    }
    this.#committedPosition = this.store.appliedPosition;
    this.#applied += count;
    for (const { operations } of this.#pending.splice(0, count)) this.#operations += operations;
    this.#pendingBytes = 0;
    this.#uncommitted = 0;
  }

  *#decode(line: Uint8Array): Steps<WriteBatch> {
    try {
      const batch = decodeLogLine(line, this.#arena.room);
      this.#verifier.follow(batch.position);
      return batch;
    } catch (error) {
      yield* this.commitSteps();
      throw this.#located(error, this.#line);
    }
  }

  /**
   * Applies the group. When it holds a batch that is impossible, those before it are committed, and the refusal is
   * thrown.
   */
  *#applyGroup(): Steps<void> {
    const group = this.#group;
    if (group.length === 0) return;
    let refused: StoreError | undefined;
    try {
      refused = yield* this.#applyPossible(group);
    } finally {
      group.close();
      this.#group = this.store.newGroup();
      this.#clearPart();
    }
    if (refused === undefined) return;
    yield* this.#sync();
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#uncommitted = 0;
    throw refused.with({ appliedPosition: this.#committedPosition });
  }

  /**
   * Applies a group as far as it is possible. Inside a group operations are reordered, so that the first refusal met
   * need not be the first in the log: the batches before the refused one are tried again until all of them stand.
   *
   * @returns the refusal of the first batch that is impossible
   */
  *#applyPossible(group: CommitGroup): Steps<StoreError | undefined> {
    const first = this.store.appliedPosition + 1n;
    let refused: StoreError | undefined;
    let before: bigint | undefined;
    while (before !== first) {
      try {
        yield* this.store.applyGroupSteps(group, before);
        break;
      } catch (error) {
        const position = refusedPosition(error);
        if (position === undefined) throw this.#located(error, this.#lineOf(first));
        refused = this.#located(error, this.#lineOf(position)) as StoreError;
        before = position;
      }
    }
    return refused;
  }

  #lineOf(position: bigint): number {
    return this.#pending[Number(position - this.#committedPosition) - 1]?.line ?? this.#line;
  }

  #located(error: unknown, line: number): unknown {
    if (!(error instanceof StoreError)) return error;
    return error.with({ line, appliedPosition: this.#committedPosition });
  }
}

/** Which batch cannot be applied: nothing where the error is not about one. */
function refusedPosition(error: unknown): bigint | undefined {
  const position = error instanceof StoreError ? error.facts['position'] : undefined;
  return typeof position === 'bigint' ? position : undefined;
}
