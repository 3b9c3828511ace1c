import { StoreError } from '../errors.js';
import type { WriteBatch } from '../format/batch.js';
import { BatchArena } from './batch-arena.js';
import { equalBytes, toHex } from '../format/bytes.js';
import { isHashKnown, nextHash, ZERO_HASH } from '../format/hash-chain.js';
import { isBlank } from '../format/lines.js';
import { decodeLogLine } from '../format/log.js';
import { runSteps, type Steps } from '../steps.js';
import type { BTreeStore } from '../store/store.js';

/** Encoded bytes of a commit group: the larger it is, the more operations share the pages that have to be read and written. */
export const DEFAULT_GROUP_BYTES = 48 * 1024 * 1024;

export interface ReplayOptions {
  /** The last position to apply (default: the log's last). */
  readonly to?: bigint | undefined;
  /** Commit whenever batches of this many bytes have come together; at least one batch (default 48 MiB). */
  readonly groupBytes?: number | undefined;
}

/** What a replay has done; positions are those of the store before it and now. */
export interface ReplaySummary {
  readonly applied: number;
  readonly skipped: number;
  readonly operations: number;
  readonly fromPosition: bigint;
  readonly toPosition: bigint;
}

interface PendingBatch {
  readonly batch: WriteBatch;
  readonly line: number;
}

/**
 * Feeds a log to a store, line by line, and commits in groups. Batches that the store has are skipped, so that a
 * replay resumes by itself. A bad line ends it with the line's number among the error's facts; the batches before it
 * are committed.
 */
export class Replayer {
  readonly #to: bigint | undefined;
  readonly #groupBytes: number;
  readonly #fromPosition: bigint;
  /** The position as of the last commit that returned: what was applied since is not on disk. */
  #committedPosition: bigint;
  readonly #arena = new BatchArena();
  #pending: PendingBatch[] = [];
  #pendingBytes = 0;
  #line = 0;
  /** The position of the line before. */
  #position: bigint | undefined;
  /** Of a log that begins at position 1 and a store that knows its hash: the hash at the last skipped position. */
  #hash: Uint8Array | undefined;
  #applied = 0;
  #skipped = 0;
  #operations = 0;

  constructor(
    private readonly store: BTreeStore,
    options: ReplayOptions = {},
  ) {
    this.#to = options.to;
    this.#groupBytes = options.groupBytes ?? DEFAULT_GROUP_BYTES;
    this.#fromPosition = store.appliedPosition;
    this.#committedPosition = store.appliedPosition;
  }

  get summary(): ReplaySummary {
    return {
      applied: this.#applied,
      skipped: this.#skipped,
      operations: this.#operations,
      fromPosition: this.#fromPosition,
      toPosition: this.#committedPosition,
    };
  }

  /**
   * Takes the next line of the log, without its end; a blank one is passed over. Its bytes are not needed afterwards.
   *
   * @returns whether more lines are wanted: not once the last position to apply was seen
   * @throws StoreError `INVALID_LOG_LINE`, `LOG_GAP`, `LOG_MISMATCH`, what `BTreeStore.applyAll` and `sync` throw; facts `line`,
   *   `position`, `appliedPosition`
   */
  push(line: Uint8Array): boolean {
    return runSteps(this.pushSteps(line));
  }

