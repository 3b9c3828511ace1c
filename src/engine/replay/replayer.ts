import { StoreError } from '../errors.js';
import type { WriteBatch } from '../format/batch.js';
import { equalBytes, toHex } from '../format/bytes.js';
import { isHashKnown, nextHash, ZERO_HASH } from '../format/hash-chain.js';
import { decodeLogLine } from '../format/log.js';
import type { BTreeStore } from '../store/store.js';

/** Encoded bytes of a commit group: many operations share their pages, and memory stays small beside the cache. */
export const DEFAULT_GROUP_BYTES = 8 * 1024 * 1024;

export interface ReplayOptions {
  /** The last position to apply (default: the log's last). */
  readonly to?: bigint | undefined;
  /** Commit whenever batches of this many bytes have come together; at least one batch (default 8 MiB). */
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
  }

  get summary(): ReplaySummary {
    return {
      applied: this.#applied,
      skipped: this.#skipped,
      operations: this.#operations,
      fromPosition: this.#fromPosition,
      toPosition: this.store.appliedPosition,
    };
  }

  /**
   * Takes the next line of the log, without its end; a blank one is passed over.
   *
   * @returns whether more lines are wanted: not once the last position to apply was seen
   * @throws StoreError `INVALID_LOG_LINE`, `LOG_GAP`, what `BTreeStore.applyAll` and `sync` throw; facts `line`, `position`,
   *   `appliedPosition`
   */
  push(line: Uint8Array): boolean {
    this.#line++;
    if (isBlank(line)) return true;
    const batch = this.#decode(line);
    this.#position = batch.position;
    if (this.#to !== undefined && batch.position > this.#to) return false;
    if (batch.position <= this.#fromPosition) {
      this.#skip(batch);
    } else {
      this.#pending.push({ batch, line: this.#line });
      this.#pendingBytes += batch.byteLength;
      if (this.#pendingBytes >= this.#groupBytes) this.#commit();
    }
    return batch.position !== this.#to;
  }

  /** Commits what has come since the last group. @throws StoreError as `push` */
  finish(): void {
    this.#commit();
  }

  #decode(line: Uint8Array): WriteBatch {
    try {
      const batch = decodeLogLine(line);
      this.#checkPosition(batch.position);
      return batch;
    } catch (error) {
      this.#commit();
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

  #commit(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    const refused = this.#apply(pending);
    this.store.sync();
    if (refused !== undefined) throw refused;
  }

  /**
   * Applies a group as far as it is possible. Inside a group operations are reordered, so that the first refusal met
   * need not be the first in the log: the batches before the refused one are tried again until all of them stand.
   *
   * @returns the refusal of the batch behind the last applied one
   */
  #apply(pending: readonly PendingBatch[]): StoreError | undefined {
    let refused: StoreError | undefined;
    let count = pending.length;
    while (count > 0) {
      const possible = pending.slice(0, count);
      try {
        this.store.applyAll(possible.map(({ batch }) => batch));
        this.#applied += count;
        for (const { batch } of possible) this.#operations += batch.operationCount;
        break;
      } catch (error) {
        const at = pending.findIndex(({ batch }) => isAbout(error, batch.position));
        if (at < 0 || at >= count) throw this.#located(error, pending[0]?.line ?? this.#line);
        refused = this.#located(error, pending[at]?.line ?? this.#line) as StoreError;
        count = at;
      }
    }
    return refused?.with({ appliedPosition: this.store.appliedPosition });
  }

  #located(error: unknown, line: number): unknown {
    if (!(error instanceof StoreError)) return error;
    return error.with({ line, appliedPosition: this.store.appliedPosition });
  }
}

function isAbout(error: unknown, position: bigint): boolean {
  return error instanceof StoreError && error.facts['position'] === position;
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09);
}