  /** As `push`, in steps of a few milliseconds, to be run to their end. */
  *pushSteps(line: Uint8Array): Steps<boolean> {
    this.#line++;
    if (isBlank(line)) return true;
    const batch = yield* this.#decode(line);
    this.#position = batch.position;
    if (this.#to !== undefined && batch.position > this.#to) return false;
    if (batch.position <= this.#fromPosition) {
      this.#skip(batch);
    } else {
      this.#arena.keep(batch.byteLength);
      this.#pending.push({ batch, line: this.#line });
      this.#pendingBytes += batch.byteLength;
      if (this.#pendingBytes >= this.#groupBytes) yield* this.commitSteps();
    }
    return batch.position !== this.#to;
  }

  /** Commits what has come since the last group; without any batch a new store is made all the same. @throws StoreError as `push` */
  finish(): void {
    runSteps(this.finishSteps());
  }

  /** As `finish`, in steps of a few milliseconds, to be run to their end. */
  *finishSteps(): Steps<void> {
    yield* this.commitSteps();
    yield* this.store.syncSteps();
  }

  /** Commits what has come since the last group, in steps; for a log that ends early. @throws StoreError as `push` */
  *commitSteps(): Steps<void> {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    const { applied, refused } = yield* this.#apply(pending);
    if (applied > 0) yield* this.#sync(pending.slice(0, applied));
    this.#arena.clear();
    if (refused !== undefined) throw refused.with({ appliedPosition: this.#committedPosition });
  }

  *#sync(batches: readonly PendingBatch[]): Steps<void> {
    try {
      yield* this.store.syncSteps();
    } catch (error) {
      throw this.#located(error, batches[0]?.line ?? this.#line);
    }
    this.#committedPosition = this.store.appliedPosition;
    this.#applied += batches.length;
    for (const { batch } of batches) this.#operations += batch.operationCount;
  }

  *#decode(line: Uint8Array): Steps<WriteBatch> {
    try {
      const batch = decodeLogLine(line, this.#arena.room);
      this.#checkPosition(batch.position);
      return batch;
    } catch (error) {
      yield* this.commitSteps();
      throw this.#located(error, this.#line);
    }
  }

  /** Every line follows the one before; the first may be any that the store has, or the next. */
  #checkPosition(position: bigint): void {
    const expected = this.#position === undefined ? undefined : this.#position + 1n;
    const next = this.#fromPosition + 1n;
    if (expected === undefined ? position <= next : position === expected) return;
    const message =
      expected === undefined
        ? `the log begins at position ${position}, the store needs position ${next}`
        : `position ${position} does not follow position ${expected - 1n}`;
    throw new StoreError('LOG_GAP', message, { position, expected: expected ?? next, found: position });
  }

  /**
   * Passes over a batch that the store has. A log that is read from its beginning must lead to the store's hash on
   * the way: another log than the one applied is refused before anything of it is.
   */
  #skip(batch: WriteBatch): void {
    this.#skipped++;
    if (batch.position === 1n && isHashKnown(this.store.appliedHash, this.#fromPosition)) this.#hash = ZERO_HASH;
    if (this.#hash === undefined) return;
    this.#hash = nextHash(this.#hash, batch);
    if (batch.position < this.#fromPosition || equalBytes(this.#hash, this.store.appliedHash)) return;
    throw new StoreError(
      'LOG_MISMATCH',
      `up to position ${batch.position} this log is not the one that the store was fed`,
      {
        line: this.#line,
        position: batch.position,
        appliedPosition: this.#fromPosition,
        expected: toHex(this.store.appliedHash),
        found: toHex(this.#hash),
      },
      'replay the log that made this store, or replay this one into a new store',
    );
  }

  /**
   * Applies a group as far as it is possible. Inside a group operations are reordered, so that the first refusal met need not be
   * the first in the log: the batches before the refused one are tried again until all of them stand.
   *
   * @returns how many batches were applied, and the refusal of the one behind them
   */
  *#apply(pending: readonly PendingBatch[]): Steps<{ applied: number; refused: StoreError | undefined }> {
    let refused: StoreError | undefined;
    let applied = pending.length;
    while (applied > 0) {
      try {
        yield* this.store.applySteps(pending.slice(0, applied).map(({ batch }) => batch));
        break;
      } catch (error) {
        const at = pending.findIndex(({ batch }) => isAbout(error, batch.position));
        if (at < 0 || at >= applied) throw this.#located(error, pending[0]?.line ?? this.#line);
        refused = this.#located(error, pending[at]?.line ?? this.#line) as StoreError;
        applied = at;
      }
    }
    return { applied, refused };
  }

  #located(error: unknown, line: number): unknown {
    if (!(error instanceof StoreError)) return error;
    return error.with({ line, appliedPosition: this.#committedPosition });
  }
}

function isAbout(error: unknown, position: bigint): boolean {
  return error instanceof StoreError && error.facts['position'] === position;
}
